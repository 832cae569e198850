"""Response times and promises: what counts, in which period, and with which n (R20)."""

from datetime import UTC, date, datetime, timedelta

import pytest

from feedback import metrics, rollup
from tests import factories

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)  # 10:00 in Berlin
HOUR = timedelta(hours=1)
NOW = MONDAY + timedelta(days=1, hours=12)
DAY = date(2026, 3, 2)


def ask(line, thread, answered_after=None, at=MONDAY, text="Frage?", **fields):
    factories.receive(line, factories.item(text, at=at, thread=thread, **fields), now=at + timedelta(seconds=1))
    if answered_after is not None:
        factories.receive(line, factories.answer(at=at + answered_after, thread=thread), now=NOW)


def asked(line, cast, by="total", low=DAY, high=DAY, now=NOW):
    rollup.fill(cast.bakery.id)
    return metrics.response_times([cast.bakery.id], low, high, by, now)


def test_open_and_overdue_counts_as_missed(line, cast):
    for number, hours in enumerate((1, 2, 5)):
        ask(line, f"t{number}", hours * HOUR)
    ask(line, "open")

    (row,) = asked(line, cast)

    first = row["first"]
    assert [first[name] for name in ("n", "answered", "open", "met", "breached", "overdue")] == [4, 3, 1, 2, 1, 1]
    assert (row["share_met"], row["received"], row["sent"]) == (0.5, 4, 3)
    assert first["wall"] == {"median": 7200, "p90": 18000, "p95": 18000}
    assert first["business"] == {"median": 7200, "p90": 18000, "p95": 18000}


def test_open_and_not_yet_due_is_no_miss(line, cast):
    ask(line, "t", None)

    (row,) = asked(line, cast, now=MONDAY + HOUR)

    assert (row["open"], row["overdue"], row["share_met"]) == (1, 0, None)


def test_business_time_leaves_the_night_out(line, cast):
    ask(line, "t", timedelta(hours=23))

    (row,) = asked(line, cast)

    assert (row["first"]["business"]["median"], row["first"]["wall"]["median"]) == (7 * 3600, 23 * 3600)


def test_promise_belongs_to_the_day_it_was_due_and_time_to_the_day_of_the_message(line, cast):
    ask(line, "t", 20 * HOUR, at=MONDAY + 5 * HOUR)

    monday, tuesday = asked(line, cast, by="day", high=DAY + timedelta(days=1))

    assert [monday["key"], monday["n"], monday["share_met"]] == ["2026-03-02", 1, None]
    assert [tuesday["key"], tuesday["n"], tuesday["met"] + tuesday["breached"]] == ["2026-03-03", 0, 1]


def test_what_came_in_too_late_is_reported_apart(line, cast):
    factories.receive(line, factories.item("Frage?", at=MONDAY), now=MONDAY + timedelta(hours=8))

    (row,) = asked(line, cast)

    assert [row[name] for name in ("n", "late_ingest", "breached", "overdue", "share_met")] == [1, 1, 0, 0, None]


@pytest.mark.parametrize(
    ("by", "keys"),
    [
        ("total", [None]),
        ("day", ["2026-03-02"]),
        ("channel", ["counter"]),
        ("kind", ["comment", "review"]),
        ("sentiment", ["neutral", "positive"]),
    ],
)
def test_rows_divide_by(line, cast, by, keys):
    ask(line, "a", HOUR)
    ask(line, "b", HOUR, text="Super, alles perfekt!", kind="review", stars=5)

    rows = asked(line, cast, by=by)

    assert [row["key"] for row in rows if row["n"]] == keys
    assert sum(row["n"] for row in rows) == 2


def test_client_without_anything_has_a_row_of_zeros(line, cast):
    (row,) = metrics.response_times([cast.florist.id], DAY, DAY, "total", NOW)

    assert (row["client_id"], row["n"], row["share_met"]) == (cast.florist.id, 0, None)


def test_period_includes_both_its_days(line, cast):
    for days in range(4):
        ask(line, f"t{days}", HOUR, at=MONDAY + timedelta(days=days))

    (row,) = asked(line, cast, low=DAY + timedelta(days=1), high=DAY + timedelta(days=2))

    assert row["n"] == 2
