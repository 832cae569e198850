"""When a channel is silent, against a walk day by day; what should come next, against the plain sums."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns import cadence, mix

DAY = timedelta(days=1)
TODAY = date(2026, 11, 25)
PROPERTY = settings(max_examples=400, deadline=None, derandomize=True, database=None)


def day(number: int) -> date:
    return TODAY + number * DAY


@pytest.mark.parametrize(("least", "days"), [(0, None), (1, 7), (2, 4), (3, 3), (5, 2), (7, 1), (20, 1)])
def test_so_many_posts_a_week_leave_so_many_days_between_two(least, days):
    assert cadence.pause(least) == days


@pytest.mark.parametrize(
    ("sent", "planned", "least", "state", "since", "gap"),
    [
        ([0], [], 1, "ok", 0, (8, None)),
        ([-2], [], 1, "ok", 2, (6, None)),
        ([-3], [], 1, "at_risk", 3, (5, None)),
        ([-7], [], 1, "at_risk", 7, (1, None)),
        ([-8], [], 1, "silent", 8, (0, None)),
        ([-300], [], 1, "silent", 300, (-292, None)),
        ([-300], [], 0, "ok", 300, None),
        ([-3], [2], 1, "ok", 3, (10, None)),
        ([-3], [2, 12], 1, "ok", 3, (10, 11)),
        ([-3], [9], 1, "at_risk", 3, (5, 8)),
        ([-8], [0], 1, "ok", 8, (8, None)),
        ([-20], [3], 1, "silent", 20, (-12, 2)),
        ([], [], 1, "at_risk", None, (4, None)),
        ([], [2], 1, "ok", None, (10, None)),
    ],
)
def test_the_next_gap_is_foreseen(sent, planned, least, state, since, gap):
    found = cadence.standing(map(day, sent), map(day, planned), least=least, since=day(-4), today=TODAY)

    foreseen = gap and (day(gap[0]), None if gap[1] is None else day(gap[1]))
    assert (found.state, found.days_since, found.gap) == (state, since, foreseen)


def walked(sent: set[date], planned: set[date], least: int, since: date) -> list[date]:
    """Every silent day of the next years, found by walking."""
    past = [one for one in sent if one <= TODAY]
    last = max(past, default=since)
    coming = {one for one in planned if one >= TODAY}
    silent, at = [], last
    while at <= TODAY + 200 * DAY:
        at += DAY
        if at in coming:
            last = at
        elif (at - last).days > cadence.pause(least):
            silent.append(at)
    return [one for one in silent if one >= TODAY or not any(one < other <= TODAY for other in coming)]


@PROPERTY
@given(
    st.sets(st.integers(-60, 0).map(day), max_size=6),
    st.sets(st.integers(-3, 60).map(day), max_size=8),
    st.integers(1, 9),
    st.integers(-80, 0).map(day),
)
def test_every_gap_is_the_one_that_a_walk_finds(sent, planned, least, since):
    silent = walked(sent, planned, least, since)

    found = cadence.standing(sent, planned, least=least, since=since, today=TODAY)

    first = next(one for one in silent if one >= TODAY)
    while first - DAY in silent:
        first -= DAY
    last = first
    while last + DAY in silent:
        last += DAY
    end = last if last < TODAY + 200 * DAY else None
    assert found.gap == (first, end)
    assert found.state == ("silent" if TODAY in silent else "at_risk" if first <= day(cadence.AHEAD) else "ok")


@PROPERTY
@given(st.dictionaries(st.sampled_from("abcdef"), st.integers(1, 9), min_size=1), st.integers(1, 60))
def test_who_follows_the_suggestions_keeps_the_mix(weights, number):
    total = sum(weights.values())
    targets = {kind: 100 * weight // total for kind, weight in weights.items()}
    targets[min(targets)] += 100 - sum(targets.values())
    counts = dict.fromkeys(targets, 0)

    for _ in range(number):
        counts[mix.following(counts, targets)] += 1

    assert all(counts[kind] <= targets[kind] * number / 100 + 1 for kind in targets)
    assert mix.short(counts, targets) == [
        kind for kind in targets
        if counts[kind] <= targets[kind] * number / 100 - 1 and counts[kind] < targets[kind] * number / 200
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("counts", "targets", "kind", "short"),
    [
        ({}, {}, None, []),
        ({"tip": 9}, {}, None, []),
        ({}, {"tip": 60, "job": 40}, "tip", []),
        ({"tip": 1}, {"tip": 60, "job": 40}, "job", []),
        ({"tip": 3}, {"tip": 50, "job": 50}, "job", ["job"]),
        ({"tip": 4, "job": 2}, {"tip": 50, "job": 50}, "job", []),
        ({"event": 5}, {"tip": 100, "event": 0}, "tip", ["tip"]),
    ],
)
def test_the_kind_that_is_furthest_behind_comes_next(counts, targets, kind, short):
    assert (mix.following(counts, targets), mix.short(counts, targets)) == (kind, short)


@pytest.mark.parametrize(("count", "total", "share"), [(0, 0, None), (0, 4, 0.0), (1, 3, 33.3), (4, 4, 100.0)])
def test_a_share_of_nothing_is_unknown(count, total, share):
    assert mix.share(count, total) == share
