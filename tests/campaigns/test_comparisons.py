"""A client against itself and against others of whom nobody is named, and when its posts do best."""

import random
from datetime import UTC, datetime, timedelta
from statistics import median

import pytest
from django.utils import timezone

from campaigns import benchmark, engagement, posts, rollup, snapshots, tasks
from campaigns.models import Cohort, Publication
from campaigns.snapshots import Reading
from clients.networks.types import Numbers
from clients.scope import scope
from tests import factories
from tests.asking import ask

NOW = datetime(2026, 6, 10, 12, tzinfo=UTC)
SLOT = datetime(2026, 5, 4, 7, 30, tzinfo=UTC)  # Monday, 9:30 in Berlin


def tell(client, at, reach=1_000, channel="counter", **counters):
    """A post of the client with these numbers at that instant."""
    post = posts.add_post(client=client, channels=[channel], actor=None, kind="tip", text="Brot")
    row = Publication.objects.get(post=post)
    numbers = Numbers(reach=reach, **counters)
    snapshots.take([Reading(client.id, row.channel_id, row.id, at, "manual", numbers)])
    return row


def sent(client, at, kind="tip", **counters):
    """A post that went out then, with its numbers of an hour later."""
    row = tell(client, at + timedelta(hours=1), **counters)
    Publication.objects.filter(pk=row.pk).update(state="sent", sent_at=at)
    posts.Post.objects.filter(pk=row.post_id).update(kind=kind)


@pytest.fixture
def town(cast):
    """Seven clients of the agency with a rate of 1 %, 2 % … 7 %, each with a channel."""
    others = [factories.client(cast.agency, f"shop-{n}", defaults=False) for n in range(5)]
    clients = [cast.bakery, cast.florist, *others]
    for n, client in enumerate(clients, 1):
        with scope([client.id]):
            factories.channel(client, "counter")
            tell(client, timezone.now() - timedelta(days=3), reactions=n * 10)
            rollup.fill(client.id)
    return clients


def told(api, user, query=""):
    return ask(api(user), "GET", f"/metrics/engagement/benchmark/?{query}").json()["rows"]


def test_client_is_compared_with_the_median_of_the_others(town, api, cast):
    tasks.count_cohorts()

    (row,) = told(api, cast.ana)

    assert row["client"] == "bakery"
    assert (row["rate"]["value"], row["rate"]["covered"]) == (0.01, 1)
    assert {name: row["cohort"][name] for name in ("median", "n", "reason")} == {"median": 0.045, "n": 6, "reason": None}
    assert row["cohort"]["points"] == pytest.approx(-3.5)


def test_fewer_than_five_others_are_not_told(town, cast, api):
    tasks.count_cohorts()
    before = Cohort.objects.filter(kind="reach", days=28, median__isnull=False)
    with scope([client.id for client in town]):
        counted = before.count()
    for client in town[5:]:
        client.archived_at = timezone.now()
        client.save()

    tasks.count_cohorts()

    (row,) = told(api, cast.ana)
    assert (counted, row["cohort"]) == (
        7, {"median": None, "n": None, "reason": "too_few_clients", "points": None, "counted_at": None},
    )  # fmt: skip


def test_five_others_are_enough_and_one_less_is_not(town, cast):
    with scope([client.id for client in town]):
        cohort = {len(rates): dict((id, n) for id, n, _ in benchmark._medians([c.id for c in town], rates))
                  for rates in ({client.id: 0.1 for client in town[:size]} for size in (4, 5, 6))}  # fmt: skip

    assert [len(cohort[size]) for size in (4, 5, 6)] == [0, 2, 7]  # of five, only those who are none of them are told
    assert set(cohort[6].values()) == {5, 6}


def test_other_agencies_are_no_part_of_the_cohort(town, cast, api):
    rival = factories.client(factories.agency("rival"), "pub", defaults=False)
    with scope([rival.id]):
        factories.channel(rival, "counter")
        tell(rival, timezone.now() - timedelta(days=3), reactions=900)
        rollup.fill(rival.id)

    tasks.count_cohorts()

    (row,) = told(api, cast.ana)
    with scope([rival.id]):
        assert (row["cohort"]["n"], Cohort.objects.filter(client=rival, n__isnull=False).count()) == (6, 0)


def test_medians_of_others_equal_medians_without_oneself():
    rng = random.Random(1)
    for size in range(2, 12):
        values = {key: rng.randrange(6) / 10 for key in range(size)}

        found = engagement.middles_of_others(values)

        assert found == {key: median([v for k, v in values.items() if k != key]) for key in values}


