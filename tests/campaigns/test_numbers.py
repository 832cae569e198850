"""Numbers of posts and channels: whatever came in whatever order, every figure equals a plain recount of snapshots."""

import random
from dataclasses import fields
from datetime import UTC, date, datetime, timedelta
from itertools import count
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from campaigns import approval, metrics, planning, posts, rollup, snapshots
from campaigns.engagement import COUNTERS, RATES
from campaigns.models import NumbersDay, Snapshot, StaleDay
from campaigns.snapshots import Reading
from clients import directory
from clients.models import Calendar
from clients.networks.types import Numbers
from clients.scope import scope
from feedback import clocks
from tests import factories
from tests.campaigns import numbers
from tests.parallel import in_parallel

BERLIN, PAGO_PAGO, HAVANA = "Europe/Berlin", "Pacific/Pago_Pago", "America/Havana"
# The short day and the long day of each zone, and a day in between.
STARTS = {BERLIN: date(2026, 3, 27), PAGO_PAGO: date(2026, 3, 27), HAVANA: date(2026, 10, 30)}
KINDS = ("tip", "job", "event")
_texts = count()


def post(client, channels, kind="tip", campaign=None):
    """A post's publications by channel."""
    made = posts.add_post(
        client=client, channels=channels, kind=kind, campaign=campaign, actor=None, text=f"Text {next(_texts)}"
    )
    return {row.channel.slug: row for row in made.publications.select_related("channel")}


def of(row, at, source="manual", **counters):
    """A reading of a publication."""
    return Reading(row.client_id, row.channel_id, row.id, at, source, Numbers(**counters))


def whole(channel, at, source="manual", **counters):
    """A reading of a whole channel."""
    return Reading(channel.client_id, channel.id, None, at, source, Numbers(**counters))


def set_zone(client, zone):
    document = Calendar.objects.get(client=client).document | {"zone": zone}
    return directory.set_hours(client=client, document=document, actor=None)[0]["zone"]


class Life:
    """Some weeks of a client's numbers: gaps, instants beside midnight, counters that fall, sources that disagree."""

    def __init__(self, seed, client, zone):
        self.rng, self.client, self.zone = random.Random(seed), client, ZoneInfo(zone)
        self.start = STARTS[zone]
        self.lines = [factories.channel(client, slug) for slug in ("first", "second")]
        spring = planning.add_campaign(client=client, slug="spring", name="Spring", actor=None)
        self.rows = [
            row
            for number in range(4)
            for row in post(
                client, ["first", "second"] if number == 0 else [self.rng.choice(["first", "second"])],
                kind=KINDS[number % 3], campaign=self.rng.choice([spring, None]),
            ).values()
        ]  # fmt: skip

    def at(self):
        day = self.start + timedelta(days=self.rng.choice((0, 1, 2, 3, 4, 5, 9, 20)))
        local = datetime(day.year, day.month, day.day, tzinfo=self.zone)
        seconds = self.rng.choice((-1, 0, 1, 3_600, 7_200, self.rng.randrange(86_400)))
        return local.astimezone(UTC) + timedelta(seconds=seconds)

    def reading(self):
        counters = {name: self.rng.randrange(200) for name in self.rng.sample(COUNTERS, self.rng.randint(1, 5))}
        source = self.rng.choice(("api", "manual", "import"))
        if self.rng.random() < 0.3:
            return whole(self.rng.choice(self.lines), self.at(), source, **counters)
        return of(self.rng.choice(self.rows), self.at(), source, **counters)

    def windows(self):
        for low, high in ((0, 0), (1, 3), (2, 20), (0, 30), (-30, -2), (5, 5)):
            yield self.start + timedelta(days=low), self.start + timedelta(days=high)


def told(rows, by):
    """Without what a recount doesn't tell."""
    left_out = ("client_id", "key", "link_clicks", "followers_total")
    found = {row["key"]: {name: value for name, value in row.items() if name not in left_out} for row in rows}
    return found if by != "total" else found[None]


@pytest.mark.parametrize("zone", STARTS)
@pytest.mark.parametrize("seed", range(3))
def test_every_figure_equals_a_recount_of_the_snapshots(cast, in_scope, seed, zone):
    client = cast.bakery
    set_zone(client, zone)
    approval.change_rule(client=client, actor=None, counts_clicks=bool(seed % 2))
    life = Life(seed, client, zone)

    for number in range(60):
        snapshots.take([life.reading()])
        if number % 7 == 0:
            rollup.fill(client.id)
    rollup.fill(client.id)

    for low, high in life.windows():
        for kind in RATES:
            found = told(metrics.rows([client.id], low, high, "total", kind), "total")
            assert found == numbers.row(client.id, low, high, zone, kind), (low, high, kind)


KEYS = {
    "channel": lambda one: one.channel.slug,
    "campaign": lambda one: one.publication and one.publication.post.campaign and one.publication.post.campaign.slug,
    "post": lambda one: one.publication and str(one.publication.post_id),
    "kind": lambda one: one.publication and one.publication.post.kind,
}


