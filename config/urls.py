"""Every address of the product."""

from django.contrib.auth.views import LogoutView
from django.urls import include, path
from django.views.decorators.cache import cache_page
from drf_spectacular.views import SpectacularAPIView, SpectacularRedocView, SpectacularSwaggerSplitView

from agency.views import doors, figures, today
from campaigns import views as approvals
from config import health
from feedback import hooks

SCHEMA_SECONDS = 300  # it takes seconds to make and changes only with the code

urlpatterns = [
    path("", today.home, name="home"),
    path("figures/", figures.figures, name="figures"),
    path("figures/export.<slug:form>", figures.export, name="figures-export"),
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
    path("healthz", health.healthz),
    path("readyz", health.readyz),
]
