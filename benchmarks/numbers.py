"""Numbers of posts: taking them in, one more day against everything anew, and reading a month."""

from datetime import timedelta
from random import Random

from campaigns import metrics, rollup, snapshots
from campaigns.models import NumbersDay, Post, Publication
from campaigns.snapshots import Reading
from clients.models import Channel
from clients.networks.types import Numbers
from clients.scope import scope

from .data import NOW
from .database import seconds, turns, undone, vacuum
from .rows import at_most, none_of, told
from .town import Town

POSTS, DAYS, BATCH, SAMPLE = 60, 60, 1_000, 20
BY = ("total", "day", "post")
LOW, HIGH = (NOW - timedelta(days=30)).date(), (NOW - timedelta(days=1)).date()


def run(town: Town, quick: bool) -> list[dict]:
    clients = town.ids[: 3 if quick else SAMPLE]
    taken = sum(_told(client) for client in clients)
    count = len(clients) * POSTS * DAYS
    vacuum("campaigns_snapshot", "campaigns_publication")
    for client in clients:
        _in_scope(rollup.rebuild, client)
    vacuum("campaigns_numbersday")
    first = told("snapshots taken in", count / taken, "/s")
    return [first, *_a_day(clients), *_a_month(clients[0]), *_equal(clients[0])]


def _told(client: int) -> float:
    """Every post has a snapshot a day; returns how long taking them in took."""
    with scope([client]):
        channel = Channel.objects.filter(client_id=client).first()
        posts = Post.objects.bulk_create(Post(client_id=client, kind="tip", text="Brot") for _ in range(POSTS))
        rows = Publication.objects.bulk_create(
            Publication(client_id=client, post=post, channel=channel, state="sent", sent_at=NOW) for post in posts
        )
        readings = [reading for row in rows for reading in _life(row)]
        batches = [readings[at : at + BATCH] for at in range(0, len(readings), BATCH)]
        return sum(seconds(lambda batch=batch: snapshots.take(batch)) for batch in batches)


def _life(row: Publication) -> list[Reading]:
    return [_reading(row, day, reach=(DAYS - day) * 40, reactions=DAYS - day) for day in range(DAYS)]


def _reading(row: Publication, day: float, **counters: int) -> Reading:
    at = NOW - timedelta(days=day, seconds=row.id % 3_600)
    return Reading(row.client_id, row.channel_id, row.id, at, "api", Numbers(**counters))


def _a_day(clients: list[int]) -> list[dict]:
    """The newest day of every post against all days, clients by turns."""
    order = [iter(clients * 3), iter(clients * 3)]
    full, day = turns(
        len(clients) * 3,
        lambda: _in_scope(rollup.rebuild, next(order[0])),
        lambda: _in_scope(_refill, next(order[1])),
    )
    return [
        told("full recompute of a client's numbers", full * 1000, "ms"),
        at_most("the newest day against the full recompute", day / full, 1 / 5),
    ]


def _refill(client: int) -> None:
    rows = Publication.objects.filter(client_id=client)
    rollup.mark((client, row.channel_id, row.id, NOW) for row in rows)
    rollup.fill(client)


def _a_month(client: int) -> list[dict]:
    """All that is told of thirty days, and of each of them."""
    figures = turns(
        15,
        *(lambda by=by: _in_scope(lambda one: metrics.rows([one], LOW, HIGH, by, "reach"), client) for by in BY),
    )
    return [told(f"a month of one client by {by}", one * 1000, "ms") for by, one in zip(BY, figures, strict=True)]


def _equal(client: int) -> list[dict]:
    """After late, early, falling and partial snapshots the marked sums equal a full recompute."""
    rng, found = Random(1), []
    for change in range(4):
        with undone([client]):
            rows = list(Publication.objects.filter(client_id=client).order_by("id")[:5])
            late = [_reading(rng.choice(rows), rng.uniform(-2, 90), reach=rng.randrange(900)) for _ in range(20)]
            snapshots.take([*late, *(_reading(row, rng.uniform(0, 90), views=change) for row in rows)])
            rollup.fill(client)
            marked = _rows(client)
            rollup.rebuild(client)
            found += [change] * (marked != _rows(client))
    return [none_of("changes after which the sums differ from a full recompute", found, 4)]


def _rows(client: int) -> list:
    names = [field.attname for field in NumbersDay._meta.concrete_fields if field.attname != "id"]
    return sorted(map(repr, NumbersDay.objects.filter(client=client).values_list(*names)))


def _in_scope(work, client: int) -> float:
    with scope([client]):
        return seconds(lambda: work(client))
