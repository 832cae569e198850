"""Time, budget and what came of it, over REST."""

from datetime import date

from drf_spectacular.utils import OpenApiParameter, extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.response import Response

from agency.doors import ListView, View
from agency.fields import Day, Moment, Strict, Text, Whole
from clients import access
from clients.models import Client
from clients.refusal import Refused
from feedback.api.parameters import CLIENTS, FROM, TO, Asked, InPeriod, one

from .. import posts
from ..effort import budget, entries, outcomes, sums
from ..models import Assumption, Contract, Outcome, Post, TimeEntry
from ..vocabulary import Activity, Layer, OutcomeKind
from .links import Nothing

READ, WRITE, STEER = "campaigns:read", "campaigns:write", "clients:write"


class EntryChange(Strict):
    activity = serializers.ChoiceField(Activity.values)
    day = Day(help_text="Local day of the client.")
    minutes = Whole(min_value=1, max_value=entries.MOST_MINUTES)
    note = Text(required=False, allow_blank=True, max_length=500)


class NewEntry(EntryChange):
    client = Text(max_length=80, help_text="Slug of the client.")
    campaign = Text(required=False, allow_null=True, max_length=80, help_text="Slug of a campaign of the client.")
    post = Whole(required=False, min_value=1, help_text="Id of a post of the client.")


class TimeEntryShape(serializers.Serializer):
    id = serializers.IntegerField()
    client = serializers.CharField(source="client.slug")
    person = serializers.EmailField(source="person.email")
    by_client = serializers.BooleanField(help_text="Whether it is the client's own time.")
    activity = serializers.ChoiceField(Activity.values)
    day = serializers.DateField()
    seconds = serializers.IntegerField(allow_null=True, help_text="null while the timer runs.")
    started_at = Moment(allow_null=True)
    note = serializers.CharField()
    campaign = serializers.CharField(source="campaign.slug", default=None, allow_null=True)
    post = serializers.IntegerField(source="post_id", allow_null=True)
    conversation = serializers.IntegerField(allow_null=True)
    updated_at = Moment()


class EntryView(Asked):
    serializer_class = TimeEntryShape
    queryset = TimeEntry.objects.none()

    def found(self):
        return self.within(TimeEntry.objects.select_related("client", "person", "campaign"))

    def row(self, id: int) -> TimeEntry:
        entry = self.found().filter(id=id).first()
        if entry is None:
            raise access.NotFound(f"There is no time entry '{id}'.")
        return entry


class TimeEntries(EntryView, ListView):
    """Who spent how long on what, the newest first."""

    rights = {"GET": READ, "POST": WRITE}
    page_ordering = "-id"

    def rows(self):
        found = self.found()
        if (low := self.day("from")) is not None:
            found = found.filter(day__gte=low)
        if (high := self.day("to")) is not None:
            found = found.filter(day__lte=high)
        if activities := self.choices("activity", Activity.values):
            found = found.filter(activity__in=activities)
        return found

    @extend_schema(parameters=[CLIENTS, FROM, TO, one("activity", Activity.values, many=True)])
    def get(self, request):
        return super().get(request)

    @extend_schema(request=NewEntry, responses={201: TimeEntryShape})
    def post(self, request):
        given = dict(self.body(NewEntry))
        client = access.client(self.principal, given.pop("client"))
        given["campaign"] = posts.campaign_of(client, given.pop("campaign", None))
        given["post"] = _post(client, given.pop("post", None))
        entry = entries.enter(client=client, person=self.principal.user, **given)
        return Response(self.shown(self.row(entry.id)), status=201)


class OneTimeEntry(EntryView, View):
    """One's own entries; whoever steers the client changes those of others too."""

    rights = {"GET": READ, "PATCH": WRITE, "DELETE": WRITE}

    def get(self, request, id: int):
        return Response(self.shown(self.row(id)))

    @extend_schema(request=EntryChange)
    def patch(self, request, id: int):
        entry = self._own(id)
        entries.change(entry, actor=self.principal.user, **self.body(EntryChange, partial=True))
        return Response(self.shown(self.row(id)))

    @extend_schema(responses={204: None})
    def delete(self, request, id: int):
        entries.remove(self._own(id), actor=self.principal.user)
        return Response(status=204)

    def _own(self, id: int) -> TimeEntry:
        entry = self.row(id)
        if entry.person_id != self.principal.user.id:
            self.principal.need(STEER)
        return entry


