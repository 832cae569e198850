from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from clients.networks import sandbox
from clients.networks.types import Draft, Limited, Numbers, Refused, Unauthorized, Unknown
from tests.clients.networks import town

DRAFT = Draft("k1", "Ab morgen: Kürbisbrot 🎃", "Herbst", "https://bakery.example/brot")
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def find(account, draft=DRAFT):
    return sandbox.find_post(account, draft, LONG_AGO)


def posts(account):
    return town.request(account, "GET", "people", "posts")[1]["items"]


def test_publish_makes_one_post_that_is_found_by_its_key(bakery):
    made = sandbox.publish(bakery, DRAFT)

    [post] = posts(bakery)
    assert (post["id"], post["key"], post["text"]) == (made.external_id, "k1", DRAFT.text)
    assert (post["title"], post["link"]) == (DRAFT.title, DRAFT.link)
    assert made.url.startswith(bakery.url)
    assert find(bakery) == made
    assert find(bakery, replace(DRAFT, key="k2")) is None


def test_publish_with_the_same_key_is_made_once(bakery):
    with ThreadPoolExecutor(8) as pool:
        made = set(pool.map(lambda _: sandbox.publish(bakery, DRAFT), range(40)))

    assert len(made) == 1
    assert town.stats(bakery)["posts"] == {"k1": 1}


def test_publish_is_doubled_where_keys_are_ignored(bakery):
    town.control(bakery, "faults", ignore_keys=True)

    first, second = sandbox.publish(bakery, DRAFT), sandbox.publish(bakery, DRAFT)

    assert first.external_id != second.external_id
    assert town.stats(bakery)["posts"] == {"k1": 2}
    assert find(bakery) == first


@pytest.mark.parametrize(
    ("fault", "error", "done"),
    [
        ({"drop_answer": True}, Unknown, {"k1": 1}),
        ({"live_500": True}, Unknown, {"k1": 1}),
        ({"error_500": True}, Unknown, {}),
        ({"rate_limit": 7}, Limited, {}),
        ({"expired": True}, Unauthorized, {}),
        ({"refused": True}, Refused, {}),
    ],
)
def test_publish_fault_has_its_class_and_its_effect(bakery, fault, error, done):
    town.control(bakery, "faults", **fault)

    with pytest.raises(error):
        sandbox.publish(bakery, DRAFT)

    assert town.stats(bakery)["posts"] == done


def test_find_post_lags_as_told(bakery):
    made = sandbox.publish(bakery, DRAFT)
    town.control(bakery, "faults", read_lag_s={"value": 60, "calls": ["find_post"]})

    lagging = find(bakery)
    town.control(bakery, "faults", read_lag_s=None)

    assert (lagging, find(bakery)) == (None, made)


def test_find_post_takes_no_other_404_for_absence(bakery):
    town.control(bakery, "faults", refused={"value": 404, "calls": ["find_post"]})

    with pytest.raises(Refused):
        find(bakery)


def test_post_longer_than_the_limit_is_refused(bakery):
    with pytest.raises(Refused) as caught:
        sandbox.publish(bakery, replace(DRAFT, text="ß" * 2_001))

    assert caught.value.status == 422


def test_numbers_are_those_of_the_post_or_of_the_account(bakery):
    made = sandbox.publish(bakery, DRAFT)
    town.people(bakery, "count", {"post": made.external_id, "counters": {"reach": 40, "reactions": 3}})
    town.people(bakery, "count", {"post": "", "counters": {"followers": 212}})
    town.people(bakery, "count", {"post": made.external_id, "counters": {"reach": 55}})

    assert sandbox.numbers(bakery, made.external_id) == Numbers(reach=55, reactions=3)
    assert sandbox.numbers(bakery, "") == Numbers(followers=212)
    assert sandbox.numbers(bakery, "unknown") == Numbers()


@pytest.mark.parametrize("counters", [{"reach": -1}, {"reach": 1.5}, {"reach": True}, [], None])
def test_numbers_that_cannot_be_are_refused(bakery, counters):
    status, answer = town.people(bakery, "count", {"post": "", "counters": counters})

    assert (status, answer["code"]) == (400, "bad_field")


def test_comment_on_a_post_shows_in_its_thread(bakery):
    made = sandbox.publish(bakery, DRAFT)
    town.say(bakery, "Auch glutenfrei?", thread_id=made.external_id)

    [comment] = sandbox.poll(bakery, "").items

    assert (comment.thread_id, comment.text) == (made.external_id, "Auch glutenfrei?")
