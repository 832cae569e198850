import csv
from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest

from tests import reference
from tests.history import COLUMNS, brands, dated, write_csv

OFFICE = {day: [["09:00", "12:00"], ["13:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
BERLIN = reference.hours(
    "Europe/Berlin", OFFICE, closed=["2026-01-06"], opened={"2026-01-10": [["10:00", "14:00"]]}
)
ALWAYS = reference.hours("Europe/Berlin", {day: [["00:00", "24:00"]] for day in reference.DAYS})
EARLY = reference.hours("Europe/Berlin", {day: [["00:00", "10:00"]] for day in reference.DAYS})
HOUR = 3_600


def said(external_id: str, direction: str, created_at: str, thread_id: str = "t") -> dict:
    return {
        "external_id": external_id,
        "thread_id": thread_id,
        "direction": direction,
        "created_at": created_at,
    }


def at(clock: str, day: str = "2026-01-07") -> str:
    return f"{day}T{clock}Z"


def test_brands_are_the_same_for_the_same_seed():
    assert brands(5, 200, seed=3) == brands(5, 200, seed=3)
    assert brands(5, 200, seed=3) != brands(5, 200, seed=4)


@pytest.mark.parametrize(("n", "messages"), [(1, 1), (3, 3), (7, 100), (100, 5_000), (200, 400)])
def test_brands_add_up_exactly(n, messages):
    made = brands(n, messages)

    assert (len(made), sum(map(len, made.values()))) == (n, messages)
    assert all(made.values())


def test_brands_refuse_fewer_messages_than_brands():
    with pytest.raises(ValueError, match="3 messages cannot be spread over 4 brands"):
        brands(4, 3)


def test_rows_have_the_columns_of_an_export_and_their_own_ids():
    made = brands(10, 500)

    for slug, rows in made.items():
        assert {tuple(row) for row in rows} == {COLUMNS}
        assert len({row["external_id"] for row in rows}) == len(rows)
        assert {row["external_id"].startswith(f"{slug}-") for row in rows} == {True}


def test_history_holds_what_makes_response_times_hard():
    rows = [row for made in brands().values() for row in made]
    threads: dict[str, list[dict]] = {}
    for row in rows:
        threads.setdefault(row["thread_id"], []).append(row)
    ordered = [sorted(thread, key=lambda row: row["created_at"]) for thread in threads.values()]
    signs = Counter("".join(row["direction"][0] for row in thread) for thread in ordered)
    starts = [reference.instant(thread[0]["created_at"]) for thread in ordered]

    assert (
        min(signs["i"], signs["io"], signs["iio"], signs["ioo"], signs["ioio"], signs["oio"], signs["oi"]) > 0
    )
    assert any(row["created_at"] < before["created_at"] for before, row in zip(rows, rows[1:], strict=False))
    assert any(len({row["created_at"] for row in thread}) < len(thread) for thread in threads.values())
    assert {row["stars"] for row in rows} == {None, 1, 2, 3, 4, 5}
    assert {row["kind"] for row in rows} == {"comment", "mention", "review", "message"}
    assert {row["stars"] for row in rows if row["kind"] != "review"} == {None}
    assert {start.weekday() for start in starts} == set(range(7))
    assert {start.hour for start in starts} == set(range(24))
    assert {date(2025, 3, 30), date(2025, 10, 26), date(2026, 3, 29)} <= {start.date() for start in starts}
    assert max(reference.instant(row["created_at"]) for row in rows) < datetime(2026, 11, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("style", "text"),
    [
        ("iso", "2017-10-31T22:10:47Z"),
        ("offset", "2017-10-31T23:10:47+01:00"),
        ("rfc2822", "Tue, 31 Oct 2017 22:10:47 +0000"),
        ("ctime", "Tue Oct 31 22:10:47 +0000 2017"),
    ],
)
def test_dates_come_in_the_styles_of_exports(style, text):
    written = dated("2017-10-31T22:10:47Z", style)

    assert written == text
    assert reference.instant(written) == datetime(2017, 10, 31, 22, 10, 47, tzinfo=UTC)


@pytest.mark.parametrize("delimiter", [",", ";"])
@pytest.mark.parametrize("dates", ["iso", "offset", "rfc2822", "ctime"])
def test_csv_reads_back_as_the_same_rows(tmp_path, delimiter, dates):
    (rows,) = brands(1, 120).values()

    path = write_csv(tmp_path / "history.csv", rows, delimiter=delimiter, dates=dates)

    with path.open(encoding="utf-8", newline="") as file:
        read = list(csv.DictReader(file, delimiter=delimiter))
    expected = [
        row | {"stars": str(row["stars"] or ""), "created_at": reference.instant(row["created_at"])}
        for row in rows
    ]
    assert [row | {"created_at": reference.instant(row["created_at"])} for row in read] == expected


@pytest.mark.parametrize(
    ("thread", "expected"),
    [
        ([], []),
        ([("a", "in", "09:00:00")], [("first", "09:00:00", None)]),
        ([("a", "out", "09:00:00")], []),
        ([("a", "in", "09:00:00"), ("b", "out", "09:00:05")], [("first", "09:00:00", "09:00:05")]),
        ([("b", "out", "09:00:05"), ("a", "in", "09:00:00")], [("first", "09:00:00", "09:00:05")]),
        ([("a", "out", "08:00:00"), ("b", "in", "09:00:00")], [("first", "09:00:00", None)]),
        (
            [
                ("a", "in", "09:00:00"),
                ("b", "in", "09:10:00"),
                ("c", "out", "10:00:00"),
                ("d", "out", "11:00:00"),
            ],
            [("first", "09:00:00", "10:00:00")],
        ),
        (
            [
                ("a", "in", "09:00:00"),
                ("b", "out", "10:00:00"),
                ("c", "in", "11:00:00"),
                ("d", "in", "11:30:00"),
                ("e", "out", "12:00:00"),
                ("f", "in", "13:00:00"),
            ],
            [("first", "09:00:00", "10:00:00"), ("next", "11:00:00", "12:00:00"), ("next", "13:00:00", None)],
        ),
        ([("a", "out", "09:00:00"), ("b", "in", "09:00:00")], [("first", "09:00:00", "09:00:00")]),
        (
            [("a", "in", "09:00:00"), ("b", "out", "10:00:00"), ("c", "in", "10:00:00")],
            [("first", "09:00:00", "10:00:00")],
        ),
    ],
)
def test_turns_pair_the_first_unanswered_message_with_the_next_reply(thread, expected):
    rows = [said(external_id, direction, at(clock)) for external_id, direction, clock in thread]

    found = reference.turns(rows)

    shown = [
        (turn.kind, f"{turn.asked_at:%H:%M:%S}", turn.answered_at and f"{turn.answered_at:%H:%M:%S}")
        for turn in found
    ]
    assert shown == expected


@pytest.mark.parametrize(
    ("opening", "start", "end", "seconds"),
    [
        (
            BERLIN,
            "2026-01-07T08:00:00",
            "2026-01-07T16:00:00",
            7 * HOUR,
        ),  # 9 to 17 local time with a lunch break
        (BERLIN, "2026-01-07T08:00:10", "2026-01-07T08:00:25", 15),
        (BERLIN, "2026-01-07T15:59:30", "2026-01-08T08:00:30", 60),
        (BERLIN, "2026-01-07T11:00:00", "2026-01-07T12:00:00", 0),
        (BERLIN, "2026-01-05T08:00:00", "2026-01-07T08:00:00", 7 * HOUR),  # the 6th is closed
        (BERLIN, "2026-01-09T16:00:00", "2026-01-12T08:00:00", 4 * HOUR),  # an open Saturday
        (BERLIN, "2026-01-07T09:00:00", "2026-01-07T08:00:00", 0),
        (ALWAYS, "2026-03-28T23:00:00", "2026-03-29T22:00:00", 23 * HOUR),  # the short day
        (ALWAYS, "2026-10-24T22:00:00", "2026-10-25T23:00:00", 25 * HOUR),  # the long day
        (EARLY, "2026-03-28T23:00:00", "2026-03-29T22:00:00", 9 * HOUR),
        (EARLY, "2026-10-24T22:00:00", "2026-10-25T23:00:00", 11 * HOUR),
        (ALWAYS, "2026-01-07T22:59:59", "2026-01-07T23:00:01", 2),  # no hole at local midnight
    ],
)
def test_business_seconds_by_hand(opening, start, end, seconds):
    instants = [datetime.fromisoformat(one).replace(tzinfo=UTC) for one in (start, end)]

    assert reference.business_seconds(*instants, opening) == seconds


def test_business_seconds_equal_a_walk_second_by_second():
    start = datetime(2026, 1, 9, 15, 58, 7, tzinfo=UTC)

    for length in (1, 52, 53, 54, 179, 600):
        seconds = sum(reference.is_open(start + timedelta(seconds=i), BERLIN) for i in range(length))

        assert reference.business_seconds(start, start + timedelta(seconds=length), BERLIN) == seconds


@pytest.mark.parametrize(
    ("start", "target", "expected"),
    [
        ("2026-01-09T15:45:00", 1_800, "2026-01-10T09:15:00"),  # Friday 16:45 to the open Saturday
        ("2026-01-16T15:45:00", 1_800, "2026-01-19T08:15:00"),  # Friday 16:45 to Monday 9:15
        ("2026-01-07T10:30:00", HOUR, "2026-01-07T12:30:00"),  # over lunch
        ("2026-01-07T15:30:00", 1_800, "2026-01-07T16:00:00"),  # ends with the day, not with the next morning
        ("2026-01-07T02:00:00", 90, "2026-01-07T08:01:30"),
    ],
)
def test_due_by_hand(start, target, expected):
    start, expected = (datetime.fromisoformat(one).replace(tzinfo=UTC) for one in (start, expected))

    assert reference.due(start, target, BERLIN) == expected


def test_due_without_opening_is_an_error():
    never = reference.hours("Europe/Berlin", {})

    with pytest.raises(ValueError, match="no 60 open seconds within 3 days"):
        reference.due(datetime(2026, 1, 7, tzinfo=UTC), 60, never, horizon_days=3)


@pytest.mark.parametrize(
    ("values", "percent", "expected"),
    [
        ([], 50, None),
        ([7], 95, 7),
        ([1, 2], 50, 1),
        ([3, 1, 2], 50, 2),
        (range(1, 11), 90, 9),
        (range(1, 11), 95, 10),
        (range(1, 21), 95, 19),
        ([5, 5, 5, 9], 50, 5),
    ],
)
def test_percentile_is_a_value_really_observed(values, percent, expected):
    assert reference.percentile(values, percent) == expected


def test_response_times_by_hand():
    rows = [
        said("1", "in", at("09:00:00"), "a"),
        said("2", "out", at("09:10:00"), "a"),
        said("3", "in", at("15:30:00"), "a"),
        said("4", "out", at("08:30:00", "2026-01-08"), "a"),
        said("5", "in", at("10:00:00"), "b"),
        said("6", "out", at("12:30:00"), "b"),
        said("7", "in", at("20:00:00"), "c"),
    ]

    assert reference.response_times(rows, BERLIN) == {
        "n": 4,
        "answered": 3,
        "open": 1,
        "first": {
            "n": 3,
            "answered": 2,
            "open": 1,
            "business": {"median": 600, "p90": 5_400, "p95": 5_400},
            "wall": {"median": 600, "p90": 9_000, "p95": 9_000},
        },
        "next": {
            "n": 1,
            "answered": 1,
            "open": 0,
            "business": {"median": 3_600, "p90": 3_600, "p95": 3_600},
            "wall": {"median": 61_200, "p90": 61_200, "p95": 61_200},
        },
    }


def test_response_times_do_not_depend_on_the_order_of_rows():
    (rows,) = brands(1, 60).values()

    assert reference.response_times(rows, BERLIN) == reference.response_times(rows[::-1], BERLIN)