@pytest.mark.parametrize("by", KEYS)
def test_every_row_equals_a_recount_of_its_part(cast, in_scope, by):
    client, key_of = cast.bakery, KEYS[by]
    life = Life(7, client, BERLIN)
    snapshots.take([life.reading() for _ in range(80)])
    rollup.fill(client.id)

    for low, high in life.windows():
        found = told(metrics.rows([client.id], low, high, by, "reach"), by)
        parts = numbers.subjects(client.id)
        start, end = numbers.window(low, high, BERLIN)
        parts = [one for one in parts if (one[0].publication_id or by == "channel") and numbers.seen(one, start, end)]
        wanted = {
            key: numbers.row(client.id, low, high, BERLIN, "reach", lambda one, key=key: _in(one, by, key))
            for key in {key_of(one[0]) for one in parts}
        }
        assert {key: row for key, row in found.items() if row["captured_at"]} == wanted


def _in(one, by, key):
    return (one[0].publication_id is not None or by == "channel") and KEYS[by](one[0]) == key


def test_days_add_up_to_their_window_and_equal_a_recount(cast, in_scope):
    client = cast.bakery
    life = Life(11, client, BERLIN)
    snapshots.take([life.reading() for _ in range(80)])
    rollup.fill(client.id)
    low, high = life.start, life.start + timedelta(days=30)

    days = told(metrics.rows([client.id], low, high, "day", "followers"), "day")
    total = told(metrics.rows([client.id], low, high, "total", "followers"), "total")

    wanted = {
        day.isoformat(): numbers.row(client.id, day, day, BERLIN, "followers")
        for day in (low + timedelta(days=n) for n in range(31))
    }
    assert days == {day: row for day, row in wanted.items() if row["captured_at"]}
    for name in COUNTERS:
        assert numbers.added(row[name] for row in days.values()) == total[name]


def stored(client):
    names = ("channel_id", "publication_id", "day", "snapshots", "captured_at", "followers_total", *COUNTERS)
    return sorted(NumbersDay.objects.filter(client=client).values_list(*names), key=repr)


@pytest.mark.parametrize("seed", range(3))
def test_order_of_arrival_and_of_filling_changes_nothing(cast, in_scope, seed):
    client = cast.bakery
    life = Life(seed, client, BERLIN)
    readings = list({(r.channel_id, r.publication_id, r.observed_at, r.source): r
                     for r in (life.reading() for _ in range(60))}.values())  # fmt: skip
    random.Random(seed).shuffle(readings)

    for place in range(0, len(readings), 5):
        snapshots.take(readings[place : place + 5])
        rollup.fill(client.id)
    filled = stored(client)
    rollup.rebuild(client.id)

    assert filled == stored(client) != []


def test_change_lands_on_the_day_that_shows_it(cast, in_scope, line):
    row = post(cast.bakery, ["counter"])["counter"]
    noon = datetime(2026, 3, 2, 12, tzinfo=UTC)

    snapshots.take([
        of(row, noon, reach=100, reactions=5), of(row, noon + timedelta(days=4), reach=160, reactions=3),
        whole(line, noon, followers=50), whole(line, noon + timedelta(days=4), followers=57),
    ])  # fmt: skip
    rollup.fill(cast.bakery.id)

    days = metrics.rows([cast.bakery.id], date(2026, 3, 1), date(2026, 3, 31), "day", "reach")
    assert [(day["key"], day["reach"], day["reactions"], day["followers"]) for day in days] == [
        ("2026-03-02", 100, 5, 0), ("2026-03-06", 60, -2, 7),
    ]  # fmt: skip


def test_posts_without_a_denominator_have_no_rate_and_do_not_thin_that_of_the_others(cast, in_scope, line):
    at, day = datetime(2026, 3, 2, 12, tzinfo=UTC), date(2026, 3, 2)
    with_reach, without = (post(cast.bakery, ["counter"])["counter"] for _ in range(2))
    snapshots.take([of(with_reach, at, reach=200, reactions=10, clicks=10), of(without, at, reactions=400)])
    rollup.fill(cast.bakery.id)

    (total,) = metrics.rows([cast.bakery.id], day, day, "total", "reach")
    each = {row["key"]: row["rate"] for row in metrics.rows([cast.bakery.id], day, day, "post", "reach")}

    assert (total["engagement"], total["rate"]) == (420, {"kind": "reach", "value": 0.1, "covered": 1, "of": 2})
    assert each[str(without.post_id)] == {"kind": "reach", "value": None, "covered": 0, "of": 1}


