"""Slots, the queue and the evergreen pool over REST."""

from datetime import time

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.response import Response

from agency.doors import ListView, View
from agency.fields import Nothing, Strict, Text
from clients import access
from clients.hours.document import WEEKDAYS
from feedback.api.parameters import CLIENTS, Asked
from feedback.nudges import nudge

from .. import evergreen, slots, tasks
from ..models import Slot
from ..vocabulary import PostKind
from . import shapes
from .posts import PostView

WRITES = {"POST": "campaigns:write", "PATCH": "campaigns:write", "DELETE": "campaigns:write"}


class Weekday(serializers.ChoiceField):
    """mon to sun; Monday is 0 inside."""

    def __init__(self, **options):
        super().__init__(WEEKDAYS, **options)

    def to_internal_value(self, data) -> int:
        return WEEKDAYS.index(super().to_internal_value(data))

    def to_representation(self, value: int) -> str:
        return WEEKDAYS[value]


@extend_schema_field({"type": "string", "pattern": r"^([01][0-9]|2[0-3]):[0-5][0-9]$"})
class WallTime(serializers.TimeField):
    """HH:MM in the client's zone."""

    def __init__(self, **options):
        super().__init__(format="%H:%M", input_formats=["%H:%M"], **options)

    def to_internal_value(self, value) -> time:
        return super().to_internal_value(value if isinstance(value, str) else "")


class SlotChange(Strict):
    weekday = Weekday()
    time = WallTime(help_text="In the client's zone, such as 09:30.")
    channels = serializers.ListField(
        child=Text(max_length=80), required=False, max_length=50, help_text="Slugs of the client; none: all of them."
    )
    kinds = serializers.ListField(
        child=serializers.ChoiceField(PostKind.values), required=False, max_length=20, help_text="None: all of them."
    )


class NewSlot(SlotChange):
    client = Text(max_length=80, help_text="Slug of the client.")


class SlotShape(serializers.Serializer):
    id = serializers.IntegerField()
    client = serializers.CharField(source="client.slug", help_text="Slug.")
    weekday = Weekday()
    time = WallTime()
    channels = serializers.ListField(child=serializers.CharField())
    kinds = serializers.ListField(child=serializers.ChoiceField(PostKind.values))


class SlotView(Asked):
    serializer_class = SlotShape
    queryset = Slot.objects.none()

    def rows(self) -> QuerySet[Slot]:
        return self.within(Slot.objects.select_related("client"))

    def row(self, id: int) -> Slot:
        found = self.rows().filter(id=id).first()
        if found is None:
            raise access.NotFound(f"There is no slot '{id}'.")
        return found


class Slots(SlotView, ListView):
    """The times of the week into which posts are queued."""

    rights = {"GET": "campaigns:read", "POST": "campaigns:write"}

    @extend_schema(parameters=[CLIENTS])
    def get(self, request):
        return super().get(request)

    @extend_schema(request=NewSlot, responses={201: SlotShape})
    def post(self, request):
        given = dict(self.body(NewSlot))
        client = access.client(self.principal, given.pop("client"))
        return Response(self.shown(slots.add_slot(client=client, actor=self.principal.user, **given)), status=201)


class OneSlot(SlotView, View):
    rights = {"GET": "campaigns:read", "PATCH": "campaigns:write", "DELETE": "campaigns:write"}

    def get(self, request, id: int):
        return Response(self.shown(self.row(id)))

    @extend_schema(request=SlotChange)
    def patch(self, request, id: int):
        """Posts that are queued already stay where they are."""
        slot = self.row(id)
        changes = self.body(SlotChange, partial=True)
        return Response(self.shown(slots.change_slot(slot=slot, actor=self.principal.user, **changes)))

    @extend_schema(responses={204: None})
    def delete(self, request, id: int):
        slots.remove_slot(slot=self.row(id), actor=self.principal.user)
        return Response(status=204)


class Fill(SlotView, PostView, View):
    """The next free time of the slot gets the evergreen post that rested longest, as a new post that is submitted."""

    rights = {"POST": "campaigns:write"}
    serializer_class = shapes.PostShape

    @extend_schema(request=Nothing, responses={201: shapes.PostShape})
    def post(self, request, id: int):
        self.body(Nothing)
        slot = self.row(id)
        made = evergreen.fill(slot.client, slot, actor=self.principal.user, now=self.now)
        nudge(tasks.publish_posts)
        return Response(self.afterwards(made.id), status=201)


class Queue(PostView, View):
    """Into the next free slot of the client for these channels and this kind; a new time needs its approval."""

    rights = {"POST": "campaigns:write"}

    @extend_schema(request=Nothing)
    def post(self, request, id: int):
        self.body(Nothing)
        slots.queue(post=self.row(id), actor=self.principal.user, now=self.now)
        return Response(self.afterwards(id))


class Reuse(PostView, View):
    """The same post again, as a new draft without a time."""

    rights = {"POST": "campaigns:write"}

    @extend_schema(request=Nothing, responses={201: shapes.PostShape})
    def post(self, request, id: int):
        self.body(Nothing)
        return Response(self.afterwards(evergreen.reuse(post=self.row(id), actor=self.principal.user).id), status=201)
