"""Every address of the product."""

from django.contrib.auth.views import LogoutView
from django.urls import include, path
from django.views.decorators.cache import cache_page
from drf_spectacular.views import SpectacularAPIView, SpectacularRedocView, SpectacularSwaggerSplitView

from agency.views import (
    channels,
    client,
    clients,
    doors,
    figures,
    hours,
    log,
    promises,
    publishing,
    search,
    settings,
    today,
)
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
    path("clients/", clients.clients, name="clients"),
    path("new-client/", clients.add, name="new-client"),
    path("clients/<slug:slug>/", client.profile, name="client"),
    path("clients/<slug:slug>/archive/", client.archive, name="client-archive"),
    path("clients/<slug:slug>/team/", client.team, name="client-team"),
    path("clients/<slug:slug>/channels/", channels.channels, name="client-channels"),
    path("clients/<slug:slug>/channels/new/", channels.add, name="client-channel-new"),
    path("clients/<slug:slug>/channels/<int:id>/", channels.channel, name="client-channel"),
    path("clients/<slug:slug>/channels/<int:id>/webhook/", channels.webhook, name="client-channel-webhook"),
    path("clients/<slug:slug>/hours/", hours.hours, name="client-hours"),
    path("clients/<slug:slug>/hours/preview/", hours.look, name="client-hours-preview"),
    path("clients/<slug:slug>/promises/", promises.promises, name="client-promises"),
    path("clients/<slug:slug>/promises/new/", promises.add, name="client-promise-new"),
    path("clients/<slug:slug>/promises/apply/", promises.apply, name="client-promises-apply"),
    path("clients/<slug:slug>/promises/<int:id>/", promises.promise, name="client-promise"),
    path("clients/<slug:slug>/promises/<int:id>/move/", promises.move, name="client-promise-move"),
    path("clients/<slug:slug>/promises/<int:id>/archive/", promises.archive, name="client-promise-archive"),
    path("clients/<slug:slug>/publishing/", publishing.publishing, name="client-publishing"),
    path("settings/", settings.team, name="settings"),
    path("settings/members/<int:id>/", settings.member, name="member"),
    path("settings/members/<int:id>/remove/", settings.remove, name="member-remove"),
    path("settings/tokens/", settings.tokens, name="tokens"),
    path("settings/tokens/<int:id>/revoke/", settings.revoke, name="token-revoke"),
    path("settings/agency/", settings.agency, name="agency"),
    path("log/", log.log, name="log"),
    path("log/agency/", log.agency, name="agency-log"),
    path("search/", search.search, name="search"),
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
