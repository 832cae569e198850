"""What a month cost in time and money, against what was agreed; and how a month is settled."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.db.models import OuterRef, Subquery, Sum

from agency.models import User
from campaigns.models import Contract, LockedMonth, Strategy, TimeEntry
from clients import audit, calendars
from clients.models import Calendar, Client
from clients.refusal import Conflict, Refused

from . import sums

STEPS = (0, 5, 6, 10, 15, 30)
NO_CONTRACT = Contract()


@dataclass(frozen=True, slots=True)
class Month:
    """One client's month. Minutes of ours are billed ones, those of the client as they are; money in cents.

    `billed` are the minutes by activity; a month that was settled long ago does not know them.
    `budget` 0: none was agreed. `cost`, `margin`: None while it is not known what an hour costs.
    """

    client_id: int
    month: date
    by_activity: dict[str, int]
    seconds: int
    minutes: int
    client_minutes: int
    budget: int
    ahead: int
    state: str
    fee: int
    cost: int | None
    locked: bool
    billed: dict[str, int] = field(default_factory=dict)

    @property
    def margin(self) -> int | None:
        return None if self.cost is None else self.fee - self.cost


@dataclass(frozen=True, slots=True)
class Agreed:
    """What one client agreed on: the contract as it is written, what counts of it, and the opening hours."""

    contract: Contract
    counts: Contract
    hours: dict


def months(
    clients: Collection[Client],
    firsts: Collection[date],
    now: datetime,
    agreed: Mapping[int, Agreed] | None = None,
) -> dict[tuple[int, date], Month]:
    """By client and first day: these months of each of them, in a fixed number of queries; `agreed`: where known."""
    ids = [client.id for client in clients]
    spent, own = _spent(ids, min(firsts), following(max(firsts)))
    agreed = agreed_of(ids) if agreed is None else agreed
    locked = {
        (row.client_id, row.month): row.sums for row in LockedMonth.objects.filter(client__in=ids, month__in=firsts)
    }
    found = {}
    for id in ids:
        for first in firsts:
            found[id, first] = (
                Month(id, first, **locked[id, first], locked=True)
                if (id, first) in locked
                else _month(id, first, now, spent[id, first], own[id, first], agreed[id].counts, agreed[id].hours)
            )
    return found


def following(first: date) -> date:
    return (first + timedelta(days=32)).replace(day=1)


def preceding(first: date) -> date:
    return (first - timedelta(days=1)).replace(day=1)


def agreed_of(ids: Collection[int]) -> dict[int, Agreed]:
    """By client; what a contract leaves open is the budget of the signed strategy."""
    signed = Strategy.objects.filter(client=OuterRef("client"), superseded_at=None, signed_at__isnull=False)
    rows = Calendar.objects.filter(client__in=ids).annotate(agreed=Subquery(signed.values("document__budget")[:1]))
    found = {}
    for row in rows.select_related("client__contract"):
        contract, signed_for = getattr(row.client, "contract", None) or NO_CONTRACT, row.agreed or {}
        counts = Contract(
            client_id=row.client_id,
            fee_cents=contract.fee_cents or signed_for.get("cents", 0),
            minutes=contract.minutes or signed_for.get("minutes", 0),
            hour_cents=contract.hour_cents,
            step=contract.step,
        )
        found[row.client_id] = Agreed(contract, counts, row.document)
    return found


def _spent(ids: list[int], low: date, end: date) -> tuple[dict, dict]:
    """By client and month: the seconds of ours by person, activity and day; and the client's own seconds."""
    ours, own = defaultdict(dict), defaultdict(int)
    rows = TimeEntry.objects.filter(client__in=ids, day__gte=low, day__lt=end, seconds__isnull=False)
    sums_of = rows.values_list("client_id", "by_client", "person_id", "activity", "day").annotate(total=Sum("seconds"))
    for client, by_client, person, activity, day, seconds in sums_of:
        place = client, day.replace(day=1)
        if by_client:
            own[place] += seconds
        else:
            ours[place][person, activity, day] = seconds
    return ours, own


