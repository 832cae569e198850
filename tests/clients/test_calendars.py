from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from holidays import list_supported_countries

from clients import calendars
from clients.hours import Invalid

BERLIN = ZoneInfo("Europe/Berlin")
ALL_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def document(country="DE", subdivision=None, categories=("public",), **rest):
    return {
        "zone": "Europe/Berlin",
        "country": country,
        "subdivision": subdivision,
        "categories": list(categories),
        "week": {day: [["09:00", "17:00"]] for day in ALL_DAYS},
        **rest,
    }


def is_working_day(stored, day):
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=BERLIN)
    return calendars.build(stored).is_open(noon)


def holidays_of(country, subdivision, days, categories=("public",)):
    stored = document(country, subdivision, categories)
    return [day for day in days if not is_working_day(stored, date.fromisoformat(f"2026-{day}"))]


EPIPHANY, FRONLEICHNAM, ASSUMPTION = "01-06", "06-04", "08-15"
REFORMATION, ALL_SAINTS, ST_MARTIN, VOLKSTRAUERTAG, REPENTANCE = "10-31", "11-01", "11-11", "11-15", "11-18"
REGIONAL = [EPIPHANY, FRONLEICHNAM, ASSUMPTION, REFORMATION, ALL_SAINTS, ST_MARTIN, VOLKSTRAUERTAG, REPENTANCE]


@pytest.mark.parametrize(
    ("land", "expected"),
    [
        (None, []),
        ("BY", [EPIPHANY, FRONLEICHNAM, ALL_SAINTS]),
        ("BW", [EPIPHANY, FRONLEICHNAM, ALL_SAINTS]),
        ("ST", [EPIPHANY, REFORMATION]),
        ("NW", [FRONLEICHNAM, ALL_SAINTS]),
        ("HE", [FRONLEICHNAM]),
        ("SL", [FRONLEICHNAM, ASSUMPTION, ALL_SAINTS]),
        ("BE", []),
        ("HH", [REFORMATION]),
        ("SN", [REFORMATION, REPENTANCE]),
    ],
)
def test_german_holidays_differ_by_land(land, expected):
    assert holidays_of("DE", land, REGIONAL) == expected


@pytest.mark.parametrize(
    ("categories", "expected"),
    [
        (["public"], []),
        (["public", "catholic"], [ASSUMPTION]),
    ],
)
def test_mariae_himmelfahrt_in_bavaria_needs_the_catholic_category(categories, expected):
    assert holidays_of("DE", "BY", [ASSUMPTION], categories) == expected


@pytest.mark.parametrize(
    ("country", "subdivision", "categories", "days", "expected"),
    [
        ("AT", "9", ["public"], ["10-03", "10-26", "12-08", "11-15"], ["10-26", "12-08"]),
        ("AT", "1", ["public"], ["11-11"], []),
        ("AT", "1", ["public", "bank"], ["11-11"], ["11-11"]),
        ("AT", "9", ["public", "bank"], ["11-11", "11-15"], ["11-15"]),
        ("CH", "ZH", ["public"], ["01-06", "05-01", "08-01", "08-15", "12-26"], ["05-01", "08-01", "12-26"]),
        ("CH", "TI", ["public"], ["01-06", "03-19", "04-03", "12-08"], ["01-06", "03-19", "12-08"]),
        ("CH", "GE", ["public"], ["09-10", "11-01", "12-31"], ["09-10", "12-31"]),
        ("CH", None, ["public"], ["01-01", "05-01", "08-01"], ["01-01", "08-01"]),
        (None, None, ["public"], ["01-01", "12-25"], []),
    ],
)
def test_austrian_and_swiss_holidays_differ_by_region(country, subdivision, categories, days, expected):
    assert holidays_of(country, subdivision, days, categories) == expected


def test_a_message_on_a_holiday_starts_at_the_next_opening():
    hours = calendars.build(calendars.default(subdivision="BY"))
    epiphany = datetime(2026, 1, 6, 10, 0, tzinfo=BERLIN)

    assert hours.opens(epiphany) == datetime(2026, 1, 7, 9, 0, tzinfo=BERLIN)
    assert hours.add(epiphany, 3600) == datetime(2026, 1, 7, 10, 0, tzinfo=BERLIN)


