"""Approval links: one person, one batch, no account, and nothing decided by merely following them."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from campaigns import links, posts
from campaigns.models import ApprovalLink, Decision
from campaigns.vocabulary import Verdict
from config import logs


@pytest.fixture
def asked(draft, mode, cast):
    """A post that waits for the bakery."""
    mode("internal_and_client")
    post = draft("Frisches <b>Brot</b>")
    posts.act(post, "submit", actor=cast.sam)
    posts.judge(post, Verdict.APPROVE, actor=cast.olga)
    return post


@pytest.fixture
def address(asked, cast):
    _, key = links.make(client=cast.bakery, posts=[asked.id], name="Frau Ana", actor=cast.sam)
    return f"/approval/{key}/"


@pytest.fixture
def seen(client, address):
    """The hidden fields of the page."""
    return dict(re.findall(r'name="(seen-\d+)" value="(\w+)"', client.get(address).content.decode()))


def test_page_shows_the_batch_and_decides_nothing(client, address, asked, states):
    page = client.get(address)
    client.head(address)

    assert page.status_code == 200
    assert ("Frisches &lt;b&gt;Brot&lt;/b&gt;" in page.content.decode(), "Freigeben" in page.content.decode()) == (
        True,
        True,
    )
    assert (states(asked)["social"], page["Referrer-Policy"]) == ("client_review", "same-origin")


def test_approval_through_the_page_is_the_clients(client, address, asked, seen, states):
    answer = client.post(address, {"post": asked.id, "verdict": "approve"} | seen)

    last = Decision.objects.latest("id")
    assert (answer.status_code, states(asked)["social"]) == (302, "scheduled")
    assert (last.stage, last.link.name, last.user) == ("client", "Frau Ana", None)


def test_decision_counts_once(client, address, asked, seen):
    statuses = [client.post(address, {"post": asked.id, "verdict": "approve"} | seen).status_code for _ in range(2)]

    assert (statuses, Decision.objects.filter(stage="client").count()) == ([302, 409], 1)


@pytest.mark.parametrize("verdict", ["change", "reject"])
def test_no_needs_its_words(verdict, client, address, asked, seen, states):
    silent = client.post(address, {"post": asked.id, "verdict": verdict} | seen)
    said = client.post(address, {"post": asked.id, "verdict": verdict, "comment": "Zu laut"} | seen)

    assert (silent.status_code, said.status_code, states(asked)["social"]) == (400, 302, "draft")


def test_words_that_no_database_keeps_are_left_out(client, address, asked, seen):
    answer = client.post(address, {"post": asked.id, "verdict": "change", "comment": "Zu\0 laut"} | seen)

    assert (answer.status_code, Decision.objects.latest("id").comment) == (302, "Zu laut")


def test_page_asks_as_often_for_one_picture_as_for_three(client, cast, draft):
    def asked_for(posts_of):
        _, key = links.make(client=cast.bakery, posts=[post.id for post in posts_of], name="Ana", actor=cast.sam)
        with CaptureQueriesContext(connection) as asked:
            client.get(f"/approval/{key}/")
        return len(asked)

    one, three = asked_for([draft()]), asked_for([draft() for _ in range(3)])

    assert one == three


def test_what_was_changed_since_it_was_shown_is_not_approved(client, address, asked, seen, cast, states):
    posts.change_post(post=asked, actor=cast.sam, text="Anders")
    posts.judge(asked, Verdict.APPROVE, actor=cast.olga)

    answer = client.post(address, {"post": asked.id, "verdict": "approve"} | seen)

    assert (answer.status_code, states(asked)["social"]) == (409, "client_review")


def test_only_posts_of_the_batch_can_be_decided_on(client, address, draft, cast, states):
    other = draft("Andere")
    posts.act(other, "submit", actor=cast.sam)

    answer = client.post(address, {"post": other.id, "verdict": "approve"})

    assert (answer.status_code, states(other)["social"]) == (400, "in_review")


@pytest.mark.parametrize("ending", [{"revoked_at": timezone.now()}, {"expires_at": timezone.now() - timedelta(days=1)}])
def test_ended_link_opens_nothing(ending, client, address, asked, seen, states):
    ApprovalLink.objects.update(**ending)

    statuses = (
        client.get(address).status_code,
        client.post(address, {"post": asked.id, "verdict": "approve"} | seen).status_code,
    )

    assert (statuses, states(asked)["social"]) == ((404, 404), "client_review")


def test_key_of_one_client_opens_nothing_of_another(client, address, cast):
    secret = address.partition("-")[2]

    assert client.get(f"/approval/{cast.florist.id}-{secret}").status_code == 404


def test_link_lasts_fourteen_days_and_keeps_no_key(address, cast):
    link = ApprovalLink.objects.get()

    assert link.expires_at - link.created_at > timedelta(days=13, hours=23)
    assert address.split("-", 1)[1].strip("/") not in str(ApprovalLink.objects.values())


def test_key_is_not_logged(address):
    event = logs.hide_keys(None, "info", {"request": f"GET {address}"})

    assert event["request"] == "GET /approval/…/"


def test_link_is_made_shown_and_revoked_over_the_api(api, cast, asked, client):
    call = api(cast.sam)
    made = call.post("/api/v1/approval-links/", {"client": "bakery", "name": "Ana", "posts": [asked.id]}, format="json")
    path = "/" + made.json()["url"].split("/", 3)[3]
    before = client.get(path).status_code
    listed = call.get("/api/v1/approval-links/").json()["results"]
    call.post(f"/api/v1/approval-links/{made.json()['id']}/revoke/", {}, format="json")

    assert (made.status_code, before, client.get(path).status_code) == (201, 200, 404)
    assert ["url" in row for row in listed] == [False]


def test_link_for_foreign_posts_is_refused(api, cast, in_scope):
    answer = api(cast.sam).post(
        "/api/v1/approval-links/", {"client": "bakery", "name": "Ana", "posts": [4711]}, format="json"
    )

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "posts[0]")