def test_clicks_count_only_where_the_client_counts_them(cast, in_scope, line):
    at, day = datetime(2026, 3, 2, 12, tzinfo=UTC), date(2026, 3, 2)
    approval.change_rule(client=cast.bakery, actor=None, counts_clicks=False)
    snapshots.take([of(post(cast.bakery, ["counter"])["counter"], at, reach=100, reactions=10, clicks=10)])
    rollup.fill(cast.bakery.id)

    (row,) = metrics.rows([cast.bakery.id], day, day, "total", "reach")

    assert (row["engagement"], row["clicks"], row["rate"]["value"]) == (10, 10, 0.1)


def test_period_before_is_as_long_and_rates_move_in_points(cast, in_scope, line):
    row = post(cast.bakery, ["counter"])["counter"]
    at = datetime(2026, 3, 2, 12, tzinfo=UTC)
    later = at + timedelta(days=7)
    snapshots.take([of(row, at, reach=100, reactions=10), of(row, later, reach=300, reactions=60)])
    rollup.fill(cast.bakery.id)
    asked = ([cast.bakery.id], date(2026, 3, 8), date(2026, 3, 14))

    (total,) = metrics.compared(*asked, "total", "reach")
    (day,) = metrics.compared(*asked, "day", "reach")

    assert (total["reach"], total["previous"]["reach"], total["change"]["reach"]) == (200, 100, 100)
    assert (total["rate"]["value"], total["previous"]["rate"]["value"]) == (0.25, 0.1)
    assert total["change"]["rate_points"] == pytest.approx(15)
    assert (day["key"], day["previous"]["reactions"], day["change"]["reactions"]) == ("2026-03-09", 10, 40)


def test_new_time_zone_moves_numbers_to_other_days(cast, in_scope):
    client = cast.bakery
    life = Life(5, client, BERLIN)
    snapshots.take([life.reading() for _ in range(50)])
    rollup.fill(client.id)

    clocks.calendar_changed(client, zone_before=set_zone(client, PAGO_PAGO))

    for low, high in life.windows():
        found = told(metrics.rows([client.id], low, high, "total", "views"), "total")
        assert found == numbers.row(client.id, low, high, PAGO_PAGO, "views")


def test_same_reading_twice_is_kept_once_and_a_different_one_is_named(cast, in_scope, line):
    row = post(cast.bakery, ["counter"])["counter"]
    at = datetime(2026, 3, 2, 12, tzinfo=UTC)

    first = snapshots.take([of(row, at, reach=1), of(row, at, reach=1), of(row, at, reach=2), whole(line, at, reach=9)])
    second = snapshots.take([whole(line, at, reach=9), of(row, at, reach=1, views=3), of(row, at, "api", reach=2)])

    assert [(receipt.status, receipt.field) for receipt in first + second] == [
        ("created", ""), ("duplicate", ""), ("error", "reach"), ("created", ""),
        ("duplicate", ""), ("error", "views"), ("created", ""),
    ]  # fmt: skip
    assert first[0].id == first[1].id == first[2].id == second[1].id
    assert Snapshot.objects.count() == 3


def test_duplicates_are_not_summed_again(cast, in_scope, line):
    reading = whole(line, datetime(2026, 3, 2, 12, tzinfo=UTC), followers=5)
    snapshots.take([reading])
    filled = [rollup.fill(cast.bakery.id)]

    snapshots.take([reading])
    filled.append(rollup.fill(cast.bakery.id))

    assert filled == [1, 0]


def test_filled_to_is_the_oldest_reading_that_waits(cast, in_scope, line):
    now, clients = timezone.now(), [cast.bakery.id, cast.florist.id]
    before = rollup.filled_to(clients, now)
    snapshots.take([whole(line, now, followers=5)])
    later = timezone.now() + timedelta(hours=1)

    waiting = rollup.filled_to(clients, later)
    stale = rollup.stale_clients(10)
    rollup.fill(cast.bakery.id)

    assert (before, waiting, stale) == (now, waiting, [cast.bakery.id])
    assert now <= waiting < later == rollup.filled_to(clients, later)


def test_counters_are_those_of_the_networks():
    assert COUNTERS == tuple(field.name for field in fields(Numbers))


@pytest.mark.django_db(transaction=True)
def test_filling_at_once_and_beside_intake_loses_nothing():
    client = factories.client(factories.agency(), "bakery")
    with scope([client.id]):
        life = Life(3, client, BERLIN)
        shared = [life.reading() for _ in range(10)]
        apart = [[life.reading() for _ in range(25)] for _ in range(2)]
    works = iter([_fill(client), _fill(client), _take(client, apart[0] + shared), _take(client, apart[1] + shared)])

    in_parallel(lambda: next(works)(), threads=4)

    with scope([client.id]):
        rollup.fill(client.id)
        filled = stored(client)
        rollup.rebuild(client.id)
        assert filled == stored(client) != []
        assert StaleDay.objects.count() == 0


def _fill(client):
    def work():
        for _ in range(15):
            with scope([client.id]):
                rollup.fill(client.id)

    return work


def _take(client, readings):
    def work():
        for place in range(0, len(readings), 3):
            with scope([client.id]):
                snapshots.take(readings[place : place + 3])

    return work