class NewTimer(Strict):
    client = Text(max_length=80, help_text="Slug of the client.")
    activity = serializers.ChoiceField(Activity.values)
    post = Whole(required=False, min_value=1, help_text="Id of a post of the client.")
    note = Text(required=False, allow_blank=True, max_length=500)


class Timer(EntryView, View):
    """The timer of whoever asks: one runs at a time."""

    rights = {"GET": WRITE, "POST": WRITE}

    @extend_schema(responses=inline_serializer("RunningTimer", {"running": TimeEntryShape(allow_null=True)}))
    def get(self, request):
        entry = entries.running(self.principal.user, self.principal.client_ids)
        return Response({"running": entry and self.shown(self.row(entry.id))})

    @extend_schema(request=NewTimer, responses={201: TimeEntryShape})
    def post(self, request):
        """Start it; another one of the same person is stopped."""
        given = dict(self.body(NewTimer))
        client = access.client(self.principal, given.pop("client"))
        given["post"] = _post(client, given.pop("post", None))
        entry = entries.start(client=client, person=self.principal.user, served=self.principal.client_ids, **given)
        return Response(self.shown(self.row(entry.id)), status=201)


class StopTimer(EntryView, View):
    rights = {"POST": WRITE}

    @extend_schema(
        request=Nothing, responses=inline_serializer("StoppedTimer", {"stopped": TimeEntryShape(allow_null=True)})
    )
    def post(self, request):
        self.body(Nothing)
        entry = entries.stop(person=self.principal.user, served=self.principal.client_ids)
        return Response({"stopped": entry and self.shown(self.row(entry.id))})


class ContractShape(Strict):
    fee_cents = Whole(min_value=0, max_value=10**9, help_text="What the client pays a month.")
    minutes = Whole(min_value=0, max_value=60_000, help_text="Agreed a month; 0: the budget of the strategy counts.")
    hour_cents = Whole(min_value=0, max_value=10**7, allow_null=True, help_text="What an hour costs us; null: unknown.")
    step = serializers.ChoiceField(budget.STEPS, help_text="Time is billed in steps of so many minutes; 0: as it is.")


class ContractOfClient(View):
    rights = {"GET": STEER, "PUT": STEER}
    serializer_class = ContractShape
    queryset = Contract.objects.none()

    def get(self, request, slug: str):
        client = access.client(self.principal, slug)
        return Response(self.shown(Contract.objects.filter(client=client).first() or budget.NO_CONTRACT))

    def put(self, request, slug: str):
        client = access.client(self.principal, slug)
        return Response(self.shown(budget.agree(client=client, actor=self.principal.user, **self.body())))


class MonthShape(serializers.Serializer):
    client = serializers.CharField()
    month = serializers.DateField(help_text="Its first day.")
    minutes = serializers.IntegerField(help_text="Of ours, as they are billed.")
    seconds = serializers.IntegerField(help_text="Of ours, as they were spent.")
    by_activity = serializers.DictField(child=serializers.IntegerField(), help_text="Seconds of ours.")
    client_minutes = serializers.IntegerField(help_text="The client's own.")
    budget = serializers.IntegerField(help_text="Minutes agreed; 0: none.")
    ahead = serializers.IntegerField(help_text="Minutes forecast for the whole month, by its open days so far.")
    state = serializers.ChoiceField([sums.OK, sums.AT_RISK, sums.OVER, sums.UNKNOWN])
    fee = serializers.IntegerField(help_text="Cents.")
    cost = serializers.IntegerField(allow_null=True, help_text="Cents; null while an hour's cost is unknown.")
    margin = serializers.IntegerField(allow_null=True, help_text="Cents: fee less cost.")
    locked = serializers.BooleanField()


class OneMonth(Asked):
    def month(self, text: str | None) -> date:
        try:
            return date.fromisoformat(f"{text}-01") if text and len(text) == 7 else self._fault()
        except ValueError:
            return self._fault()

    def _fault(self):
        raise Refused("month", "must be a month such as 2026-11")


class Months(OneMonth, View):
    """The time and money of one month of each client."""

    rights = {"GET": STEER}
    serializer_class = MonthShape
    queryset = TimeEntry.objects.none()

    @extend_schema(
        parameters=[CLIENTS, OpenApiParameter("month", str, description="Such as 2026-11; by default this one.")],
        responses=inline_serializer("MonthRows", {"rows": MonthShape(many=True)}),
    )
    def get(self, request):
        text = request.query_params.get("month")
        month = self.now.date().replace(day=1) if text is None else self.month(text)
        clients = self.clients or list(access.clients(self.principal).order_by("slug"))
        found = budget.months(clients, [month], self.now)
        return Response({"rows": [_month(client, found[client.id, month]) for client in clients]})


