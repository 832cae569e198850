"""The editorial calendar: local days, holidays of the client's Land, free slots, weeks with too little."""

from datetime import time

import pytest

from campaigns import posts, rhythm, slots
from clients import calendars, directory

BAVARIA = {
    "zone": "Europe/Berlin", "country": "DE", "subdivision": "BY", "closed": ["2100-01-07"],
    "open": {"2100-01-10": [["10:00", "12:00"]]},
    "week": {day: [["09:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")},
}  # fmt: skip


@pytest.fixture
def bavaria(cast, line):
    directory.set_hours(client=cast.bakery, document=BAVARIA, actor=cast.sam)


@pytest.fixture
def shown(api, cast):
    """A function that asks for the calendar of the bakery, by day."""

    def ask(query="client=bakery&from=2100-01-04&to=2100-01-10"):
        (plan,) = api(cast.sam).get(f"/api/v1/calendar/?{query}").json()["clients"]
        return plan, {day["day"][8:]: day for day in plan["days"]}

    return ask


def post(cast, at, **more):
    given = {"channels": ["counter"], "kind": "tip", "text": "Brot", "actor": cast.sam} | more
    return posts.add_post(client=cast.bakery, publish_at=posts.instant(at, "Europe/Berlin")[0], **given)


def test_each_day_tells_what_it_is(bavaria, shown):
    plan, days = shown()

    assert (plan["client"], plan["zone"], list(days)) == ("bakery", "Europe/Berlin", ["04", "05", "06", "07", "08", "09", "10"])
    assert {day: row["holiday"] for day, row in days.items() if row["holiday"]} == {"06": "Heilige Drei Könige"}
    assert [day for day, row in days.items() if row["closed"]] == ["06", "07", "09"]


def test_posts_stand_on_their_local_day(bavaria, shown, cast, line):
    made = post(cast, posts.datetime(2100, 1, 5, 0, 30), text="x" * 200, title="Neu")

    _, days = shown()

    assert [row["posts"] for day, row in days.items() if day != "05"] == [[]] * 6
    assert days["05"]["posts"] == [
        {
            "id": made.id, "kind": "tip", "title": "Neu", "text": "x" * 120, "publish_at": "2100-01-04T23:30:00Z",
            "time": "00:30", "evergreen": False, "channels": ["counter"], "states": {"counter": "draft"},
        }
    ]  # fmt: skip


def test_slots_are_shown_while_they_are_free(bavaria, shown, cast, line):
    slot = slots.add_slot(client=cast.bakery, actor=cast.sam, weekday=1, time=time(9), kinds=["tip"])
    _, before = shown()
    post(cast, posts.datetime(2100, 1, 5, 9))

    _, after = shown()

    free = {"slot": slot.id, "at": "2100-01-05T08:00:00Z", "time": "09:00", "channels": ["counter"], "kinds": ["tip"]}
    assert [row["free_slots"] for row in before.values() if row["free_slots"]] == [[free]]
    assert [row["free_slots"] for row in after.values() if row["free_slots"]] == []


def test_slots_of_the_past_are_not_free(shown, cast, line):
    slots.add_slot(client=cast.bakery, actor=cast.sam, weekday=1, time=time(9))

    _, days = shown("client=bakery&from=2020-01-06&to=2020-01-12")

    assert [row["free_slots"] for row in days.values()] == [[]] * 7


def test_weeks_with_less_than_agreed_are_gaps(bavaria, shown, cast, line):
    rhythm.agree(client=cast.bakery, channel=line, actor=cast.sam, least=2, most=None)
    for day in (4, 9, 12):
        post(cast, posts.datetime(2100, 1, day, 9))

    plan, _ = shown("client=bakery&from=2100-01-06&to=2100-01-12")

    assert plan["gaps"] == [{"channel": "counter", "week": "2100-01-11", "planned": 1, "least": 2}]


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("from=2026-01-01&to=2026-04-10", 200),
        ("from=2026-01-01&to=2026-04-11", 400),
        ("from=2026-01-02&to=2026-01-01", 400),
        ("from=yesterday", 400),
        ("client=nobody", 404),
        ("", 200),
    ],
)
def test_periods_are_checked(query, status, api, cast):
    assert api(cast.sam).get(f"/api/v1/calendar/?{query}").status_code == status


def test_days_agree_with_the_opening_hours():
    document = calendars.clean(BAVARIA)
    hours = calendars.build(document)
    low, high = posts.datetime(2100, 1, 1).date(), posts.datetime(2100, 12, 31).date()

    for day, holiday, closed in calendars.days(document, low, high):
        start, end = hours.day_bounds(day)
        assert (closed, bool(holiday) <= closed or str(day) in BAVARIA["open"]) == (hours.elapsed(start, end) == 0, True)
