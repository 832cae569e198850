from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from clients.hours import HorizonError, Hours, parse
from clients.hours_bulk import add_many, elapsed_many

BERLIN = ZoneInfo("Europe/Berlin")
MINUTE, HOUR, DAY = 60, 3600, 86_400
OFFICE = [["09:00", "17:00"]]
LUNCH = [["09:00", "12:00"], ["13:30", "17:00"]]
ROUND_THE_CLOCK = [["00:00", "24:00"]]
TEN_HOURS = [["00:00", "10:00"]]
WORKDAYS = ("mon", "tue", "wed", "thu", "fri")
ALL_DAYS = (*WORKDAYS, "sat", "sun")


def calendar(day=OFFICE, days=WORKDAYS, zone="Europe/Berlin", **rest):
    return {"zone": zone, "country": None, "week": {name: day for name in days}, **rest}


def hours_of(document):
    spec = parse(document)
    return Hours(spec.zone, spec.week, frozenset(spec.closed), dict(spec.opened))


def berlin(text, fold=0):
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN, fold=fold)


@pytest.mark.parametrize(
    ("document", "start", "seconds", "due"),
    [
        (calendar(), "2026-03-06 16:45", 30 * MINUTE, "2026-03-09 09:15"),
        (calendar(), "2026-03-06 16:30", HOUR, "2026-03-09 09:30"),
        (calendar(), "2026-03-06 16:30", 30 * MINUTE, "2026-03-06 17:00"),
        (calendar(), "2026-03-09 07:12", HOUR, "2026-03-09 10:00"),
        (calendar(), "2026-03-09 17:00", HOUR, "2026-03-10 10:00"),
        (calendar(), "2026-03-09 22:00", HOUR, "2026-03-10 10:00"),
        (calendar(), "2026-03-08 11:00", HOUR, "2026-03-09 10:00"),
        (calendar(), "2026-03-09 09:00", 16 * HOUR, "2026-03-10 17:00"),
        (calendar(), "2026-03-09 17:00", 3 * HOUR, "2026-03-10 12:00"),
        (calendar(LUNCH), "2026-03-09 11:30", HOUR, "2026-03-09 14:00"),
        (calendar(LUNCH), "2026-03-09 11:30", 30 * MINUTE, "2026-03-09 12:00"),
        (calendar(LUNCH), "2026-03-09 12:45", HOUR, "2026-03-09 14:30"),
        (calendar(closed=["2026-03-09"]), "2026-03-09 10:00", HOUR, "2026-03-10 10:00"),
        (calendar(open={"2026-12-19": [["10:00", "14:00"]]}), "2026-12-18 16:30", HOUR, "2026-12-19 10:30"),
        (calendar(open={"2026-03-09": [["20:00", "24:00"]]}), "2026-03-09 10:00", 5 * HOUR, "2026-03-10 10:00"),
        (calendar(ROUND_THE_CLOCK, ALL_DAYS), "2026-03-09 23:30", HOUR, "2026-03-10 00:30"),
        (calendar([["18:00", "24:00"]], ["fri"]), "2026-03-06 23:00", HOUR, "2026-03-07 00:00"),
        (calendar(ROUND_THE_CLOCK, ALL_DAYS), "2026-03-29 00:00", 23 * HOUR, "2026-03-30 00:00"),
        (calendar(ROUND_THE_CLOCK, ALL_DAYS), "2026-10-25 00:00", 25 * HOUR, "2026-10-26 00:00"),
        (calendar(TEN_HOURS, ALL_DAYS), "2026-03-29 00:00", 9 * HOUR, "2026-03-29 10:00"),
        (calendar(TEN_HOURS, ALL_DAYS), "2026-03-29 00:00", 10 * HOUR, "2026-03-30 01:00"),
        (calendar(TEN_HOURS, ALL_DAYS), "2026-10-25 00:00", 10 * HOUR, "2026-10-25 09:00"),
        (calendar(TEN_HOURS, ALL_DAYS), "2026-10-25 00:00", 12 * HOUR, "2026-10-26 01:00"),
        (calendar([["02:30", "04:00"]], ALL_DAYS), "2026-03-29 00:00", 30 * MINUTE, "2026-03-29 03:30"),
        (calendar([["01:00", "02:30"]], ALL_DAYS), "2026-03-29 00:00", HOUR, "2026-03-29 03:00"),
    ],
)
def test_add_uses_up_open_time_only(document, start, seconds, due):
    hours = hours_of(document)

    result = hours.add(berlin(start), seconds)

    assert (result, result.tzinfo) == (berlin(due).astimezone(UTC), UTC)


