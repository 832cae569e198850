"""The promises of the doors under many callers at once, over real HTTP: gunicorn, PostgreSQL and Valkey."""

import json
import os
import urllib.error
import urllib.request
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.db import connection

from agency import rights, tokens
from agency.models import Token
from campaigns.models import Campaign
from clients.scope import scope
from config import programs
from config.engines.ports import free_port, until
from config.readiness import ask
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@pytest.fixture
def live(transactional_db, tmp_path):
    """The web as `./start` runs it, on the database of this test, with a furnished bakery and a token of its owner."""
    agency = factories.agency()
    bakery = factories.client(agency, "bakery")
    owner = agency.memberships.get().user
    token, secret = tokens.create(agency=agency, creator=owner, name="test", scopes=rights.SCOPES)
    here, port = connection.settings_dict, free_port()
    database = f"postgres://{here['USER']}:{here['PASSWORD']}@{here['HOST']}:{here['PORT']}/{here['NAME']}"
    environment = {
        **os.environ, "DATABASE_URL": database, "SECRET_KEY": settings.SECRET_KEY, "REDIS_URL": settings.REDIS_URL,
        "RESONANZ_KEYS": ",".join(settings.RESONANZ_KEYS), "DJANGO_SETTINGS_MODULE": "config.settings",
    }  # fmt: skip
    (tmp_path / "run").mkdir()
    (tmp_path / "logs").mkdir()
    web = programs.web(tmp_path, environment, "127.0.0.1", port)
    web.start()
    url = f"http://127.0.0.1:{port}"
    try:
        assert until(lambda: ask(f"{url}/readyz")[0] == 200, 60), ask(f"{url}/readyz")
        yield SimpleNamespace(url=f"{url}/api/v1", secret=secret, token=token, bakery=bakery)
    finally:
        web.stop()


def call(live, method: str, address: str, body=None, **headers) -> tuple[int, dict, object]:
    """Status, headers and body of an answer."""
    headers |= {"Authorization": f"Bearer {live.secret}", "Content-Type": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{live.url}{address}", data, headers, method=method)
    try:
        with DIRECT.open(request, timeout=120) as answer:
            return answer.status, dict(answer.headers), json.loads(answer.read() or b"null")
    except urllib.error.HTTPError as error:
        return error.code, dict(error.headers), json.loads(error.read() or b"null")


def at_once(work, times: int, threads: int = 50) -> list:
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(work, range(times)))


@pytest.mark.parametrize("times", [50, pytest.param(1_000, marks=pytest.mark.slow)])
def test_equal_posts_with_one_key_have_one_effect(live, times):
    body = {"client": "bakery", "slug": "xmas", "name": "Stollen"}

    def post(_):
        return call(live, "POST", "/campaigns/", body, **{"Idempotency-Key": "one"})

    answers = at_once(post, times)
    last = post(0)

    with scope([live.bakery.id]):
        (campaign,) = Campaign.objects.all()
    statuses = Counter(status for status, _, _ in answers)
    made = [told for status, told, _ in answers if status == 201 and "Idempotency-Replayed" not in told]
    assert (len(made), set(statuses) <= {201, 409}, last[0]) == (1, True, 201)
    assert {row["id"] for status, _, row in [*answers, last] if status == 201} == {campaign.id}
    assert {row["code"] for status, _, row in answers if status == 409} <= {"idempotency_in_flight"}


@pytest.mark.parametrize("pairs", [10, pytest.param(200, marks=pytest.mark.slow)])
def test_of_two_edits_at_once_none_is_lost(live, pairs):
    """Both add a word to what they read; whoever is refused reads again, so all words are there in the end."""
    call(live, "PATCH", "/clients/bakery/", {"name": "0"})

    def add(_):
        refused = 0
        while True:
            _, told, read = call(live, "GET", "/clients/bakery/")
            longer = {"name": str(int(read["name"]) + 1)}
            status, _, _ = call(live, "PATCH", "/clients/bakery/", longer, **{"If-Match": told["ETag"]})
            if status == 200:
                return refused
            assert status == 412
            refused += 1

    refused = sum(sum(at_once(add, 2, threads=2)) for _ in range(pairs))

    assert call(live, "GET", "/clients/bakery/")[2]["name"] == str(2 * pairs)
    assert refused > 0


def test_two_edits_of_what_both_read_leave_one(live):
    """The negative control of the above: without If-Match both are taken, and one of them is lost."""
    call(live, "PATCH", "/clients/bakery/", {"name": "0"})

    blind = at_once(lambda n: call(live, "PATCH", "/clients/bakery/", {"name": f"blind {n}"})[0], 2)
    tag = call(live, "GET", "/clients/bakery/")[1]["ETag"]
    seeing = at_once(lambda n: call(live, "PATCH", "/clients/bakery/", {"name": f"{n}"}, **{"If-Match": tag})[0], 2)

    assert (blind, sorted(seeing)) == ([200, 200], [200, 412])


def test_five_hundred_requests_at_once_pass_a_limit_of_a_hundred_no_more_often(live):
    Token.objects.filter(id=live.token.id).update(per_minute=100)

    answers = at_once(lambda _: call(live, "GET", "/me/"), 500)

    assert Counter(status for status, _, _ in answers) == {200: 100, 429: 400}
    assert all(int(told["Retry-After"]) > 0 for status, told, _ in answers if status == 429)
