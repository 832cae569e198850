"""Weekly slots, and the queue that fills them one after the other."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns import posts, slots
from campaigns.models import Post, Slot
from clients.refusal import Conflict
from clients.scope import scope
from tests import factories
from tests.parallel import in_parallel

BERLIN = "Europe/Berlin"
MONDAY = datetime(2026, 11, 23, tzinfo=UTC)


@pytest.fixture
def slot(cast, in_scope):
    """A function that gives the bakery a slot, by default Monday at nine for all channels."""

    def make(weekday=0, hour=9, minute=0, **more):
        return slots.add_slot(client=cast.bakery, actor=cast.sam, weekday=weekday, time=time(hour, minute), **more)

    return make


@pytest.fixture
def queued(cast, draft):
    """A function that queues a new post and tells its wall time."""

    def make(now=MONDAY, **more):
        post = draft(publish_at=None, **more)
        slots.queue(post=post, actor=cast.sam, now=now)
        return Post.objects.get(id=post.id).local_time

    return make


def test_posts_queue_up_in_the_next_free_slots(slot, queued):
    slot(0, 9)
    slot(2, 17, 30)

    assert [queued() for _ in range(4)] == [
        "2026-11-23T09:00", "2026-11-25T17:30", "2026-11-30T09:00", "2026-12-02T17:30",
    ]  # fmt: skip


def test_a_slot_that_has_just_begun_is_over(slot, queued):
    slot(0, 9)

    assert queued(now=datetime(2026, 11, 23, 8, tzinfo=UTC)) == "2026-11-30T09:00"


def test_channels_share_a_slot_unless_it_is_theirs(slot, queued, fresh_account, cast):
    fresh_account(cast.bakery, "second")
    slot(0, 9)
    slot(1, 9, channels=["second"])

    found = [queued(channels=[slug]) for slug in ("social", "second", "second", "social")]

    assert found == ["2026-11-23T09:00", "2026-11-23T09:00", "2026-11-24T09:00", "2026-11-30T09:00"]
    assert queued(channels=["social", "second"]) == "2026-12-07T09:00"


def test_a_slot_may_be_for_some_kinds_only(slot, queued):
    slot(0, 9, kinds=["job"])
    slot(4, 9)

    assert [queued(kind="tip"), queued(kind="job")] == ["2026-11-27T09:00", "2026-11-23T09:00"]


def test_cancelled_posts_give_their_slot_back(slot, queued, cast):
    slot(0, 9)
    queued()

    posts.act(Post.objects.get(), "cancel", actor=cast.sam)

    assert queued() == "2026-11-23T09:00"


def test_a_post_that_is_queued_again_keeps_its_slot(slot, draft, cast):
    slot(0, 9)
    post = draft(publish_at=None)

    times = [slots.queue(post=post, actor=cast.sam, now=MONDAY).publish_at for _ in range(2)]

    assert times[0] == times[1]


@pytest.mark.parametrize("more", [{"kinds": ["job"]}, {"channels": []}, None])
def test_without_a_slot_for_it_nothing_is_queued(more, slot, queued, fresh_account, cast):
    if more is not None:
        fresh_account(cast.bakery, "second")
        slot(**(more | ({"channels": ["second"]} if "channels" in more else {})))

    with pytest.raises(Conflict) as none:
        queued()

    assert none.value.code == "no_slot"


@pytest.mark.parametrize(
    ("weekday", "hour", "after", "instant"),
    [
        (6, 2, "2026-03-28T12:00", "2026-03-29T01:30"),  # left out by the clock change: an hour later
        (6, 2, "2026-10-24T12:00", "2026-10-25T00:30"),  # there twice: the first one
        (6, 9, "2026-03-28T12:00", "2026-03-29T07:30"),
        (6, 9, "2026-03-21T12:00", "2026-03-22T08:30"),
    ],
)
def test_slots_keep_their_wall_time_over_clock_changes(weekday, hour, after, instant):
    start = datetime.fromisoformat(after).replace(tzinfo=UTC)
    found = slots.times([Slot(weekday=weekday, time=time(hour, 30))], BERLIN, start, start + timedelta(days=7))

    assert [at for at, _ in found] == [datetime.fromisoformat(instant).replace(tzinfo=UTC)]


@settings(max_examples=100, deadline=None, derandomize=True, database=None)
@given(
    st.lists(st.tuples(st.integers(0, 6), st.times().map(lambda at: at.replace(second=0, microsecond=0))), max_size=5),
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)),
    st.integers(0, 30),
    st.sampled_from([BERLIN, "Pacific/Kiritimati", "America/New_York"]),
)
def test_times_are_those_that_a_walk_by_minutes_of_the_wall_finds(pairs, after, days, zone):
    after, rows = after.replace(tzinfo=UTC), [Slot(weekday=day, time=at) for day, at in pairs]
    until = after + timedelta(days=days)

    found = [at for at, _ in slots.times(rows, zone, after, until)]

    local, naive = after.astimezone(ZoneInfo(zone)).date() - timedelta(days=1), []
    while local <= until.astimezone(ZoneInfo(zone)).date() + timedelta(days=1):
        for day, at in pairs:
            if day == local.weekday():
                naive.append(posts.instant(datetime.combine(local, at), zone)[0])
        local += timedelta(days=1)
    assert found == sorted(at for at in naive if after < at <= until)


def test_slots_over_rest(api, cast, line):
    call = api(cast.sam)
    body = {"client": "bakery", "weekday": "tue", "time": "09:30", "channels": ["counter"], "kinds": ["tip"]}

    made = call.post("/api/v1/slots/", body, format="json")
    path = f"/api/v1/slots/{made.json()['id']}/"
    changed = call.patch(path, {"time": "10:00", "kinds": []}, format="json").json()
    listed = call.get("/api/v1/slots/?client=bakery").json()["results"]
    gone = call.delete(path).status_code, call.get(path).status_code

    assert made.json() == body | {"id": made.json()["id"]}
    assert listed == [changed] == [body | {"id": made.json()["id"], "time": "10:00", "kinds": []}]
    assert gone == (204, 404)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"weekday": "someday"}, "weekday"),
        ({"weekday": 1}, "weekday"),
        ({"time": "25:00"}, "time"),
        ({"time": 9}, "time"),
        ({"channels": ["nowhere"]}, "channels"),
        ({"kinds": ["advert"]}, "kinds[0]"),
    ],
)
def test_wrong_slots_are_refused_by_their_field(change, field, api, cast, line):
    body = {"client": "bakery", "weekday": "tue", "time": "09:30"} | change

    answer = api(cast.sam).post("/api/v1/slots/", body, format="json")

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, field)


def test_queue_over_rest(api, cast, slot, draft):
    slot()
    post = draft(publish_at=None)

    answer = api(cast.sam).post(f"/api/v1/posts/{post.id}/queue/", {}, format="json")

    assert (answer.status_code, answer.json()["local_time"][10:]) == (200, "T09:00")
    assert api(cast.ana).post(f"/api/v1/posts/{post.id}/queue/", {}, format="json").status_code == 403


@pytest.mark.django_db(transaction=True)
def test_two_who_queue_at_once_get_two_slots(cast):
    with scope([cast.bakery.id]):
        factories.channel(cast.bakery, "counter")
        slots.add_slot(client=cast.bakery, actor=cast.sam, weekday=0, time=time(9))
        waiting = [
            posts.add_post(client=cast.bakery, channels=["counter"], actor=cast.sam, kind="tip", text=f"Brot {number}")
            for number in range(4)
        ]

    def work():
        with scope([cast.bakery.id]):
            return slots.queue(post=waiting.pop(), actor=cast.sam, now=MONDAY).publish_at

    found = in_parallel(work, 4)

    assert sorted(found) == [MONDAY + timedelta(hours=8, weeks=number) for number in range(4)]