@pytest.mark.parametrize(
    ("document", "a", "b", "seconds"),
    [
        (calendar(), "2026-03-06 16:45", "2026-03-09 09:15", 30 * MINUTE),
        (calendar(), "2026-03-07 00:00", "2026-03-09 00:00", 0),
        (calendar(LUNCH), "2026-03-09 00:00", "2026-03-10 00:00", 6 * HOUR + 30 * MINUTE),
        (calendar(ROUND_THE_CLOCK, ALL_DAYS), "2026-03-29 00:00", "2026-03-30 00:00", 23 * HOUR),
        (calendar(ROUND_THE_CLOCK, ALL_DAYS), "2026-10-25 00:00", "2026-10-26 00:00", 25 * HOUR),
        (calendar([["02:00", "03:00"]], ALL_DAYS), "2026-03-29 00:00", "2026-03-30 00:00", 0),
        (calendar([["02:00", "03:00"]], ALL_DAYS), "2026-10-25 00:00", "2026-10-26 00:00", 2 * HOUR),
        (calendar([["02:15", "02:45"]], ALL_DAYS), "2026-10-25 00:00", "2026-10-26 00:00", HOUR),
        (calendar(ROUND_THE_CLOCK, ALL_DAYS), "1990-01-02 00:00", "2101-01-01 00:00", 40_541 * DAY),
    ],
)
def test_elapsed_counts_open_seconds_and_turns_negative_backwards(document, a, b, seconds):
    hours = hours_of(document)

    assert (hours.elapsed(berlin(a), berlin(b)), hours.elapsed(berlin(b), berlin(a))) == (seconds, -seconds)


@pytest.mark.parametrize(
    ("t", "opening"),
    [
        ("2026-03-09 10:00", "2026-03-09 10:00"),
        ("2026-03-09 09:00", "2026-03-09 09:00"),
        ("2026-03-09 12:00", "2026-03-09 13:30"),
        ("2026-03-06 17:00", "2026-03-09 09:00"),
        ("2026-03-08 23:59", "2026-03-09 09:00"),
    ],
)
def test_opens_is_now_or_the_next_opening(t, opening):
    hours = hours_of(calendar(LUNCH))

    assert (hours.opens(berlin(t)), hours.is_open(berlin(t))) == (berlin(opening), t == opening)


def test_fractions_of_a_second_are_cut_off():
    hours = hours_of(calendar())
    start = berlin("2026-03-09 10:00")

    dues = [hours.add(start + timedelta(microseconds=999_999), seconds) for seconds in (0, 60)]

    assert dues == [start, start + timedelta(seconds=60)]


def test_add_nothing_is_the_start_also_when_closed():
    hours = hours_of(calendar())

    assert hours.add(berlin("2026-03-08 10:00"), 0) == berlin("2026-03-08 10:00")


