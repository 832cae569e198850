"""All clients at a glance: who needs somebody, and who pays; worst first, each with its reasons."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef

from agency import alphabet
from campaigns import lamps
from campaigns.effort import budget, sums
from campaigns.models import Strategy
from clients.models import Client

from . import goals, standing

# What weighs how much; the same reason several times weighs up to MOST times.
WEIGHTS = {
    "complaint": 40, "overdue": 15, "broken": 30, "silent": 25, "over": 25, "approval": 10, "at_risk": 10, "loss": 20,
    "behind": 8, "missed": 12, "expiring": 5, "unsigned": 3,
}  # fmt: skip
MOST = 3
RISKS = tuple(WEIGHTS)


@dataclass(frozen=True, slots=True)
class Reason:
    """`kind` is one of WEIGHTS, `n` how often, `about` what it is about (a channel, a goal), '' for nothing named."""

    kind: str
    n: int = 1
    about: str = ""

    @property
    def weight(self) -> int:
        return WEIGHTS[self.kind] * min(self.n, MOST)


@dataclass(frozen=True, slots=True)
class Row:
    client: Client
    month: budget.Month
    before: budget.Month
    stand: standing.Standing
    reasons: list[Reason] = field(default_factory=list)

    @property
    def risk(self) -> int:
        return sum(reason.weight for reason in self.reasons)

    @property
    def per_hour(self) -> int | None:
        """Cents of the fee for an hour of ours in the month before; None without an hour."""
        return round(self.before.fee * 60 / self.before.minutes) if self.before.minutes else None


def rows(ids: Collection[int], now: datetime) -> list[Row]:
    """These clients by risk, the highest first, then by name; in a fixed number of queries."""
    signed = Strategy.objects.filter(client=OuterRef("pk"), signed_at__isnull=False, superseded_at=None)
    served = Client.objects.filter(id__in=ids, calendar__isnull=False).select_related("calendar")
    clients = list(served.annotate(signed=Exists(signed)))
    if not clients:
        return []
    today = max(now.astimezone(ZoneInfo(client.calendar.document["zone"])).date() for client in clients)
    this = today.replace(day=1)
    last = budget.preceding(this)
    months, stands = budget.months(clients, [this, last], now), standing.of_clients(ids, now)
    lit, lagging = lamps.of_clients(ids, now), _goals(ids, today, now)
    found = []
    for client in clients:
        stand, month, before = (
            stands.get(client.id, standing.Standing()),
            months[client.id, this],
            months[client.id, last],
        )
        reasons = [*_answering(stand), *_lamps(lit.get(client.id, [])), *_money(month, before)]
        reasons += lagging.get(client.id, [])
        if not client.signed:
            reasons.append(Reason("unsigned"))
        reasons.sort(key=lambda reason: -reason.weight)
        found.append(Row(client, month, before, stand, reasons))
    return sorted(found, key=lambda row: (-row.risk, alphabet.key(row.client.name)))


def _answering(stand: standing.Standing) -> list[Reason]:
    found = [Reason("complaint", stand.complaints)] if stand.complaints else []
    others = stand.overdue - stand.complaints
    return found + ([Reason("overdue", others)] if others > 0 else [])


def _lamps(lit: Sequence[lamps.Lamp]) -> list[Reason]:
    found = [Reason(lamp.kind, 1, lamp.channel) for lamp in lit if lamp.kind != lamps.APPROVAL]
    waiting = sum(lamp.kind == lamps.APPROVAL for lamp in lit)
    return found + ([Reason("approval", waiting)] if waiting else [])


def _money(month: budget.Month, before: budget.Month) -> list[Reason]:
    found = [Reason(month.state)] if month.state in (sums.OVER, sums.AT_RISK) else []
    return found + ([Reason("loss")] if before.margin is not None and before.margin < 0 else [])


def _goals(ids: Sequence[int], today, now: datetime) -> dict[int, list[Reason]]:
    found: dict[int, list[Reason]] = {}
    for one in goals.standings(ids, today, now):
        if one.progress.state in ("behind", "missed"):
            found.setdefault(one.goal.client_id, []).append(Reason(one.progress.state, 1, one.goal.text))
    return found