def _month(id: int, first: date, now: datetime, spent: dict, own: int, contract: Contract, hours: dict) -> Month:
    by_activity: dict[str, int] = defaultdict(int)
    for (_person, activity, _day), seconds in spent.items():
        by_activity[activity] += seconds
    billed = {
        activity: sums.billed({key: one for key, one in spent.items() if key[1] == activity}, contract.step)
        for activity in by_activity
    }
    minutes = sum(billed.values())
    ahead = sums.forecast(minutes, *open_days(hours, first, now))
    return Month(
        client_id=id,
        month=first,
        by_activity=dict(by_activity),
        seconds=sum(spent.values()),
        minutes=minutes,
        client_minutes=round(own / 60),
        budget=contract.minutes,
        ahead=ahead,
        state=sums.standing(minutes, ahead, contract.minutes),
        fee=contract.fee_cents,
        cost=sums.cost(minutes, contract.hour_cents),
        locked=False,
        billed=billed,
    )


def open_days(document: dict, first: date, now: datetime) -> tuple[int, int]:
    """How many open days of the month have passed, today counted, and how many it has."""
    today, last = now.astimezone(ZoneInfo(document["zone"])).date(), following(first) - timedelta(days=1)
    open_ones = [day for day, _name, shut in calendars.days(document, first, last) if not shut]
    return sum(day <= today for day in open_ones), len(open_ones)


@transaction.atomic
def agree(
    *, client: Client, actor: User | None, fee_cents: int, minutes: int, hour_cents: int | None, step: int
) -> Contract:
    """What the client pays a month for how much time, and what an hour costs us. Raises Refused."""
    if step not in STEPS:
        raise Refused("step", f"must be one of {', '.join(map(str, STEPS))}")
    Client.objects.select_for_update(no_key=True).get(pk=client.pk)
    before = Contract.objects.filter(client=client).first()
    after = {"fee_cents": fee_cents, "minutes": minutes, "hour_cents": hour_cents, "step": step}
    made, _new = Contract.objects.update_or_create(client=client, defaults=after)
    known = before and {name: getattr(before, name) for name in after}
    if known != after:
        audit.record(client, actor, "contract.agreed", "contract", None, known, after)
    return made


@transaction.atomic
def lock(*, client: Client, month: date, actor: User, now: datetime) -> LockedMonth:
    """Settle a month that is over: its time and sums stay as they are. Raises Refused, Conflict."""
    if month.day != 1:
        raise Refused("month", "must be the first day of a month")
    Client.objects.select_for_update(no_key=True).get(pk=client.pk)
    zone = Calendar.objects.values_list("document__zone", flat=True).get(client=client)
    if following(month) > now.astimezone(ZoneInfo(zone)).date():
        raise Refused("month", "is not over yet")
    if LockedMonth.objects.filter(client=client, month=month).exists():
        raise Conflict("This month is settled already.", "month_locked")
    found = months([client], [month], now)[client.id, month]
    names = set(Month.__dataclass_fields__) - {"client_id", "month", "locked"}
    kept = {name: getattr(found, name) for name in names}
    row = LockedMonth.objects.create(client=client, month=month, sums=kept, locker=actor)
    audit.record(client, actor, "month.locked", "month", row.id, after={"month": month, "minutes": found.minutes})
    return row


@transaction.atomic
def unlock(*, client: Client, month: date, actor: User, reason: str) -> None:
    """Open a settled month again; the reason is kept in the log. Raises Refused, Conflict."""
    if not reason.strip():
        raise Refused("reason", "is needed", "required")
    row = LockedMonth.objects.filter(client=client, month=month).first()
    if row is None:
        raise Conflict("This month is not settled.", "month_open")
    audit.record(
        client, actor, "month.unlocked", "month", row.id, before=row.sums, after={"reason": reason.strip()[:500]}
    )
    row.delete()


def by(clients: Collection[int], low: date, high: date, what: str) -> dict[tuple[int, int | None], int]:
    """Seconds of ours by client and `campaign` or `post`, both local days included."""
    sql = f"""SELECT client_id, {dict(campaign="campaign_id", post="post_id")[what]}, sum(seconds)
        FROM campaigns_timeentry WHERE client_id = ANY(%s) AND day BETWEEN %s AND %s AND NOT by_client GROUP BY 1, 2"""
    with connection.cursor() as cursor:
        cursor.execute(sql, [list(clients), low, high])
        return {(client, id): int(seconds or 0) for client, id, seconds in cursor.fetchall()}