@pytest.mark.parametrize(
    "ask",
    [
        lambda hours: hours.add(berlin("2026-03-09 09:00"), 3_000 * HOUR),
        lambda hours: hours.add(berlin("2026-03-09 09:00"), 10**30),
        lambda hours: hours.add(berlin("2101-12-30 09:00"), 200 * HOUR),
        lambda hours: hours.add(berlin("1989-12-30 09:00"), HOUR),
        lambda hours: hours.elapsed(berlin("2026-03-09 09:00"), berlin("2150-03-09 09:00")),
        lambda hours: hours.is_open(datetime(1, 1, 1, tzinfo=UTC)),
        lambda hours: hours.day_bounds(date(9999, 12, 31)),
        lambda hours: add_many(hours, np.array([1_772_000_000, 1_773_000_000]), 3_000 * HOUR),
        lambda hours: add_many(hours, np.array([0]), 0),
        lambda hours: elapsed_many(hours, np.array([1_772_000_000]), np.array([2**62])),
    ],
)
def test_beyond_the_horizon_is_an_error(ask):
    hours = hours_of(calendar())

    with pytest.raises(HorizonError):
        ask(hours)


@pytest.mark.parametrize(
    "ask",
    [
        lambda hours: hours.opens(berlin("2026-03-09 09:00")),
        lambda hours: hours.add(berlin("2026-03-09 09:00"), 1),
        lambda hours: add_many(hours, np.array([1_772_000_000]), 1),
    ],
)
def test_a_calendar_that_never_opens_is_an_error_and_not_a_loop(ask):
    hours = Hours("Europe/Berlin", [()] * 7)

    with pytest.raises(HorizonError):
        ask(hours)


def test_a_calendar_that_never_opens_counts_nothing():
    hours = Hours("Europe/Berlin", [()] * 7)
    a = np.array([1_772_000_000])

    assert hours.elapsed_seconds(1_772_000_000, 1_773_000_000) == 0
    assert elapsed_many(hours, a, a + DAY).tolist() == [0]


def test_negative_seconds_are_an_error():
    hours = hours_of(calendar())

    with pytest.raises(ValueError, match="negative"):
        hours.add(berlin("2026-03-09 09:00"), -1)


@pytest.mark.parametrize(
    ("zone", "day", "start", "end"),
    [
        ("Europe/Berlin", date(2026, 3, 29), "2026-03-28T23:00", "2026-03-29T22:00"),
        ("Europe/Berlin", date(2026, 10, 25), "2026-10-24T22:00", "2026-10-25T23:00"),
        ("Europe/Berlin", date(1990, 1, 1), "1989-12-31T23:00", "1990-01-01T23:00"),
        ("America/Havana", date(2026, 3, 8), "2026-03-08T05:00", "2026-03-09T04:00"),
        ("Pacific/Apia", date(2011, 12, 30), "2011-12-30T10:00", "2011-12-30T10:00"),
        ("America/St_Johns", date(2010, 11, 7), "2010-11-07T02:30", "2010-11-08T03:30"),
    ],
)
def test_day_bounds_are_the_first_instants_of_the_dates(zone, day, start, end):
    hours = Hours(zone, [()] * 7)

    bounds = hours.day_bounds(day)

    assert bounds == tuple(datetime.fromisoformat(text).replace(tzinfo=UTC) for text in (start, end))


def test_local_day_is_the_date_on_the_wall():
    hours = hours_of(calendar())

    assert hours.local_day(datetime(2026, 7, 1, 22, 30, tzinfo=UTC)) == date(2026, 7, 2)


def test_the_order_of_asking_does_not_matter():
    years = [2026, 2019, 2031, 1990, 2028, 2101, 2000]
    instants = [datetime(year, 6, 3, 7, 30, tzinfo=UTC) for year in years]
    warm = hours_of(calendar(LUNCH))

    results = [warm.add(t, 20 * HOUR) for t in instants]

    assert results == [hours_of(calendar(LUNCH)).add(t, 20 * HOUR) for t in instants]


@pytest.mark.parametrize("shape", [(0,), (2, 3)])
def test_bulk_keeps_the_shape(shape):
    hours = hours_of(calendar())
    starts = np.full(shape, 1_772_000_000)

    assert (add_many(hours, starts, 60).shape, elapsed_many(hours, starts, starts).shape) == (shape, shape)