class MonthNamed(Strict):
    client = Text(max_length=80, help_text="Slug of the client.")
    month = Text(max_length=7, help_text="Such as 2026-10.")


class MonthReopened(MonthNamed):
    reason = Text(max_length=500)


class LockMonth(OneMonth, View):
    """Settle a month that is over: its time can't be changed any more."""

    rights = {"POST": STEER}
    serializer_class = MonthShape
    queryset = TimeEntry.objects.none()

    @extend_schema(request=MonthNamed)
    def post(self, request):
        given = self.body(MonthNamed)
        client, month = access.client(self.principal, given["client"]), self.month(given["month"])
        budget.lock(client=client, month=month, actor=self.principal.user, now=self.now)
        return Response(_month(client, budget.months([client], [month], self.now)[client.id, month]))


class UnlockMonth(OneMonth, View):
    """Open a settled month again, for a reason that is kept."""

    rights = {"POST": STEER}
    serializer_class = MonthShape
    queryset = TimeEntry.objects.none()

    @extend_schema(request=MonthReopened)
    def post(self, request):
        given = self.body(MonthReopened)
        client, month = access.client(self.principal, given["client"]), self.month(given["month"])
        budget.unlock(client=client, month=month, actor=self.principal.user, reason=given["reason"])
        return Response(_month(client, budget.months([client], [month], self.now)[client.id, month]))


def _month(client: Client, found: budget.Month) -> dict:
    names = [name for name in MonthShape().fields if name != "client"]
    return {"client": client.slug} | {name: getattr(found, name) for name in names}


def _post(client: Client, id: int | None) -> Post | None:
    if id is None:
        return None
    found = Post.objects.filter(client=client, id=id).select_related("campaign").first()
    if found is None:
        raise Refused("post", f"The client has no post {id}.", "unknown")
    return found


class NewOutcome(Strict):
    client = Text(max_length=80, help_text="Slug of the client.")
    kind = serializers.ChoiceField(OutcomeKind.values)
    day = Day(help_text="Local day of the client.")
    count = Whole(required=False, min_value=1, max_value=outcomes.MOST_COUNT)
    cents = Whole(required=False, allow_null=True, min_value=0, max_value=outcomes.MOST_CENTS)
    campaign = Text(required=False, allow_null=True, max_length=80, help_text="Slug, such as utm_campaign says it.")
    external_id = Text(
        required=False, max_length=200, help_text="Id in the system that measured it; without: declared."
    )
    source = Text(required=False, max_length=100, help_text="Which system: shop, telephone, booking …")
    note = Text(required=False, allow_blank=True, max_length=500)


class OutcomeShape(serializers.Serializer):
    id = serializers.IntegerField()
    client = serializers.CharField(source="client.slug")
    layer = serializers.ChoiceField([Layer.MEASURED.value, Layer.DECLARED.value])
    kind = serializers.ChoiceField(OutcomeKind.values)
    day = serializers.DateField()
    count = serializers.IntegerField()
    cents = serializers.IntegerField(allow_null=True)
    campaign = serializers.CharField(source="campaign.slug", default=None, allow_null=True)
    source = serializers.CharField()
    external_id = serializers.CharField()
    note = serializers.CharField()
    by = serializers.EmailField(source="reporter.email", default=None, allow_null=True)
    created_at = Moment()
    voided_at = Moment(allow_null=True)


class OutcomeView(Asked):
    serializer_class = OutcomeShape
    queryset = Outcome.objects.none()

    def row(self, id: int) -> Outcome:
        rows = self.within(Outcome.objects.select_related("client", "campaign", "reporter"))
        found = rows.filter(id=id).first()
        if found is None:
            raise access.NotFound(f"There is no outcome '{id}'.")
        return found


