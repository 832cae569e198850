"""The sums of service: marked days against everything anew, and reading them against reading the facts."""

from datetime import timedelta

from clients.scope import scope
from feedback import metrics, rollup
from feedback.models import Clock, ServiceDay, VolumeDay

from .data import NOW
from .database import execute, seconds, turns, undone
from .rows import at_most, none_of, told
from .town import Town

DAY = NOW.date() - timedelta(days=17)
SAMPLE = 40
RAW = """
SELECT kind, percentile_disc(ARRAY[0.5, 0.9, 0.95]) WITHIN GROUP (ORDER BY business_seconds),
    percentile_disc(ARRAY[0.5, 0.9, 0.95]) WITHIN GROUP (ORDER BY wall_seconds),
    count(*), count(*) FILTER (WHERE outcome = 'met'), count(*) FILTER (WHERE stopped_at IS NULL)
FROM feedback_clock WHERE client_id = %s AND started_at >= %s AND started_at < %s GROUP BY kind
"""


def run(town: Town, quick: bool) -> list[dict]:
    town.age(1, 100)
    clients = town.ids[: 5 if quick else SAMPLE]
    with scope(town.ids):
        for client in clients:
            rollup.rebuild(client)
    return [*_a_day(clients), *_a_month(town.ids[0]), *_equal(town.ids[0])]


def _a_day(clients: list[int]) -> list[dict]:
    """One day against all days, clients by turns; all clients have equally many facts."""
    order = [iter(clients * 3), iter(clients * 3)]

    def whole() -> float:
        return _in_scope(lambda client: rollup.rebuild(client), next(order[0]))

    def one_day() -> float:
        return _in_scope(_refill, next(order[1]))

    full, day = turns(len(clients) * 3, whole, one_day)
    return [
        told("clients, each in turn", len(clients), ""),
        told("full recompute of a client", full * 1000, "ms"),
        at_most("a day against the full recompute", day / full, 1 / 5),
    ]


def _in_scope(work, client: int) -> float:
    with scope([client]):
        return seconds(lambda: work(client))


def _refill(client: int) -> None:
    rollup.mark(client, [NOW - timedelta(days=17)])
    rollup.fill(client)


def _a_month(client: int) -> list[dict]:
    """Response times of thirty days: from the sums as the metrics read them, and one aggregate over the clocks."""
    low, high = DAY - timedelta(days=15), DAY + timedelta(days=14)

    def summed() -> float:
        return _in_scope(lambda one: metrics.response_times([one], low, high, "total", NOW), client)

    def raw() -> float:
        return _in_scope(lambda one: execute(RAW, one, low, high + timedelta(days=1)), client)

    sums, facts = turns(15, summed, raw)
    return [told("a month of one client from the sums, against the bare aggregate of its clocks", sums / facts, "x")]


def _equal(client: int) -> list[dict]:
    """After an update, a deletion, a gap and a late arrival the marked days equal a full recompute."""
    found = []
    for change in (_update, _delete, _gap, _arrive_late):
        with undone([client]):
            rollup.mark(client, change(client))
            rollup.fill(client)
            marked = _rows(client)
            rollup.rebuild(client)
            found += [change.__name__] * (marked != _rows(client))
    return [none_of("changes after which the sums differ from a full recompute", found, 4)]


def _update(client: int) -> list:
    clock = Clock.objects.filter(client=client, kind="next").order_by("id")[3]
    Clock.objects.filter(pk=clock.pk).update(business_seconds=77, outcome="breached", breached_at=clock.due_at)
    return [clock.started_at, clock.due_at]


def _delete(client: int) -> list:
    clock = Clock.objects.filter(client=client).order_by("id")[5]
    Clock.objects.filter(pk=clock.pk).delete()
    return [clock.started_at, clock.due_at]


def _gap(client: int) -> list:
    """A day loses all its clocks."""
    low, high = NOW - timedelta(days=20), NOW - timedelta(days=19)
    gone = Clock.objects.filter(client=client, started_at__gte=low, started_at__lt=high)
    instants = [instant for pair in gone.values_list("started_at", "due_at") for instant in pair]
    gone.delete()
    return instants


def _arrive_late(client: int) -> list:
    """A clock of half a year ago, on a day without any sums."""
    clock = Clock.objects.filter(client=client, kind="next").order_by("id")[8]
    clock.pk, clock.cycle = None, 9999
    clock.started_at -= timedelta(days=180)
    clock.due_at -= timedelta(days=180)
    clock.save()
    return [clock.started_at, clock.due_at]


def _rows(client: int) -> list:
    found = (model.objects.filter(client=client).values_list(*_named(model)) for model in (ServiceDay, VolumeDay))
    return [sorted(map(repr, rows)) for rows in found]


def _named(model) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields if field.attname != "id"]
