"""Strategies, their signing, and the goals they name with their progress, over REST."""

from drf_spectacular.utils import OpenApiParameter, extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.response import Response

from agency.doors import ListView, View
from agency.fields import Moment, Strict, Text, Whole
from agency.schema import CLIENT
from clients import access
from feedback import goals
from feedback.api.parameters import CLIENTS, Asked

from .. import rhythm
from ..models import Goal, Strategy
from ..strategy import signing
from ..strategy.document import EMPTY, differences
from ..strategy.measures import MEASURES
from .links import Nothing

STATES = ("early", "reached", "on_track", "behind", "missed", "unknown")


class Written(Strict):
    client = Text(max_length=80, help_text="Slug of the client.")
    document = serializers.DictField(
        help_text="summary; goals [{slug, text, measure, start, target, begins_on, ends_on}]; "
        "audiences [{name, needs}]; tone {address: Sie or du, style}; channels [{channel, role, least, most}]; "
        "mix {kind: percent}; budget {minutes, cents} a month; contacts [{name, phone, email, when}]; "
        "taboos [text]. Parts may be left out."
    )
    note = Text(required=False, allow_blank=True, max_length=2_000, help_text="What changed and why.")
    seen = Whole(
        required=False, min_value=0, help_text="The newest number that was read: refused when there is another."
    )


class Signature(Strict):
    signed_as = Text(max_length=200, help_text="The name of whoever signs for the client.")
    reason = Text(
        required=False, max_length=2_000, help_text="How it is known; needed unless the client itself signs."
    )


class Objection(Strict):
    objection = Text(max_length=5_000, help_text="What should be different.")


class StrategyShape(serializers.Serializer):
    id = serializers.IntegerField()
    client = serializers.CharField(source="client.slug")
    number = serializers.IntegerField(help_text="Of the version, from 1.")
    document = serializers.DictField()
    note = serializers.CharField()
    author = serializers.EmailField(source="author.email", default=None, allow_null=True)
    created_at = Moment()
    updated_at = Moment()
    offered_at = Moment(allow_null=True)
    signed_at = Moment(allow_null=True)
    signed_as = serializers.CharField()
    reason = serializers.CharField(help_text="How the agency knows of a signature that it wrote down.")
    declined_at = Moment(allow_null=True)
    objection = serializers.CharField()
    superseded_at = Moment(allow_null=True, help_text="When a later version was signed.")


class StrategyView(Asked):
    serializer_class = StrategyShape
    queryset = Strategy.objects.none()

    def row(self, id: int) -> Strategy:
        rows = Strategy.objects.filter(client__in=self.principal.client_ids, id=id)
        found = rows.select_related("client__agency", "author").first()
        if found is None:
            raise access.NotFound(f"There is no strategy '{id}'.")
        return found


class Strategies(StrategyView, ListView):
    """All versions, the newest first."""

    rights = {"GET": "campaigns:read", "POST": "campaigns:write"}
    page_ordering = "-created_at"

    def rows(self):
        return self.within(Strategy.objects.select_related("client", "author"))

    @extend_schema(parameters=[CLIENTS])
    def get(self, request):
        return super().get(request)

    @extend_schema(request=Written, responses={201: StrategyShape})
    def post(self, request):
        """Write the client's draft: a new version, or the open one in place of what it said."""
        given = dict(self.body(Written))
        client = access.client(self.principal, given.pop("client"))
        draft = signing.write(client=client, actor=self.principal.user, **given)
        return Response(self.shown(self.row(draft.id)), status=201)


class OneStrategy(StrategyView, View):
    rights = {"GET": "campaigns:read"}

    def get(self, request, id: int):
        return Response(self.shown(self.row(id)))


class Differences(StrategyView, View):
    """What this version says otherwise than an earlier one, part by part."""

    rights = {"GET": "campaigns:read"}

    @extend_schema(
        parameters=[OpenApiParameter("from", int, description="Number of the version; by default the one before.")],
        responses=inline_serializer(
            "StrategyDifferences",
            {
                "results": inline_serializer(
                    "StrategyDifference",
                    {
                        "part": serializers.CharField(help_text="Such as goals.more-guests."),
                        "before": serializers.JSONField(allow_null=True),
                        "after": serializers.JSONField(allow_null=True),
                    },
                    many=True,
                )
            },
        ),
    )
    def get(self, request, id: int):
        row = self.row(id)
        number = self.number("from")
        number = row.number - 1 if number is None else number
        before = Strategy.objects.filter(client=row.client, number=number).first()
        if before is None and number:
            raise access.NotFound(f"There is no version '{number}'.")
        found = differences(before.document if before else EMPTY, row.document)
        return Response({"results": [{"part": part, "before": old, "after": new} for part, old, new in found]})


class Offer(StrategyView, View):
    """Ask the client to sign."""

    rights = {"POST": "campaigns:write"}

    @extend_schema(request=Nothing)
    def post(self, request, id: int):
        self.body(Nothing)
        signing.offer(client=self.row(id).client, actor=self.principal.user)
        return Response(self.shown(self.row(id)))


class Sign(StrategyView, View):
    """The client's word on exactly this version, or written down in its place with a reason."""

    rights = {"POST": "approvals:write"}

    @extend_schema(request=Signature)
    def post(self, request, id: int):
        row, given = self.row(id), self.body(Signature)
        by = {"actor": self.principal.user, "for_client": self.principal.of_client}
        signing.sign(client=row.client, number=row.number, **by, **given)
        return Response(self.shown(self.row(id)))


class Decline(StrategyView, View):
    """The client wants it otherwise."""

    rights = {"POST": "approvals:write"}

    @extend_schema(request=Objection)
    def post(self, request, id: int):
        row, given = self.row(id), self.body(Objection)
        signing.decline(client=row.client, number=row.number, actor=self.principal.user, **given)
        return Response(self.shown(self.row(id)))


class ProgressShape(serializers.Serializer):
    value = serializers.FloatField(allow_null=True, help_text="In the unit of the measure, up to today.")
    share = serializers.FloatField(allow_null=True, help_text="Of the way to the target; 1 is all of it.")
    due = serializers.FloatField(help_text="The share that the time passed asks for.")
    state = serializers.ChoiceField(STATES)


class GoalShape(serializers.Serializer):
    client = serializers.CharField(source="goal.client.slug")
    slug = serializers.CharField(source="goal.slug")
    text = serializers.CharField(source="goal.text")
    measure = serializers.ChoiceField(list(MEASURES), source="goal.measure")
    unit = serializers.SerializerMethodField()
    start = serializers.FloatField(source="goal.start")
    target = serializers.FloatField(source="goal.target")
    begins_on = serializers.DateField(source="goal.begins_on")
    ends_on = serializers.DateField(source="goal.ends_on")
    progress = ProgressShape()

    def get_unit(self, row: goals.Standing) -> str:
        return MEASURES[row.goal.measure].unit


class Goals(Asked, View):
    """The goals in force and how far they are, computed from what was published, reached and answered."""

    rights = {"GET": "metrics:read"}
    serializer_class = GoalShape
    queryset = Goal.objects.none()

    @extend_schema(parameters=[CLIENT], responses=inline_serializer("GoalRows", {"rows": GoalShape(many=True)}))
    def get(self, request):
        client = self.named_client()
        clients = [client] if client else list(access.clients(self.principal))
        days = rhythm.local_days(clients, self.now)
        today = min((day for day, _zone in days.values()), default=self.now.date())
        found = goals.standings([one.id for one in clients], today, self.now)
        return Response({"rows": self.get_serializer(found, many=True).data})
