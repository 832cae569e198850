"""Writes down what the engine derives: clocks, pauses and the summary of each conversation follow from its facts."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime
from operator import attrgetter

from django.db import transaction
from django.utils import timezone

from campaigns import rollup as numbers
from clients import audit
from clients.hours import HorizonError
from clients.models import Channel, Client

from . import alerts, bulk, facts, outgoing, policies, rollup, sla, summary
from .models import Clock, Conversation, Pause, Step
from .records import ClockRecord, ConversationRecord

BATCH = 1000
KEPT_IF_CLOSED = ("started_at", "stopped_at", "stop_reason", "answered_at")
DERIVED = (
    "policy_version_id", "severity", "live", "started_at", "target_seconds", "paused_seconds", "paused_at", "due_at",
    "warn_at", "grace", "stopped_at", "stop_reason", "answered_at", "outcome", "late_ingest", "breached_at",
    "noticed_at", "warned_at", "business_seconds", "wall_seconds", "interaction_kind", "sentiment",
)  # fmt: skip
COLUMNS = tuple(name for name in bulk.names(Clock) if name != "id")
UPSERT = f"""
ON CONFLICT (client_id, conversation_id, kind, cycle)
DO UPDATE SET {", ".join(f"{name} = EXCLUDED.{name}" for name in (*DERIVED, "updated_at"))}
"""
derived, kept_if_closed = attrgetter(*DERIVED), attrgetter(*KEPT_IF_CLOSED)


def refresh(conversation_ids: Iterable[int], *, now: datetime) -> None:
    """Derive these conversations anew from their facts and write what changed, under a lock on each of them."""
    rows = Conversation.objects.select_for_update().filter(id__in=conversation_ids).order_by("id")
    conversations = bulk.read(ConversationRecord, rows)
    if not conversations:
        return
    ids = [conversation.id for conversation in conversations]
    told, known, paused = facts.load(ids), _known_clocks(ids), _paused(ids)
    change = Change(conversations, now)
    for conversation in conversations:
        change.derive(conversation, told[conversation.id], known[conversation.id], conversation.id in paused)
    change.save()
    summary.save(conversations, now)


def begin(conversations: Collection[ConversationRecord], told: dict[int, facts.Told], *, now: datetime) -> "Change":
    """Derive conversations that are not stored yet, summaries included; `save` the result once they are."""
    change = Change(conversations, now)
    for conversation in conversations:
        change.derive(conversation, told[conversation.id], {}, False)
    return change


def derive(told: facts.Told, book: policies.Rulebook, live_from: datetime, channel_id: int) -> sla.Timeline:
    """The engine's word on one conversation; without promises where the calendar is closed beyond its horizon."""
    context = sla.Context(channel=channel_id, hours=book.hours)
    try:
        return sla.replay(told.facts, book.rules, live_from, context)
    except HorizonError:
        return sla.replay(told.facts, (), live_from, context)


def _known_clocks(conversation_ids: list[int]) -> dict[int, dict[tuple, ClockRecord]]:
    known: dict[int, dict[tuple, ClockRecord]] = defaultdict(dict)
    for clock in bulk.read(ClockRecord, Clock.objects.filter(conversation_id__in=conversation_ids)):
        known[clock.conversation_id][clock.kind, clock.cycle] = clock
    return known


def _paused(conversation_ids: list[int]) -> set[int]:
    pauses = Pause.objects.filter(conversation_id__in=conversation_ids)
    return set(pauses.values_list("conversation_id", flat=True))


class Change:
    """What becomes of the clocks of some conversations, collected so that it is written in a few statements."""

    def __init__(self, conversations: Collection[ConversationRecord], now: datetime):
        self.now = now
        self.ids = {conversation.id for conversation in conversations}
        self.books = policies.rulebooks({c.client_id for c in conversations})
        channels = Channel.objects.filter(id__in={c.channel_id for c in conversations})
        self.connected = dict(channels.values_list("id", "connected_at"))
        self.rows: list[ClockRecord] = []
        self.gone: list[ClockRecord] = []
        self.missed: list[ClockRecord] = []
        self.met: list[ClockRecord] = []
        self.spans: list[Pause] = []
        self.paused: list[int] = []
        self.instants: dict[int, set[datetime]] = defaultdict(set)

    def derive(
        self, conversation: ConversationRecord, told: facts.Told, known: dict[tuple, ClockRecord], paused: bool
    ) -> None:
        """Note what differs from the known clocks, and set the conversation's summary."""
        book = self.books[conversation.client_id]
        live_from = max(self.connected[conversation.channel_id], book.enforce_from)
        timeline = derive(told, book, live_from, conversation.channel_id)
        clocks = [self._clock(_row(conversation, clock), known) for clock in timeline.clocks]
        for before in known.values():
            self.gone.append(before)
            self._mark(before)
        if timeline.pauses or paused:
            self._pause(conversation, timeline)
        summary.write(conversation, timeline, clocks, told, live_from)

    def _clock(self, row: ClockRecord, known: dict[tuple, ClockRecord]) -> ClockRecord:
        before = known.pop((row.kind, row.cycle), None)
        if before is not None and _closed_alike(before, row):
            return before
        _judge(row, before, self.now)
        if before is None or derived(before) != derived(row):
            self._touch(row, before)
        return row

    def _pause(self, conversation: ConversationRecord, timeline: sla.Timeline) -> None:
        self.paused.append(conversation.id)
        self.spans += [
            Pause(
                client_id=conversation.client_id,
                conversation_id=conversation.id,
                kind=pause.kind,
                cycle=pause.cycle,
                from_at=pause.from_at,
                to_at=pause.to_at,
                business_seconds=pause.business_seconds,
            )
            for pause in timeline.pauses
        ]

    def _touch(self, row: ClockRecord, before: ClockRecord | None) -> None:
        row.updated_at = self.now
        self.rows.append(row)
        self._mark(row)
        if before is not None:
            self._mark(before)
        if row.outcome == "breached" and row.live and (before is None or before.outcome != "breached"):
            self.missed.append(row)
        if row.outcome == "met" and row.live and (before is None or before.outcome != "met"):
            self.met.append(row)

    def _mark(self, clock: ClockRecord) -> None:
        marked = self.instants[clock.client_id]
        marked.add(clock.started_at)
        if clock.due_at is not None:
            marked.add(clock.due_at)

    def leave_out(self, conversation_ids: set[int]) -> None:
        """Write nothing of these conversations: they must be derived anew."""
        if self.ids & conversation_ids:
            self.ids -= conversation_ids
            self.rows = [row for row in self.rows if row.conversation_id not in conversation_ids]
            self.missed = [row for row in self.missed if row.conversation_id not in conversation_ids]
            self.met = [row for row in self.met if row.conversation_id not in conversation_ids]
            self.spans = [span for span in self.spans if span.conversation_id not in conversation_ids]

    def save(self) -> None:
        if self.gone:
            Clock.objects.filter(id__in=[clock.id for clock in self.gone]).delete()
        bulk.insert(Clock, self.rows, UPSERT, columns=COLUMNS)
        if self.paused:
            Pause.objects.filter(conversation_id__in=self.paused).delete()
            Pause.objects.bulk_create(self.spans)
        rollup.mark_many(self.instants)
        alerts.breached(self.missed, self.now)
        outgoing.clocks("sla.met", self.met)


