"""What came of it, in three layers that are never added up: measured by a system, declared by the client, assumed.

Measured and declared outcomes are rows; what is assumed follows from them and from the visits to the homepage by what
one of them is taken to be worth.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.utils import timezone

from agency.models import User
from campaigns.models import Assumption, Campaign, Outcome
from campaigns.vocabulary import Layer, OutcomeKind
from clients import audit
from clients.models import Calendar, Client
from clients.refusal import Conflict, Refused

from .sums import Worth

VISIT = "visit"
KINDS = (*OutcomeKind.values, VISIT)
MOST_COUNT, MOST_CENTS = 1_000_000, 10**11

ROWS = """
SELECT o.client_id, {outcome}, o.layer, o.kind, o.day, sum(o.count), coalesce(sum(o.cents), 0),
    coalesce(sum(o.count) FILTER (WHERE o.cents IS NULL), 0)
FROM campaigns_outcome o {of_outcomes}
WHERE o.client_id = ANY(%(clients)s) AND o.day BETWEEN %(low)s AND %(high)s AND o.voided_at IS NULL
GROUP BY 1, 2, 3, 4, 5
UNION ALL
SELECT c.client_id, {visit}, '', 'visit', c.day, sum(c.clicks), 0, sum(c.clicks)
FROM campaigns_clickday c
JOIN campaigns_publication p ON p.client_id = c.client_id AND p.id = c.publication_id
JOIN campaigns_post o ON o.client_id = p.client_id AND o.id = p.post_id {of_visits}
WHERE c.client_id = ANY(%(clients)s) AND c.day BETWEEN %(low)s AND %(high)s
GROUP BY 1, 2, 3, 4, 5
"""
OF_CAMPAIGN = "LEFT JOIN campaigns_campaign a ON a.client_id = o.client_id AND a.id = o.campaign_id"
# By what a row may be told: its key among outcomes, and among posts that were clicked.
BY = {
    "total": ("NULL::text", "NULL::text"),
    "month": ("to_char(o.day, 'YYYY-MM')", "to_char(c.day, 'YYYY-MM')"),
    "campaign": ("a.slug", "a.slug"),
    "month_and_campaign": (
        "to_char(o.day, 'YYYY-MM ') || coalesce(a.slug, '')",
        "to_char(c.day, 'YYYY-MM ') || coalesce(a.slug, '')",
    ),
    "goal": ("g.slug", "g.slug"),
}
JOINS = {
    "campaign": (OF_CAMPAIGN, OF_CAMPAIGN),
    "month_and_campaign": (OF_CAMPAIGN, OF_CAMPAIGN),
    "goal": (
        f"{OF_CAMPAIGN} LEFT JOIN campaigns_goal g ON g.client_id = a.client_id AND g.id = a.serves_id",
        f"{OF_CAMPAIGN} LEFT JOIN campaigns_goal g"
        " ON g.client_id = o.client_id AND g.id = coalesce(o.serves_id, a.serves_id)",
    ),
}


@dataclass(frozen=True, slots=True)
class Return:
    """What came of it, each layer by itself; `visits` are clicks on our own links to the homepage."""

    measured: Worth
    declared: Worth
    assumed: Worth
    visits: int


@transaction.atomic
def measure(
    *,
    client: Client,
    kind: str,
    external_id: str,
    source: str,
    day: date,
    cents: int | None = None,
    count: int = 1,
    campaign: Campaign | None = None,
    actor: User | None = None,
) -> tuple[Outcome, bool]:
    """What a system of the client reports, once by its id; whether it is new. Raises Refused, Conflict."""
    if not external_id.strip():
        raise Refused("external_id", "is needed: what was measured has an id", "required")
    _check(client, kind, day, count, cents)
    columns = {"layer": Layer.MEASURED, "kind": kind, "day": day, "count": count, "cents": cents, "campaign": campaign}
    row, new = Outcome.objects.get_or_create(
        client=client, source=source, external_id=external_id, defaults=columns | {"reporter": actor}
    )
    if not new and (row.kind, row.day, row.count, row.cents) != (kind, day, count, cents):
        raise Conflict(f"'{external_id[:80]}' was reported before with other values.", "reported_otherwise")
    return row, new


@transaction.atomic
def declare(
    *,
    client: Client,
    kind: str,
    day: date,
    count: int,
    actor: User,
    source: str,
    cents: int | None = None,
    campaign: Campaign | None = None,
    note: str = "",
) -> Outcome:
    """What somebody says came of it; `source` is the portal or the office. Raises Refused."""
    _check(client, kind, day, count, cents)
    row = Outcome.objects.create(
        client=client, layer=Layer.DECLARED, kind=kind, day=day, count=count, cents=cents, campaign=campaign,
        note=note[:500], source=source, reporter=actor,
    )  # fmt: skip
    after = {"kind": kind, "count": count, "cents": cents, "day": day}
    audit.record(client, actor, "outcome.declared", "outcome", row.id, after=after)
    return row


@transaction.atomic
def void(outcome: Outcome, *, actor: User) -> Outcome:
    """It was a mistake and counts no more; it stays to be seen."""
    if outcome.voided_at is None:
        outcome.voided_at = timezone.now()
        outcome.save(update_fields=["voided_at"])
        audit.record(outcome.client, actor, "outcome.voided", "outcome", outcome.id)
    return outcome


@transaction.atomic
def assume(*, client: Client, kind: str, cents: int, reason: str, since: date, actor: User | None) -> Assumption:
    """From this day on one of this kind is taken to be worth so much. Raises Refused."""
    if kind not in KINDS:
        raise Refused("kind", f"must be one of {', '.join(KINDS)}")
    if not 0 <= cents <= MOST_CENTS:
        raise Refused("cents", f"must be a whole number from 0 to {MOST_CENTS}")
    if not reason.strip():
        raise Refused("reason", "is needed: why this much?", "required")
    row, _new = Assumption.objects.update_or_create(
        client=client,
        kind=kind,
        since=since,
        defaults={"cents": cents, "reason": reason.strip()[:500], "author": actor},
    )
    after = {"kind": kind, "cents": cents, "since": since, "reason": row.reason}
    audit.record(client, actor, "assumption.made", "assumption", row.id, after=after)
    return row


def returns(
    clients: Collection[int],
    low: date,
    high: date,
    by: str = "total",
    assumptions: Iterable[Assumption] | None = None,
) -> dict[tuple[int, str | None], Return]:
    """By client and value of `by`, one of BY: what came of it on these local days.

    `assumptions` are all of these clients, where they are known already.
    """
    values = {"clients": list(clients), "low": low, "high": high}
    of_outcomes, of_visits = JOINS.get(by, ("", ""))
    outcome, visit = BY[by]
    if assumptions is None:
        assumptions = Assumption.objects.filter(client__in=clients)
    worth = _worth(assumptions)
    found: dict[tuple, dict] = defaultdict(_nothing)
    sql = ROWS.format(outcome=outcome, visit=visit, of_outcomes=of_outcomes, of_visits=of_visits)
    for client, key, layer, kind, day, count, cents, valueless in _query(sql, values):
        row = found[client, key]
        if layer:
            _add(row[layer], kind, int(count), int(cents), int(valueless))
        else:
            row["visits"] += int(count)
        _assume(row["assumed"], kind, int(valueless), worth(client, kind, day))
    return {
        place: Return(*(Worth(**row[layer]) for layer in Layer.values), row["visits"]) for place, row in found.items()
    }


def together(rows: Iterable[Return]) -> Return:
    """Several of one client as one, layer by layer."""
    found = _nothing()
    for row in rows:
        found["visits"] += row.visits
        for layer in Layer.values:
            worth = getattr(row, layer)
            for kind, count in worth.counts.items():
                _add(found[layer], kind, count, 0, 0)
            _add_value(found[layer], worth.cents, worth.without_value)
    return Return(*(Worth(**found[layer]) for layer in Layer.values), found["visits"])


def nothing() -> Return:
    empty = _nothing()
    return Return(*(Worth(**empty[layer]) for layer in Layer.values), 0)


def _nothing() -> dict:
    return {layer: {"counts": {}, "cents": 0, "without_value": 0} for layer in Layer.values} | {"visits": 0}


def _add(layer: dict, kind: str, count: int, cents: int, valueless: int) -> None:
    layer["counts"][kind] = layer["counts"].get(kind, 0) + count
    _add_value(layer, cents, valueless)


def _add_value(layer: dict, cents: int, valueless: int) -> None:
    layer["cents"] += cents
    layer["without_value"] += valueless


def _assume(layer: dict, kind: str, count: int, cents: int | None) -> None:
    """Only what has no value of its own is given an assumed one: nothing is counted twice."""
    if count and cents is not None:
        _add(layer, kind, count, count * cents, 0)


def _worth(assumptions: Iterable[Assumption]):
    """A function: what one of a kind was taken to be worth on a day, None without an assumption."""
    known = defaultdict(list)
    for row in sorted(assumptions, key=lambda row: row.since):
        known[row.client_id, row.kind].append((row.since, row.cents))

    def worth(client: int, kind: str, day: date) -> int | None:
        valid = [cents for since, cents in known[client, kind] if since <= day]
        return valid[-1] if valid else None

    return worth


def _check(client: Client, kind: str, day: date, count: int, cents: int | None) -> None:
    errors = []
    if kind not in OutcomeKind.values:
        errors.append(("kind", f"must be one of {', '.join(OutcomeKind.values)}"))
    if not 1 <= count <= MOST_COUNT:
        errors.append(("count", f"must be a whole number from 1 to {MOST_COUNT}"))
    if cents is not None and not 0 <= cents <= MOST_CENTS:
        errors.append(("cents", f"must be a whole number from 0 to {MOST_CENTS}"))
    zone = Calendar.objects.values_list("document__zone", flat=True).get(client=client)
    if day > datetime.now(ZoneInfo(zone)).date():
        errors.append(("day", "must not lie ahead"))
    if errors:
        raise Refused(errors=errors)


def _query(sql: str, values: dict) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()
