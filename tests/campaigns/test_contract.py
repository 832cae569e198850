"""The shapes that integrators build on, as somebody outside calls them: none of these may change."""

import base64
from datetime import timedelta

import pytest
from django.utils import timezone

from campaigns import publishing, rollup
from tests import factories

ACTIONS = ("submit", "approve", "reject", "schedule", "cancel", "hold", "release")
COUNTERS = ("impressions", "reach", "views", "reactions", "comments", "shares", "clicks", "followers")


@pytest.fixture
def call(cast, social, line, api):
    """A function that calls the API as the bakery's agency and returns status and answer."""
    caller = api(cast.olga)

    def send(method, path, body=None):
        answer = getattr(caller, method)(f"/api/v1{path}", body, format="json" if body is not None else None)
        return answer.status_code, answer.json()

    return send


@pytest.fixture
def soon():
    return (timezone.now() + timedelta(days=2)).strftime("%Y-%m-%dT%H:%M:00Z")


@pytest.fixture
def post(call, soon):
    """A function that makes a post and returns it as the API shows it."""

    def make(**given):
        body = {"client": "bakery", "kind": "tip", "text": "Brot", "channels": ["social"], "publish_at": soon}
        status, made = call("post", "/posts/", body | given)
        assert status == 201, made
        return made

    return make


def test_post_needs_six_things_at_most(post, soon):
    made = post()

    assert type(made["id"]) is int
    assert {name: made[name] for name in ("client", "kind", "text", "channels", "publish_at")} == {
        "client": "bakery", "kind": "tip", "text": "Brot", "channels": ["social"], "publish_at": soon,
    }  # fmt: skip
    assert (made["campaign"], made["variants"], made["media"]) == (None, {}, [])
    assert made["states"] == {"social": "draft"}


def test_post_takes_a_campaign_variants_and_pictures(post, call, cast):
    call("post", "/campaigns/", {"client": "bakery", "slug": "spring", "name": "Spring"})
    content = base64.b64encode(factories.picture()).decode()
    id = call("post", "/media/", {"client": "bakery", "name": "a.png", "alt": "Brot", "content": content})[1]["id"]

    made = post(campaign="spring", channels=["social", "counter"], variants={"counter": "Anders"}, media=[id])

    assert (made["campaign"], made["variants"]) == ("spring", {"counter": "Anders"})
    assert [one["id"] for one in made["media"]] == [id]
    assert {row["channel"]: (row["state"], row["text"]) for row in made["publications"]} == {
        "social": ("draft", "Brot"), "counter": ("draft", "Anders"),
    }  # fmt: skip


@pytest.mark.parametrize("missing", ["client", "kind", "text", "channels"])
def test_what_is_missing_is_named(missing, call, soon):
    whole = {"client": "bakery", "kind": "tip", "text": "Brot", "channels": ["social"], "publish_at": soon}

    status, answer = call("post", "/posts/", {name: value for name, value in whole.items() if name != missing})

    assert (status, [(one["field"], one["code"]) for one in answer["errors"]]) == (400, [(missing, "required")])


def test_each_action_leads_where_it_says(post, call):
    one, other = post(), post()
    walks = [
        (one, "submit", {}, "in_review"),
        (one, "hold", {}, "held"),
        (one, "release", {}, "in_review"),
        (one, "reject", {"comment": "Zu laut"}, "draft"),
        (one, "submit", {}, "in_review"),
        (one, "approve", {}, "scheduled"),
        (one, "cancel", {}, "cancelled"),
        (other, "submit", {}, "in_review"),
        (other, "approve", {}, "scheduled"),
    ]

    for made, action, body, wanted in walks:
        before = call("get", f"/posts/{made['id']}/")[1]
        status, after = call("post", f"/posts/{made['id']}/{action}/", body)

        assert action in before["allowed_actions"]
        assert (action, status, after["states"]) == (action, 200, {"social": wanted})
        assert after == call("get", f"/posts/{made['id']}/")[1]


@pytest.mark.parametrize("action", ACTIONS)
def test_action_that_is_not_possible_now_is_a_conflict(action, post, call):
    made = post()
    id = made["id"]
    if action in made["allowed_actions"]:
        call("post", f"/posts/{id}/submit/", {})
        call("post", f"/posts/{id}/approve/", {})
        publishing.publish_due(now=timezone.now() + timedelta(days=2, minutes=2))

    status, answer = call("post", f"/posts/{id}/{action}/", {"comment": "x"} if action == "reject" else {})

    assert (status, answer["type"], answer["status"]) == (409, "about:blank", 409)
    assert action not in call("get", f"/posts/{id}/")[1]["allowed_actions"]


