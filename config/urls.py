"""Every address of the product."""

from django.contrib.auth.views import LogoutView
from django.urls import include, path
from django.views.decorators.cache import cache_page
from drf_spectacular.views import SpectacularAPIView, SpectacularRedocView, SpectacularSwaggerSplitView

from agency.views import doors, figures, today
from agency.views.inbox import decisions as desk
from agency.views.inbox import lists, thread
from campaigns import views as approvals
from clients.views import decisions, feed, photos, portal
from config import health
from feedback import hooks

SCHEMA_SECONDS = 300  # it takes seconds to make and changes only with the code

urlpatterns = [
    path("", today.home, name="home"),
    path("inbox/", lists.inbox, name="inbox"),
    path("inbox/rows/", lists.rows, name="inbox-rows"),
    path("inbox/many/", desk.many, name="inbox-many"),
    path("inbox/undo/", desk.undo, name="inbox-undo"),
    path("inbox/<slug:client>/<int:id>/", thread.show, name="conversation"),
    path("inbox/<slug:client>/<int:id>/present/", thread.present, name="conversation-present"),
    path("inbox/<slug:client>/<int:id>/messages/<int:message>/correct/", desk.correct, name="message-correct"),
    path("inbox/<slug:client>/<int:id>/replies/<int:reply>/retry/", desk.retry, name="reply-retry"),
    path("inbox/<slug:client>/<int:id>/<slug:action>/", desk.decide, name="conversation-decide"),
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
    path("portal/", portal.home, name="portal"),
    path("portal/posts/", decisions.waiting, name="portal-posts"),
    path("portal/posts/<int:id>/", decisions.post, name="portal-post"),
    path("portal/questions/", decisions.questions, name="portal-questions"),
    path("portal/questions/<int:id>/", decisions.question, name="portal-question"),
    path("portal/calendar/", portal.calendar, name="portal-calendar"),
    path("portal/calendar/<str:key>.ics", feed.calendar, name="portal-feed"),
    path("portal/results/", portal.results, name="portal-results"),
    path("portal/photos/", photos.photos, name="portal-photos"),
    path("portal/data/", portal.data, name="portal-data"),
    path("healthz", health.healthz),
    path("readyz", health.readyz),
]
