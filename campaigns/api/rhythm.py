"""How often each channel speaks and about what, against what was agreed, and the editorial calendar, over REST."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

from drf_spectacular.utils import OpenApiParameter, extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.response import Response

from agency.doors import View
from agency.fields import Moment, Strict, Text, Whole
from clients import access
from clients.models import Client
from clients.refusal import Refused
from feedback.api.parameters import CLIENTS, Asked

from .. import cadence, editorial, mix, rhythm
from ..models import Cadence, MixTarget, Post
from ..rhythm import Rhythm
from ..vocabulary import PostKind, State

RIGHTS = {"GET": "campaigns:read", "PUT": "campaigns:write"}
MOST_A_WEEK, MOST_CLIENTS, MOST_DAYS, DAYS = 200, 50, 100, 35


class AskedClients(Asked):
    queryset = Cadence.objects.none()

    def served(self) -> list[Client]:
        """Those named by `?client=`, else all of the principal's; at most 50. Raises Refused, access.NotFound."""
        found = self.clients or list(access.clients(self.principal).order_by("slug")[: MOST_CLIENTS + 1])
        if len(found) > MOST_CLIENTS:
            raise Refused("client", f"name at most {MOST_CLIENTS} clients", "required")
        return list({client.id: client for client in found}.values())


class Agreement(Strict):
    client = Text(max_length=80, help_text="Slug of the client.")
    channel = Text(max_length=80, help_text="Slug of the channel.")
    least = Whole(min_value=0, max_value=MOST_A_WEEK, help_text="Posts a week at least; 0: nothing was agreed.")
    most = Whole(min_value=1, max_value=MOST_A_WEEK, required=False, allow_null=True, help_text="Posts a week at most.")


class GapShape(serializers.Serializer):
    """Local days without a post; `to` is null where nothing planned ends them."""

    to = serializers.DateField(allow_null=True)

    def get_fields(self):
        return {"from": serializers.DateField()} | super().get_fields()


class RhythmShape(serializers.Serializer):
    client = serializers.CharField(source="client.slug")
    channel = serializers.CharField(source="channel.slug")
    least = serializers.IntegerField()
    most = serializers.IntegerField(allow_null=True)
    state = serializers.ChoiceField([cadence.OK, cadence.AT_RISK, cadence.SILENT], source="standing.state")
    last_on = serializers.DateField(allow_null=True, help_text="Local day of the last post.")
    days_since = serializers.IntegerField(source="standing.days_since", allow_null=True)
    gap = serializers.SerializerMethodField(help_text="The silence that is on or comes next, by what is planned.")
    sent = serializers.IntegerField(help_text="This week, from Monday.")
    planned = serializers.IntegerField(help_text="Still to come this week.")
    too_many = serializers.BooleanField()

    def get_gap(self, row: Rhythm) -> GapShape(allow_null=True):
        return row.standing.gap and dict(zip(("from", "to"), row.standing.gap, strict=True))


class Cadences(AskedClients, View):
    """Per channel: how long it has been silent, when it will be by what is planned, and whether that is too long."""

    rights = RIGHTS
    serializer_class = RhythmShape

    @extend_schema(parameters=[CLIENTS], responses=inline_serializer("Rhythms", {"rows": RhythmShape(many=True)}))
    def get(self, request):
        return Response({"rows": self.get_serializer(rhythm.rhythms(self.served(), self.now), many=True).data})

    @extend_schema(request=Agreement)
    def put(self, request):
        """How many posts a week one channel is to have."""
        given = self.body(Agreement)
        client = access.client(self.principal, given["client"])
        channel = access.channel(client, given["channel"])
        rhythm.agree(
            client=client, channel=channel, actor=self.principal.user, least=given["least"], most=given.get("most")
        )
        mine = [row for row in rhythm.rhythms([client], self.now) if row.channel == channel]
        if not mine:
            raise Refused("channel", "is switched off")
        return Response(self.shown(mine[0]))


class Aim(Strict):
    client = Text(max_length=80, help_text="Slug of the client.")
    targets = serializers.DictField(
        child=Whole(min_value=0, max_value=100), help_text="Percent for each kind of post, 100 together; {}: none."
    )

    def validate_targets(self, targets: dict) -> dict:
        if strange := [kind for kind in targets if kind not in PostKind.values]:
            raise serializers.ValidationError(f"{ascii(strange[0][:40])} is none of {', '.join(PostKind.values)}")
        return targets


class KindShape(serializers.Serializer):
    kind = serializers.ChoiceField(PostKind.values)
    count = serializers.IntegerField()
    share = serializers.FloatField(allow_null=True, help_text="Percent; null where nothing was published.")
    target = serializers.IntegerField(allow_null=True, help_text="Percent.")
    short = serializers.BooleanField(help_text="Less than half of its target, and at least one post behind it.")


