import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from agency import throttling
from agency.conventions import limits
from agency.models import Token
from agency.throttling import PART, PARTS, Counts
from tests.asking import ask

MINUTE = 60


@pytest.fixture
def fresh():
    """No Redis is thought to be away, before and after."""
    throttling._away_until = 0.0
    throttling._alone.counts.clear()
    yield
    throttling._away_until = 0.0


@given(st.lists(st.floats(0, 30), min_size=1, max_size=60), st.integers(1, 8))
def test_no_minute_ever_has_more_than_the_limit(pauses, limit):
    counts, now, admitted = Counts(), 1_000_000.0, []

    for pause in pauses:
        now += pause
        if counts.count("x", limit, now).admitted:
            admitted.append(now)

    assert all(admitted[i + limit] - admitted[i] > MINUTE for i in range(len(admitted) - limit))


@given(st.floats(0, 100), st.integers(1, 5))
def test_who_waits_as_told_is_admitted(start, limit):
    counts, now = Counts(), 1_000_000.0 + start
    answers = [counts.count("x", limit, now) for _ in range(limit + 1)]

    later = counts.count("x", limit, now + answers[-1].reset)

    assert [answer.admitted for answer in answers] == [True] * limit + [False]
    assert [answer.left for answer in answers] == [*range(limit - 1, -1, -1), 0]
    assert (later.admitted, answers[-1].reset <= PART * PARTS + 1) == (True, True)


def test_askers_do_not_use_up_each_others_limit(fresh):
    assert [throttling.count(name, 1).admitted for name in ("a1", "a2", "a1", "a2")] == [True, True, False, False]


def test_redis_and_a_lone_process_count_alike(fresh):
    with_redis = [throttling.count("alike", 3) for _ in range(5)]
    alone = [Counts().count("alike", 3, 0.0) for _ in range(1)]

    assert [(one.admitted, one.left) for one in with_redis] == [(True, 2), (True, 1), (True, 0), (False, 0), (False, 0)]
    assert (alone[0].admitted, alone[0].left, alone[0].limit) == (True, 2, 3)


def test_five_hundred_at_once_get_no_more_than_the_limit(fresh):
    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(lambda _: throttling.count("crowd", 100).admitted, range(500)))

    assert sum(answers) == 100


def test_without_redis_each_process_counts_alone_and_does_not_ask_again_at_once(fresh, settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"

    admitted = [throttling.count("lonely", 100).admitted for _ in range(150)]

    assert (sum(admitted), throttling._away_until > 0) == (100, True)


def test_threads_of_a_lone_process_do_not_overtake_each_other():
    counts, admitted = Counts(), []

    def run():
        admitted.extend(counts.count("x", 100, 5.0).admitted for _ in range(25))

    running = [threading.Thread(target=run) for _ in range(20)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()

    assert sum(admitted) == 100


def test_a_full_limit_is_told_and_lets_others_pass(cast, api):
    busy, calm = api(cast.sam), api(cast.sam)
    Token.objects.filter(id=Token.objects.earliest("id").id).update(per_minute=2)

    answers = [ask(busy, "GET", "/me/") for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert [answer["RateLimit-Remaining"] for answer in answers] == ["1", "0", "0"]
    assert (answers[2].json()["code"], int(answers[2]["Retry-After"]) > 0) == ("throttled", True)
    assert ask(calm, "GET", "/me/").status_code == 200


def test_wrong_tokens_are_counted_by_address_and_no_header_moves_it(db, client, settings, fresh):
    settings.API_PER_MINUTE_UNKNOWN = 3
    made_up = [{"X-Forwarded-For": f"203.0.113.{n}", "Authorization": f"Bearer rsz_{n}"} for n in range(5)]

    answers = [client.get("/api/v1/me/", headers=one, REMOTE_ADDR="198.51.100.7") for one in made_up]

    assert [answer.status_code for answer in answers] == [401, 401, 401, 429, 429]


@pytest.mark.parametrize(
    ("heard", "forwarded", "proxy", "address"),
    [
        ("198.51.100.7", "203.0.113.9", False, "198.51.100.7"),
        ("127.0.0.1", "203.0.113.9", True, "203.0.113.9"),
        ("127.0.0.1", "1.2.3.4, 203.0.113.9", True, "203.0.113.9"),
        ("127.0.0.1", "", True, "127.0.0.1"),
        ("::ffff:198.51.100.7", "", False, "198.51.100.7"),
        ("2001:db8:1:2:3::4", "", False, "2001:db8:1:2::/64"),
        ("", "", False, "unknown"),
    ],
)
def test_addresses_are_those_that_were_heard(settings, heard, forwarded, proxy, address):
    settings.BEHIND_PROXY = proxy
    request = RequestFactory().get("/", headers={"X-Forwarded-For": forwarded}, REMOTE_ADDR=heard)

    assert limits.address(request) == address


def test_a_token_may_be_made_slower_but_not_faster_than_the_setting(cast, api, settings):
    settings.API_PER_MINUTE = 100
    body = {"name": "t", "scopes": ["inbox:read"]}

    slow = ask(api(cast.olga), "POST", "/tokens/", body | {"per_minute": 10})
    fast = ask(api(cast.olga), "POST", "/tokens/", body | {"per_minute": 101})

    assert (slow.status_code, slow.json()["per_minute"]) == (201, 10)
    assert (fast.status_code, fast.json()["errors"][0]["field"]) == (400, "per_minute")