def _row(conversation: ConversationRecord, clock: sla.Clock) -> ClockRecord:
    return ClockRecord(
        client_id=conversation.client_id,
        agency_id=conversation.agency_id,
        channel_id=conversation.channel_id,
        conversation_id=conversation.id,
        kind=clock.kind,
        cycle=clock.cycle,
        policy_version_id=clock.version,
        severity=clock.severity,
        live=clock.live,
        started_at=clock.started_at,
        target_seconds=clock.target,
        paused_seconds=clock.paused_seconds,
        paused_at=clock.paused_at,
        due_at=clock.due_at,
        warn_at=clock.warn_at,
        grace=clock.grace,
        stopped_at=clock.stopped_at,
        stop_reason=clock.stop_reason or "",
        answered_at=clock.answered_at,
        outcome=clock.outcome,
        late_ingest=clock.late_ingest,
        breached_at=clock.breached_at,
        business_seconds=clock.business_seconds,
        wall_seconds=clock.wall_seconds,
        interaction_kind=clock.message_kind,
        sentiment=clock.sentiment,
    )


def _closed_alike(before: ClockRecord, row: ClockRecord) -> bool:
    """A closed clock is counted with the calendar and policy of its time: untouched while its facts are the same."""
    return before.stopped_at is not None and kept_if_closed(before) == kept_if_closed(row)


def _judge(row: ClockRecord, before: ClockRecord | None, now: datetime) -> None:
    """Carry over what only time decided: a breach once noticed stays, unless the answer proves to be in time."""
    if before is not None:
        row.noticed_at, row.warned_at = before.noticed_at, before.warned_at
        row.late_ingest = row.late_ingest or before.late_ingest and before.breached_at is not None
        if before.warn_at != row.warn_at and row.warn_at is not None and row.warn_at > now:
            row.warned_at = None
    missed = before is not None and before.breached_at is not None
    if row.outcome == "open" and (missed or not row.live) and sla.overdue(row, now):
        row.outcome, row.breached_at = "breached", row.due_at
    in_time = row.stopped_at is not None and before is not None and row.stopped_at <= (before.breached_at or now)
    if missed and row.outcome in ("open", "met") and not in_time:
        row.outcome, row.breached_at, row.due_at = "breached", before.breached_at, before.due_at
    if row.outcome == "breached" and row.noticed_at is None:
        row.noticed_at = now


def calendar_changed(client: Client, *, zone_before: str, now: datetime | None = None) -> int:
    """Compute the open clocks of a client anew after its calendar changed; closed ones stay.

    Returns the number of conversations. Raises Refused where the calendar can't reach a promise any more.
    """
    policies.check_reach(client)
    rollup.rebuild_if_days_moved(client, zone_before)
    numbers.rebuild_if_days_moved(client, zone_before)
    return _recompute(client, now or timezone.now())


@transaction.atomic
def apply_policies(*, client: Client, actor, preview: bool) -> int:
    """Judge every open clock by the policies of today; with `preview` only count them."""
    if not preview:
        ids, now = open_conversations(client), timezone.now()
        Step.objects.bulk_create(
            Step(client=client, conversation_id=id, at=now, action="policies", user=actor) for id in ids
        )
        _recompute(client, now)
        audit.record(client, actor, "policies.applied", after={"conversations": len(ids)})
    return Clock.objects.filter(client=client, stopped_at=None, live=True).count()


def open_conversations(client: Client) -> list[int]:
    clocks = Clock.objects.filter(client=client, stopped_at=None, live=True)
    return list(clocks.values_list("conversation_id", flat=True).distinct())


def _recompute(client: Client, now: datetime) -> int:
    ids = sorted(open_conversations(client))
    for start in range(0, len(ids), BATCH):
        refresh(ids[start : start + BATCH], now=now)
    return len(ids)