def test_own_median_is_that_of_the_periods_before(cast, in_scope, line):
    now = datetime(2026, 6, 10, 12, tzinfo=UTC)
    for week, likes in enumerate((50, 10, 20, 30)):
        tell(cast.bakery, now - timedelta(days=2 + 7 * week), reactions=likes)
    rollup.fill(cast.bakery.id)

    (row,) = benchmark.rows([cast.bakery.id], 7, "reach", now)
    (month,) = benchmark.rows([cast.bakery.id], 28, "reach", now)

    assert (row["from"].isoformat(), row["to"].isoformat(), row["rate"]["value"]) == ("2026-06-03", "2026-06-09", 0.05)
    assert (row["own"]["median"], row["own"]["n"], row["own"]["points"]) == (0.02, 3, pytest.approx(3))
    assert (month["rate"]["value"], month["own"]) == (
        0.0275, {"median": None, "n": 0, "reason": "too_few_periods", "points": None},
    )  # fmt: skip


def test_what_was_counted_is_told_until_the_clients_next_midnight(cast, in_scope, line):
    tell(cast.bakery, NOW - timedelta(days=2), reactions=50)
    rollup.fill(cast.bakery.id)
    counted = benchmark.rows([cast.bakery.id], 7, "reach", NOW)
    benchmark.count_cohorts(now=NOW)
    tell(cast.bakery, NOW - timedelta(days=2), reactions=90)
    rollup.fill(cast.bakery.id)

    same, (next_day,) = (benchmark.rows([cast.bakery.id], 7, "reach", NOW + timedelta(hours=n)) for n in (1, 24))

    assert (same, next_day["rate"]["value"], next_day["rate"]["of"]) == (counted, 0.07, 2)


def test_best_times_are_those_with_the_highest_median_of_enough_posts(cast, in_scope, line, api):
    for week in range(3):
        sent(cast.bakery, SLOT + timedelta(days=7 * week), reactions=50 + week)
        sent(cast.bakery, SLOT + timedelta(days=7 * week, hours=8), kind="job", reactions=90)
    sent(cast.bakery, SLOT + timedelta(days=1), reactions=999)
    rollup.fill(cast.bakery.id)

    answer = ask(api(cast.sam), "GET", "/metrics/best-times/?client=bakery&from=2026-05-01&to=2026-05-31").json()

    (row,) = answer["rows"]
    assert [(cell["weekday"], cell["hour"], cell["n"], cell["rate"]) for cell in row["cells"]] == [
        ("mon", 9, 3, 0.051), ("mon", 17, 3, 0.09),
    ]  # fmt: skip
    assert (row["posts"], row["best_by"]) == (7, "rate")
    assert row["best"] == [{"weekday": "mon", "hour": 17}, {"weekday": "mon", "hour": 9}]
    assert [(kind["kind"], kind["n"], kind["median_rate"], kind["rate"]["value"]) for kind in row["kinds"]] == [
        ("job", 3, 0.09, 0.09), ("tip", 4, 0.0515, (50 + 51 + 52 + 999) / 4_000),
    ]  # fmt: skip


def test_without_reach_the_best_time_is_by_engagement_and_no_rate_is_told(cast, in_scope, line, api):
    for week in range(3):
        sent(cast.bakery, SLOT + timedelta(days=7 * week), reach=None, reactions=5)
    rollup.fill(cast.bakery.id)

    (row,) = ask(api(cast.sam), "GET", "/metrics/best-times/?client=bakery&from=2026-05-01&to=2026-05-31").json()["rows"]

    (cell,) = row["cells"]
    assert (cell["rate"], cell["rated"], cell["engagement"], row["best_by"]) == (None, 0, 5.0, "engagement")
    assert row["kinds"][0]["rate"] == {"kind": "reach", "value": None, "covered": 0, "of": 3}


def test_posts_younger_than_two_days_are_not_judged(cast, in_scope, line, api):
    for n in range(3):
        sent(cast.bakery, timezone.now() - timedelta(hours=40, minutes=n), reactions=5)
    rollup.fill(cast.bakery.id)

    (row,) = ask(api(cast.sam), "GET", "/metrics/best-times/?client=bakery").json()["rows"]

    assert (row["posts"], row["cells"], row["best"], row["best_by"]) == (0, [], [], None)


@pytest.mark.parametrize(
    ("address", "field"),
    [("/metrics/engagement/benchmark/?days=30", "days"), ("/metrics/engagement/benchmark/?rate=x", "rate"), ("/metrics/best-times/?rate=x", "rate")],
)  # fmt: skip
def test_question_that_makes_no_sense_is_refused_by_name(cast, line, api, address, field):
    answer = ask(api(cast.sam), "GET", address)

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, field)