def test_a_holiday_ends_at_local_midnight_also_across_the_year():
    hours = calendars.build(document(week={day: [["00:00", "24:00"]] for day in ALL_DAYS}))

    new_year = datetime(2026, 1, 1, tzinfo=BERLIN)
    a, b = new_year - timedelta(hours=2), datetime(2026, 1, 2, 1, tzinfo=BERLIN)

    assert hours.opens(new_year) == datetime(2026, 1, 2, tzinfo=BERLIN)
    assert hours.elapsed(a, b) == 3 * 3600


def test_an_open_date_wins_over_a_holiday_and_a_closed_date_over_the_week():
    stored = calendars.clean(document(open={"2026-12-25": [["10:00", "14:00"]]}, closed=["2026-12-28"]))

    working = [is_working_day(stored, date(2026, 12, day)) for day in (24, 25, 26, 27, 28, 29)]

    assert working == [True, True, False, True, False, True]


def test_default_is_monday_to_friday_nine_to_five():
    stored = calendars.default(country="AT", subdivision="9", zone="Europe/Vienna")

    office = [["09:00", "17:00"]]
    assert stored == {
        "zone": "Europe/Vienna",
        "country": "AT",
        "subdivision": "9",
        "categories": ["public"],
        "week": {day: office for day in ALL_DAYS[:5]} | {"sat": [], "sun": []},
        "closed": [],
        "open": {},
    }


ISO = "use a two-letter ISO code such as DE, AT or CH"


@pytest.mark.parametrize(
    ("change", "field", "message"),
    [
        ({"country": "XX"}, "country", f"no holidays known for 'XX'; {ISO}"),
        ({"country": "de"}, "country", f"no holidays known for 'de'; {ISO}"),
        ({"country": "AT", "subdivision": "X"}, "subdivision", "AT has no 'X'; allowed are 1, 2, 3, 4, 5, 6, 7, 8, 9"),
        ({"categories": ["bank"]}, "categories[0]", "DE has no 'bank'; allowed are catholic, public, school"),
    ],
)
def test_clean_refuses_unknown_holidays_and_says_what_is_allowed(change, field, message):
    with pytest.raises(Invalid) as refused:
        calendars.clean(document() | change)

    assert refused.value.errors == [(field, message)]


@pytest.mark.parametrize("text", ["", "\0", "\ud800", "__class__", "Germany", "D" * 100_000])
@pytest.mark.parametrize("key", ["country", "subdivision", "categories"])
def test_clean_meets_garbage_with_invalid_only(key, text):
    with pytest.raises(Invalid) as refused:
        calendars.clean(document() | {key: [text] if key == "categories" else text})

    ((field, message),) = refused.value.errors
    assert (field.split("[")[0], len(message) < 200, bool(message.encode())) == (key, True, True)


def test_equal_documents_share_one_calendar():
    one = calendars.build(document("DE", "HE", open={"2026-12-19": [["10:00", "14:00"]]}))
    same = calendars.build(document("DE", "HE", open={"2026-12-19": [["10:00", "14:00"]]}))
    other = calendars.build(document("DE", "HE"))

    assert (one is same, one is other) == (True, False)


@pytest.mark.filterwarnings("ignore:Requested Holidays are available only")
@pytest.mark.parametrize("year", [1990, 2027, 2101])
def test_countries_have_a_calendar_in_every_year(year):
    summer = datetime(year, 7, 1, tzinfo=UTC)

    lengths = [
        calendars.build(document(country)).elapsed(summer, summer + timedelta(days=30))
        for country in sorted(list_supported_countries(include_aliases=False))[::20]
    ]

    assert max(lengths) <= 30 * 8 * 3600 and min(lengths) > 20 * 8 * 3600


@pytest.mark.parametrize(
    ("language", "name"), [("", "Erster Weihnachtstag"), ("de", "Erster Weihnachtstag"), ("en", "Christmas Day")]
)
def test_holidays_are_named_in_the_readers_language(language, name):
    christmas = date(2026, 12, 25)

    ((_day, told, closed),) = calendars.days(calendars.default("DE", "HH"), christmas, christmas, language)

    assert (told, closed) == (name, True)
