"""Every address of the product."""

from django.contrib.auth.views import LogoutView
from django.urls import include, path
from django.views.decorators.cache import cache_page
from drf_spectacular.views import SpectacularAPIView, SpectacularRedocView, SpectacularSwaggerSplitView

from agency.views import approvals as waiting
from agency.views import doors, plan, post, today
from campaigns import views as approvals
from config import health
from feedback import hooks

SCHEMA_SECONDS = 300  # it takes seconds to make and changes only with the code

urlpatterns = [
    path("", today.home, name="home"),
    path("sign-in/", doors.SignIn.as_view(), name="sign-in"),
    path("sign-out/", LogoutView.as_view(), name="sign-out"),
    path("imprint/", doors.imprint, name="imprint"),
    path("privacy/", doors.privacy, name="privacy"),
    path("language/", include("django.conf.urls.i18n")),
    path("api/v1/", include("config.api")),
    path("hooks/<slug:network>/<slug:key>/", hooks.receive),
    path("api/schema/", cache_page(SCHEMA_SECONDS)(SpectacularAPIView.as_view()), name="schema"),
    path("api/docs/", doors.documents(SpectacularSwaggerSplitView.as_view()), name="docs"),
    path("api/redoc/", doors.documents(SpectacularRedocView.as_view()), name="redoc"),
    path("approval/<slug:key>/", approvals.decide, name="approval"),
    path("l/<slug:code>", approvals.follow, name="short-link"),
    path("media/<str:key>/", approvals.picture, name="picture"),
    path("plan/", plan.plan, name="plan"),
    path("plan/new/", post.new, name="plan-new"),
    path("plan/<slug:client>/pictures/", post.pictures, name="plan-pictures"),
    path("plan/<slug:client>/<int:id>/", post.post, name="plan-post"),
    path("plan/<slug:client>/<int:id>/act/", post.act, name="plan-act"),
    path("plan/<slug:client>/<int:id>/move/", plan.move, name="plan-move"),
    path("plan/<slug:client>/<int:id>/history/", post.history, name="plan-history"),
    path("plan/<slug:client>/<int:id>/numbers/", post.numbers, name="plan-numbers"),
    path("approvals/", waiting.approvals, name="approvals"),
    path("approvals/questions/", waiting.ask, name="approvals-ask"),
    path("approvals/<slug:client>/<int:post>/", waiting.decide, name="approvals-decide"),
    path("approvals/<slug:client>/link/", waiting.link, name="approvals-link"),
    path("approvals/<slug:client>/link/<int:link>/revoke/", waiting.revoke, name="approvals-revoke"),
    path("approvals/<slug:client>/question/<int:question>/withdraw/", waiting.withdraw, name="approvals-withdraw"),
    path("healthz", health.healthz),
    path("readyz", health.readyz),
]