class Outcomes(OutcomeView, ListView):
    """What came of it: measured by a system (with its `external_id`, once) or declared by a person."""

    rights = {"GET": "metrics:read", "POST": "metrics:write"}
    page_ordering = "-id"

    def rows(self):
        found = self.within(Outcome.objects.select_related("client", "campaign", "reporter"))
        if (low := self.day("from")) is not None:
            found = found.filter(day__gte=low)
        if (high := self.day("to")) is not None:
            found = found.filter(day__lte=high)
        return found

    @extend_schema(parameters=[CLIENTS, FROM, TO])
    def get(self, request):
        return super().get(request)

    @extend_schema(request=NewOutcome, responses={200: OutcomeShape, 201: OutcomeShape})
    def post(self, request):
        """201 for a new one, 200 for a measured one that was there with the same values."""
        given = dict(self.body(NewOutcome))
        client = access.client(self.principal, given.pop("client"))
        given["campaign"] = posts.campaign_of(client, given.pop("campaign", None))
        given.setdefault("source", "api")
        if "external_id" in given:
            given.pop("note", None)
            row, new = outcomes.measure(client=client, actor=self.principal.user, **given)
        else:
            row, new = outcomes.declare(client=client, actor=self.principal.user, **{"count": 1, **given}), True
        return Response(self.shown(self.row(row.id)), status=201 if new else 200)


class OneOutcome(OutcomeView, View):
    rights = {"GET": "metrics:read"}

    def get(self, request, id: int):
        return Response(self.shown(self.row(id)))


class VoidOutcome(OutcomeView, View):
    """It was a mistake: it stays to be seen and counts no more."""

    rights = {"POST": "metrics:write"}

    @extend_schema(request=Nothing)
    def post(self, request, id: int):
        self.body(Nothing)
        outcomes.void(self.row(id), actor=self.principal.user)
        return Response(self.shown(self.row(id)))


class NewAssumption(Strict):
    client = Text(max_length=80, help_text="Slug of the client.")
    kind = serializers.ChoiceField(outcomes.KINDS, help_text="`visit`: one click on our own links to the homepage.")
    cents = Whole(min_value=0, max_value=10**9, help_text="What one is taken to be worth.")
    reason = Text(max_length=500, help_text="Why this much.")
    since = Day(help_text="From this local day on.")


class AssumptionShape(serializers.Serializer):
    id = serializers.IntegerField()
    client = serializers.CharField(source="client.slug")
    kind = serializers.ChoiceField(outcomes.KINDS)
    cents = serializers.IntegerField()
    reason = serializers.CharField()
    since = serializers.DateField()
    by = serializers.EmailField(source="author.email", default=None, allow_null=True)


class Assumptions(Asked, ListView):
    """What one call, order or visit is taken to be worth, and why."""

    rights = {"GET": "metrics:read", "POST": STEER}
    serializer_class = AssumptionShape
    queryset = Assumption.objects.none()
    page_ordering = "-id"

    def rows(self):
        return self.within(Assumption.objects.select_related("client", "author"))

    @extend_schema(parameters=[CLIENTS])
    def get(self, request):
        return super().get(request)

    @extend_schema(request=NewAssumption, responses={201: AssumptionShape})
    def post(self, request):
        given = dict(self.body(NewAssumption))
        client = access.client(self.principal, given.pop("client"))
        row = outcomes.assume(client=client, actor=self.principal.user, **given)
        return Response(self.shown(row), status=201)


class WorthShape(serializers.Serializer):
    counts = serializers.DictField(child=serializers.IntegerField(), help_text="By kind.")
    cents = serializers.IntegerField(help_text="Of those whose value is known.")
    without_value = serializers.IntegerField(help_text="How many have no value.")


class ReturnRow(serializers.Serializer):
    client = serializers.CharField()
    key = serializers.CharField(allow_null=True)
    measured = WorthShape()
    declared = WorthShape()
    assumed = WorthShape()
    visits = serializers.IntegerField(help_text="Clicks on our own links to the homepage.")


class Returns(InPeriod, View):
    """What came of it in three layers that are never added up: measured, declared, assumed."""

    rights = {"GET": "metrics:read"}
    queryset = Outcome.objects.none()
    serializer_class = ReturnRow

    @extend_schema(
        parameters=[CLIENTS, FROM, TO, one("by", list(outcomes.BY), "By default total.")],
        responses=inline_serializer("ReturnRows", {"rows": ReturnRow(many=True)}),
    )
    def get(self, request):
        slugs = self.slugs()
        low, high = self.period(list(slugs))
        found = outcomes.returns(list(slugs), low, high, self.choice("by", list(outcomes.BY), "total"))
        rows = [{"client": slugs[client], "key": key, "of": row} for (client, key), row in found.items()]
        rows.sort(key=lambda row: (row["client"], row["key"] or ""))
        return Response({"rows": [_return(row) for row in rows]})


def _return(row: dict) -> dict:
    found = row["of"]
    layers = {layer: WorthShape(getattr(found, layer)).data for layer in Layer.values}
    return {"client": row["client"], "key": row["key"]} | layers | {"visits": found.visits}
