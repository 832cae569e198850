"""How a client does against itself before and against the other clients of its agency, of whom nobody is named."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import connection

from agency.models import Agency
from clients.models import Calendar, Client
from clients.scope import scope

from . import engagement, metrics
from .engagement import RATES
from .models import Cohort

DAYS = (7, 28, 90)
PERIODS, LEAST_PERIODS, LEAST_OTHERS = 12, 3, 5
DIGITS = 3  # tenths of a percentage point: the middle of five is the figure of one of them


def rows(clients: Sequence[int], days: int, kind: str, now: datetime) -> list[dict]:
    """A row per client: its rate in its last `days` whole local days, the median of the twelve periods of that length
    before, and that of the others; a median is None with its reason where too few are known."""
    cohorts = {row.client_id: row for row in Cohort.objects.filter(client_id__in=clients, kind=kind, days=days)}
    found = []
    for last, ids in _by_last_day(clients, now):
        rates = metrics.rates(ids, last, days, PERIODS + 1, kind)
        for id in ids:
            here = rates.get(id, {})
            rate = here.pop(last, engagement.rate(kind, None, None, 0, 0))
            period = {"client_id": id, "from": last - timedelta(days=days - 1), "to": last, "rate": rate.told()}
            known = [one.value for one in here.values()]
            found.append(period | {"own": _own(rate.value, known), "cohort": _cohort(rate.value, cohorts.get(id))})
    return sorted(found, key=lambda row: row["client_id"])


def _own(now: float | None, before: Sequence[float | None]) -> dict:
    median, n = engagement.middle(before, LEAST_PERIODS)
    reason = None if n >= LEAST_PERIODS else "too_few_periods"
    return {"median": median, "n": n, "reason": reason, "points": engagement.points(now, median)}


def _cohort(now: float | None, row: Cohort | None) -> dict:
    if row is None:
        return {"median": None, "n": None, "reason": "too_few_clients", "points": None, "counted_at": None}
    points = engagement.points(now, row.median)
    return {"median": row.median, "n": row.n, "reason": None, "points": points, "counted_at": row.counted_at}


def count_cohorts(*, now: datetime) -> int:
    """Find the medians of every agency's clients anew; returns how many rows there are now."""
    return sum(_count(agency, now) for agency in Agency.objects.order_by("id"))


def _count(agency: Agency, now: datetime) -> int:
    """In one transaction that sees all living clients of the agency, each of whom keeps what is told of the others."""
    clients = list(Client.objects.filter(agency=agency, archived_at=None).order_by("id").values_list("id", flat=True))
    with scope(clients):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('cohort'), %s)", [agency.id % 2**31])
        Cohort.objects.filter(client_id__in=clients).delete()
        groups = list(_by_last_day(clients, now))
        made = [
            Cohort(client_id=id, kind=kind, days=days, n=n, median=round(median, DIGITS), counted_at=now)
            for days in DAYS
            for kind in RATES
            for id, n, median in _medians(clients, _current(groups, days, kind))
        ]
        Cohort.objects.bulk_create(made, batch_size=1_000)
    return len(made)


def _current(groups: Sequence[tuple[date, list[int]]], days: int, kind: str) -> dict[int, float]:
    """The rates of the clients that have one in their last period."""
    return {
        id: rate.value
        for last, ids in groups
        for id, found in metrics.rates(ids, last, days, 1, kind).items()
        for rate in found.values()
        if rate.value is not None
    }


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
    zones = dict(Calendar.objects.filter(client_id__in=clients).values_list("client_id", "document__zone"))
    found: dict[date, list[int]] = {}
    for id in clients:
        found.setdefault(now.astimezone(ZoneInfo(zones[id])).date() - timedelta(days=1), []).append(id)
    yield from sorted(found.items())
