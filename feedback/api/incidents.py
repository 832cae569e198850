"""Incidents over REST: criticism that piles up, handled as one matter."""

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from agency.doors import ListView, View
from agency.fields import Moment, Strict, Text, Whole
from clients import access
from clients.refusal import Refused

from .. import incidents
from ..models import Incident
from . import filters
from .parameters import CLIENTS, Asked


class IncidentEntryShape(serializers.Serializer):
    at = Moment()
    kind = serializers.ChoiceField(incidents.ENTRIES)
    by = serializers.CharField(source="user.name", default=None, allow_null=True, help_text="null: a rule of ours.")
    text = serializers.CharField()


class IncidentShape(serializers.ModelSerializer):
    client = serializers.CharField(source="client.slug", help_text="Slug.")
    channel = serializers.CharField(source="channel.slug", help_text="Slug.")
    owner = serializers.EmailField(source="owner.email", default=None, allow_null=True)
    opened_by = serializers.EmailField(
        source="opener.email", default=None, allow_null=True, help_text="null: by the client's rule."
    )
    opened_at = Moment()
    closed_at = Moment(allow_null=True)
    conversations = serializers.SerializerMethodField()
    entries = IncidentEntryShape(many=True, source="log")

    class Meta:
        model = Incident
        fields = ["id", "client", "channel", "post", "title", "owner", "opened_by", "opened_at", "closed_at", "summary",
                  "conversations", "entries"]  # fmt: skip

    def get_conversations(self, row) -> list[int]:
        return sorted(case.conversation_id for case in row.cases.all())


class OpenedIncident(Strict):
    conversation = Whole(min_value=1, help_text="The one in which it shows.")
    title = Text(max_length=200)


class Led(Strict):
    owner = Text(max_length=254, help_text="An e-mail address, or `me`.")


class Decided(Strict):
    text = Text(max_length=10_000)


class Summary(Strict):
    summary = Text(max_length=10_000, help_text="What happened, what was done, what is learned.")


class Linked(Strict):
    conversation = Whole(min_value=1)


class Incidents(Asked, ListView):
    """Incidents, the latest first."""

    rights = {"GET": "inbox:read", "POST": "inbox:write"}
    serializer_class = IncidentShape
    queryset = Incident.objects.none()
    page_ordering = "-opened_at"

    @extend_schema(
        parameters=[CLIENTS, OpenApiParameter("closed", bool, description="Only those that ended, or only the others.")]
    )
    def get(self, request):
        return super().get(request)

    def rows(self):
        found, closed = self.within(incidents.whole()), self.flag("closed")
        return found if closed is None else found.filter(closed_at__isnull=not closed)

    @extend_schema(request=OpenedIncident, responses={201: IncidentShape})
    def post(self, request):
        """Open one by hand, or join the one that runs on this channel and post."""
        given = self.body(OpenedIncident)
        row = filters.plain(self, given["conversation"])
        made = incidents.open_by_hand(conversation=row, user=self.principal.user, title=given["title"])
        return Response(self.shown(incidents.whole().get(id=made.id)), status=201)


class IncidentView(Asked, View):
    rights = {"POST": "inbox:write"}
    serializer_class = IncidentShape
    queryset = Incident.objects.none()
    shape: type[Strict] = Decided

    def post(self, request, id: int):
        self.decide(self.row(id), **self.body(self.shape))
        return Response(self.shown(self.row(id)))

    def row(self, id: int) -> Incident:
        found = self.within(incidents.whole()).filter(id=id).first()
        if found is None:
            raise access.NotFound(f"There is no incident '{id}'.")
        return found

    def decide(self, incident: Incident, **given) -> None:
        raise NotImplementedError


class OneIncident(IncidentView):
    rights = {"GET": "inbox:read"}
    http_method_names = ["get", "head", "options"]

    def get(self, request, id: int):
        return Response(self.shown(self.row(id)))


@extend_schema(request=Led, responses=IncidentShape)
class Lead(IncidentView):
    """Name the one person who leads it."""

    shape = Led

    def decide(self, incident, *, owner):
        email = self.principal.user.email if owner == "me" else owner
        person = access.member(self.principal, email, incident.client)
        incidents.hand_over(incident=incident, user=self.principal.user, owner=person)


@extend_schema(request=Decided, responses=IncidentShape)
class Decide(IncidentView):
    """Write a decision into its log."""

    def decide(self, incident, **given):
        incidents.decide(incident=incident, user=self.principal.user, **given)


@extend_schema(request=Linked, responses=IncidentShape)
class Link(IncidentView):
    """Another conversation of the client belongs to it."""

    shape = Linked

    def decide(self, incident, *, conversation):
        row = filters.plain(self, conversation)
        if row.client_id != incident.client_id:
            raise Refused("conversation", "must be one of the same client")
        incidents.link(incident=incident, user=self.principal.user, conversation=row)


@extend_schema(request=Summary, responses=IncidentShape)
class Close(IncidentView):
    """It is over."""

    shape = Summary

    def decide(self, incident, **given):
        incidents.close(incident=incident, user=self.principal.user, **given)