def test_unapproved_post_is_not_scheduled(post, call):
    status, answer = call("post", f"/posts/{post()['id']}/schedule/", {})

    assert (status, answer["code"]) == (409, "not_approved")


def test_numbers_of_posts_and_channels_are_taken_each_with_its_result(post, call, cast):
    id = post()["id"]
    factories.channel(cast.florist, "counter")
    at = (timezone.now() - timedelta(minutes=5)).isoformat()
    item = {"post": id, "observed_at": at, "source": "manual", "reach": 100, "reactions": 5}

    status, answer = call(
        "post",
        "/snapshots/bulk/",
        {
            "items": [
                item,
                {"channel": "social", "observed_at": at, "source": "manual", "followers": 120},
                item,
                item | {"reach": 99},
                {"post": 4711, "observed_at": at, "source": "manual", "reach": 1},
                {"channel": "counter", "observed_at": at, "source": "manual", "followers": 1},
                {"channel": "counter", "client": "florist", "observed_at": at, "source": "manual", "followers": 1},
                {"post": id, "observed_at": at, "source": "gossip", "reach": 1},
            ]
        },
    )

    results = answer["results"]
    assert (status, [row["status"] for row in results]) == (
        200, ["created", "created", "duplicate", "error", "error", "error", "created", "error"]
    )  # fmt: skip
    assert results[0]["id"] == results[2]["id"]
    assert [row["error"]["code"] for row in results if row["status"] == "error"] == [
        "content_differs", "not_found", "required", "invalid",
    ]  # fmt: skip


def test_every_counter_is_taken_and_told(post, call, cast):
    at = (timezone.now() - timedelta(minutes=5)).isoformat()
    told = {name: place for place, name in enumerate(COUNTERS, 1)}
    call("post", "/snapshots/bulk/", {"items": [{"post": post()["id"], "observed_at": at} | told]})

    row = call("get", "/snapshots/?client=bakery")[1]["results"][0]

    assert {name: row[name] for name in COUNTERS} == told
    assert row["source"] == "manual"


@pytest.mark.parametrize("by", ["total", "day", "channel", "campaign", "post", "kind"])
def test_engagement_tells_changes_and_a_rate_of_its_kind(by, post, call, cast):
    id, silent = post()["id"], post(kind="event")["id"]
    now = timezone.now()
    items = [
        {"post": id, "observed_at": (now - timedelta(days=40)).isoformat(), "reach": 100, "reactions": 5, "shares": 1},
        {"post": id, "observed_at": now.isoformat(), "reach": 300, "reactions": 12, "shares": 2, "clicks": 2},
        {"post": silent, "observed_at": now.isoformat(), "reactions": 4},
    ]
    call("post", "/snapshots/bulk/", {"items": items})
    rollup.fill(cast.bakery.id)

    status, answer = call("get", f"/metrics/engagement/?client=bakery&by={by}")

    rows = answer["rows"]
    key = {"total": None, "day": answer["to"], "channel": "social", "campaign": None, "post": id, "kind": "tip"}[by]
    row = next(row for row in rows if row.get(by) == key)
    alone = by in ("post", "kind")
    assert (status, answer["by"], row["client"]) == (200, by, "bakery")
    assert [row[name] for name in ("reach", "reactions", "shares", "clicks")] == [200, 7 if alone else 11, 1, 2]
    assert row["engagement"] == (10 if alone else 14)
    assert row["rate"] == {"kind": "reach", "value": 0.05, "covered": 1, "of": 1 if alone else 2}


def test_post_without_a_denominator_has_no_rate(post, call, cast):
    item = {"post": post()["id"], "observed_at": timezone.now().isoformat(), "reactions": 4}
    call("post", "/snapshots/bulk/", {"items": [item]})
    rollup.fill(cast.bakery.id)

    [row] = call("get", "/metrics/engagement/?client=bakery&by=post")[1]["rows"]

    assert (row["engagement"], row["reach"]) == (4, None)
    assert row["rate"] == {"kind": "reach", "value": None, "covered": 0, "of": 1}


def test_clicks_count_only_where_the_client_wants_them(post, call, cast):
    item = {"post": post()["id"], "observed_at": timezone.now().isoformat(), "reach": 100, "reactions": 4, "clicks": 6}
    call("post", "/snapshots/bulk/", {"items": [item]})
    rollup.fill(cast.bakery.id)

    found = []
    for counts in (True, False):
        call("patch", "/publishing-rules/bakery/", {"counts_clicks": counts})
        [row] = call("get", "/metrics/engagement/?client=bakery&by=post")[1]["rows"]
        found.append((row["engagement"], row["rate"]["value"]))

    assert found == [(10, 0.1), (4, 0.04)]
