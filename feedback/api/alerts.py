"""A person's own alerts over REST."""

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from agency.doors import ListView, View
from agency.fields import Moment, Nothing
from clients import access

from .. import alerts
from ..models import Alert
from .parameters import CLIENTS, Asked


class AlertShape(serializers.ModelSerializer):
    client = serializers.CharField(source="client.slug", help_text="Slug.")
    conversation = serializers.IntegerField(source="conversation_id")
    kind = serializers.ChoiceField(["first", "next", "resolution"], help_text="Of the clock.")
    level = serializers.ChoiceField(["warning", "breach"])
    due_at = Moment(help_text="The deadline that nears or passed.")
    deliver_at = Moment(help_text="When people hear of it: in opening hours unless it is critical.")
    read_at = Moment(allow_null=True)
    created_at = Moment()

    class Meta:
        model = Alert
        fields = ["id", "client", "conversation", "kind", "cycle", "level", "due_at", "late_ingest", "deliver_at",
                  "read_at", "created_at"]  # fmt: skip


class Alerts(Asked, ListView):
    """Your own alerts, the newest first."""

    rights = {"GET": "inbox:read"}
    serializer_class = AlertShape
    queryset = Alert.objects.none()
    page_ordering = "-deliver_at"

    def rows(self):
        found = self.within(alerts.inbox(self.principal.user, self.now)).select_related("client")
        unread = self.flag("unread")
        return found if unread is None else found.filter(read_at__isnull=unread)

    @extend_schema(parameters=[CLIENTS, OpenApiParameter("unread", bool, description="Only those not read yet.")])
    def get(self, request):
        return super().get(request)


class ReadAlert(Asked, View):
    """You have seen it."""

    rights = {"POST": "inbox:write"}
    serializer_class = AlertShape
    queryset = Alert.objects.none()

    @extend_schema(request=Nothing, responses=AlertShape)
    def post(self, request, id: int):
        self.body(Nothing)
        mine = self.within(alerts.inbox(self.principal.user, self.now)).filter(id=id)
        mine.filter(read_at=None).update(read_at=self.now)
        alert = mine.select_related("client").first()
        if alert is None:
            raise access.NotFound(f"There is no alert '{id}'.")
        return Response(self.shown(alert))