class MixShape(serializers.Serializer):
    client = serializers.CharField()
    total = serializers.IntegerField(help_text="Posts that went out in the last 28 local days.")
    kinds = KindShape(many=True)
    next_kind = serializers.ChoiceField(PostKind.values, allow_null=True, help_text="What the next post should be.")


class ValueMix(AskedClients, View):
    """Which kinds of posts went out in the last 28 local days, against what they are meant to be."""

    rights = RIGHTS
    serializer_class = MixShape
    queryset = MixTarget.objects.none()

    @extend_schema(parameters=[CLIENTS], responses=inline_serializer("Mixes", {"rows": MixShape(many=True)}))
    def get(self, request):
        return Response({"rows": self._told(self.served())})

    @extend_schema(request=Aim)
    def put(self, request):
        """All targets at once, in place of those before."""
        given = self.body(Aim)
        client = access.client(self.principal, given["client"])
        rhythm.aim(client=client, actor=self.principal.user, targets=given["targets"])
        return Response(self._told([client])[0])

    def _told(self, clients: list[Client]) -> list[dict]:
        found = rhythm.mixes(clients, self.now)
        return [_mix(client, *found[client.id]) for client in clients]


def _mix(client: Client, counts: dict[str, int], targets: dict[str, int]) -> dict:
    total, short = sum(counts.values()), mix.short(counts, targets)
    kinds = [
        {
            "kind": kind,
            "count": counts.get(kind, 0),
            "share": mix.share(counts.get(kind, 0), total),
            "target": targets.get(kind),
            "short": kind in short,
        }
        for kind in PostKind.values
    ]
    return {"client": client.slug, "total": total, "kinds": kinds, "next_kind": mix.following(counts, targets)}


class PlannedShape(serializers.Serializer):
    id = serializers.IntegerField()
    kind = serializers.ChoiceField(PostKind.values)
    title = serializers.CharField()
    text = serializers.CharField(help_text="Its first 120 characters.")
    publish_at = Moment()
    time = serializers.CharField(help_text="HH:MM of the client.")
    evergreen = serializers.BooleanField()
    channels = serializers.ListField(child=serializers.CharField())
    states = serializers.DictField(child=serializers.ChoiceField(State.values))


class FreeShape(serializers.Serializer):
    slot = serializers.IntegerField(help_text="Id.")
    at = Moment()
    time = serializers.CharField(help_text="HH:MM of the client.")
    channels = serializers.ListField(child=serializers.CharField(), help_text="Those that are still free then.")
    kinds = serializers.ListField(child=serializers.ChoiceField(PostKind.values))


class DayShape(serializers.Serializer):
    day = serializers.DateField()
    holiday = serializers.CharField(help_text="Its name; empty for none.")
    closed = serializers.BooleanField(help_text="The business is closed all day.")
    posts = PlannedShape(many=True)
    free_slots = FreeShape(many=True)


class WeekGapShape(serializers.Serializer):
    channel = serializers.CharField()
    week = serializers.DateField(help_text="Its Monday.")
    planned = serializers.IntegerField(help_text="Posts of the week, drafts and sent ones included.")
    least = serializers.IntegerField()


class PlanShape(serializers.Serializer):
    client = serializers.CharField()
    zone = serializers.CharField()
    days = DayShape(many=True)
    gaps = WeekGapShape(many=True, help_text="Weeks in which a channel has fewer posts than were agreed.")


class CalendarShape(serializers.Serializer):
    clients = PlanShape(many=True)

    def get_fields(self):
        return {"from": serializers.DateField(), "to": serializers.DateField()} | super().get_fields()


class EditorialCalendar(AskedClients, View):
    """What is planned day by day, on which days the business is closed, which slots are free, what is missing."""

    rights = {"GET": "campaigns:read"}
    serializer_class = CalendarShape
    queryset = Post.objects.none()

    @extend_schema(
        parameters=[
            CLIENTS,
            OpenApiParameter("from", date, description="First local day, by default this week's Monday."),
            OpenApiParameter("to", date, description=f"Last local day, by default {DAYS} days in all; at most 100."),
        ]
    )
    def get(self, request):
        served = self.served()
        low, high = self._period()
        plans = editorial.calendar(served, low, high, self.now)
        return Response(self.get_serializer({"from": low, "to": high, "clients": plans}).data)

    def _period(self) -> tuple[date, date]:
        today = self.now.astimezone(ZoneInfo(self.principal.agency.calendar["zone"])).date()
        low = self.day("from") or today - timedelta(days=today.weekday())
        high = self.day("to") or low + timedelta(days=DAYS - 1)
        if not low <= high < low + timedelta(days=MOST_DAYS):
            raise Refused("to", f"must not lie before from, nor more than {MOST_DAYS} days in all")
        return low, high
