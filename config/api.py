"""The addresses of the API: the one place that knows every face of it."""

from django.urls import path

from agency import api as agency
from campaigns import api as campaigns
from clients import api as clients

urlpatterns = [
    path("me/", agency.WhoAmI.as_view()),
    path("tokens/", agency.Tokens.as_view()),
    path("tokens/<int:id>/", agency.OneToken.as_view()),
    path("members/", agency.Members.as_view()),
    path("members/<int:id>/", agency.OneMember.as_view()),
    path("clients/", clients.Clients.as_view()),
    path("clients/<slug:slug>/", clients.OneClient.as_view()),
    path("clients/<slug:slug>/hours/", clients.ClientHours.as_view()),
    path("clients/<slug:slug>/hours/preview/", clients.HoursPreview.as_view()),
    path("channels/", clients.Channels.as_view()),
    path("channels/<int:id>/", clients.OneChannel.as_view()),
    path("channels/<int:id>/webhook/", clients.ChannelWebhook.as_view()),
    path("events/", clients.Events.as_view()),
    path("campaigns/", campaigns.Campaigns.as_view()),
    path("campaigns/<int:id>/", campaigns.OneCampaign.as_view()),
    # What the public says, the promises about it and their measures: feedback's.
]
