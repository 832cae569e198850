"""How a client does against itself before and against the other clients of its agency, of whom nobody is named."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import connection

from agency.models import Agency
from clients.models import Calendar, Client
from clients.scope import scope

from . import engagement, metrics
from .engagement import RATES, Rate
from .models import Cohort

DAYS = (7, 28, 90)
PERIODS, LEAST_PERIODS, LEAST_OTHERS = 12, 3, 5
DIGITS = 3  # tenths of a percentage point: the middle of five is the figure of one of them


@dataclass(frozen=True, slots=True)
class Standing:
    """A client's rate in its last period, the median of its rates in the twelve before (None where too few are known),
    and how many are."""

    rate: Rate
    median: float | None
    n: int


def rows(clients: Sequence[int], days: int, kind: str, now: datetime) -> list[dict]:
    """A row per client: its rate in its last `days` whole local days, the median of the twelve periods of that length
    before, and that of the others; a median is None with its reason where too few are known.

    All as `count_cohorts` found it last; a client that was not counted since its last midnight is counted here.
    """
    counted = {row.client_id: row for row in Cohort.objects.filter(client_id__among=clients, kind=kind, days=days)}
    found = []
    for last, ids in _by_last_day(clients, now):
        stale = [id for id in ids if id not in counted or counted[id].last != last]
        standings = _standings(stale, last, days, kind) if stale else {}
        for id in ids:
            standing = standings.get(id) or _stored(counted[id])
            period = {"client_id": id, "from": last - timedelta(days=days - 1), "to": last}
            cohort = _cohort(standing.rate.value, counted.get(id))
            found.append(period | {"rate": standing.rate.told(), "own": _own(standing), "cohort": cohort})
    return sorted(found, key=lambda row: row["client_id"])


def _standings(clients: Sequence[int], last: date, days: int, kind: str) -> dict[int, Standing]:
    rates = metrics.rates(clients, last, days, PERIODS + 1, kind)
    return {id: _standing(rates.get(id, {}), last, kind) for id in clients}


def _standing(rates: dict[date, Rate], last: date, kind: str) -> Standing:
    before = [rate.value for day, rate in rates.items() if day != last]
    now = rates.get(last) or engagement.rate(kind, None, None, 0, 0)
    return Standing(now, *engagement.middle(before, LEAST_PERIODS))


def _stored(row: Cohort) -> Standing:
    return Standing(Rate(row.kind, row.rate, row.covered, row.of), row.own_median, row.own_n)


def _own(standing: Standing) -> dict:
    reason = None if standing.n >= LEAST_PERIODS else "too_few_periods"
    points = engagement.points(standing.rate.value, standing.median)
    return {"median": standing.median, "n": standing.n, "reason": reason, "points": points}


def _cohort(now: float | None, row: Cohort | None) -> dict:
    if row is None or row.n is None:
        return {"median": None, "n": None, "reason": "too_few_clients", "points": None, "counted_at": None}
    points = engagement.points(now, row.median)
    return {"median": row.median, "n": row.n, "reason": None, "points": points, "counted_at": row.counted_at}


def count_cohorts(*, now: datetime) -> int:
    """Find how every agency's clients stand anew; returns how many rows there are now."""
    return sum(_count(agency, now) for agency in Agency.objects.order_by("id"))


def _count(agency: Agency, now: datetime) -> int:
    """In one transaction that sees all living clients of the agency, each of whom keeps what is told of the others."""
    clients = list(Client.objects.filter(agency=agency, archived_at=None).order_by("id").values_list("id", flat=True))
    with scope(clients):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('cohort'), %s)", [agency.id % 2**31])
        Cohort.objects.filter(client_id__among=clients).delete()
        groups = list(_by_last_day(clients, now))
        made = [row for days in DAYS for kind in RATES for row in _counted(groups, days, kind, now)]
        Cohort.objects.bulk_create(made, batch_size=1_000)
    return len(made)


def _counted(groups: Sequence[tuple[date, list[int]]], days: int, kind: str, now: datetime) -> Iterator[Cohort]:
    """One row per client, whose `groups` are by their last whole local day."""
    found = {id: (last, one) for last, ids in groups for id, one in _standings(ids, last, days, kind).items()}
    rates = {id: one.rate.value for id, (_, one) in found.items() if one.rate.value is not None}
    medians = {id: (n, round(median, DIGITS)) for id, n, median in _medians(list(found), rates)}
    for id, (last, one) in found.items():
        n, median = medians.get(id, (None, None))
        yield Cohort(
            client_id=id,
            kind=kind,
            days=days,
            last=last,
            rate=one.rate.value,
            covered=one.rate.covered,
            of=one.rate.of,
            own_median=one.median,
            own_n=one.n,
            n=n,
            median=median,
            counted_at=now,
        )


def _medians(clients: Sequence[int], rates: dict[int, float]) -> Iterator[tuple[int, int, float]]:
    """(client, number of others, their median) where the others are enough."""
    if len(rates) < LEAST_OTHERS:
        return
    everybody, others = engagement.middle(rates.values(), LEAST_OTHERS)[0], engagement.middles_of_others(rates)
    for id in clients:
        n = len(rates) - (id in rates)
        if n >= LEAST_OTHERS:
            yield id, n, others.get(id, everybody)


def _by_last_day(clients: Sequence[int], now: datetime) -> Iterator[tuple[date, list[int]]]:
    """The clients by their last whole local day."""
    zones = dict(Calendar.objects.filter(client_id__among=clients).values_list("client_id", "document__zone"))
    found: dict[date, list[int]] = {}
    for id in clients:
        found.setdefault(now.astimezone(ZoneInfo(zones[id])).date() - timedelta(days=1), []).append(id)
    yield from sorted(found.items())
