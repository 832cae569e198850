"""Posts over REST: who may do what, and what is said about it."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from campaigns.models import Post
from campaigns.vocabulary import State
from tests import factories

TIP = {"client": "bakery", "kind": "tip", "text": "Brot", "channels": ["counter"]}


@pytest.fixture
def made(api, cast, line):
    """A function that plans a post over the API."""
    return lambda **more: api(cast.sam).post("/api/v1/posts/", TIP | more, format="json")


def test_new_post_shows_its_state_per_channel_and_what_may_be_done(made):
    answer = made(variants={"counter": "Brot!"}, publish_at="2100-06-01T08:00:00+02:00").json()

    assert (answer["states"], answer["channels"], answer["variants"]) == (
        {"counter": "draft"},
        ["counter"],
        {"counter": "Brot!"},
    )
    assert answer["allowed_actions"] == ["cancel", "schedule", "submit"]
    assert (answer["publish_at"], answer["local_time"]) == ("2100-06-01T06:00:00Z", "2100-06-01T08:00")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"channels": ["nowhere"]}, "channels"),
        ({"channels": []}, "channels"),
        ({"variants": {"nowhere": "x"}}, "variants.nowhere"),
        ({"kind": "advert"}, "kind"),
        ({"link": "javascript:alert(1)"}, "link"),
        ({"campaign": "none"}, "campaign"),
        ({"publish_at": "2100-06-01T08:00"}, "publish_at"),
        ({"local_time": "2100-06-01"}, "local_time"),
        ({"local_time": "2100-06-01T08:00", "publish_at": "2100-06-01T08:00:00Z"}, "local_time"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_wrong_input_is_refused_by_its_field(change, field, made):
    answer = made(**change)

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, field)


def test_too_long_text_names_the_network(cast, api, social):
    answer = api(cast.sam).post("/api/v1/posts/", TIP | {"channels": ["social"], "text": "x" * 2_001}, format="json")

    error = answer.json()["errors"][0]
    assert (answer.status_code, error["field"], error["code"]) == (400, "text", "too_long")


@pytest.mark.parametrize(
    ("local", "instant", "notices"),
    [
        ("2026-03-29T02:30", "2026-03-29T01:30:00Z", 1),
        ("2026-10-25T02:30", "2026-10-25T00:30:00Z", 0),
        ("2026-07-01T09:00", "2026-07-01T07:00:00Z", 0),
    ],
)
def test_local_time_that_a_clock_change_leaves_out_moves_forward_with_a_notice(local, instant, notices, made):
    answer = made(local_time=local).json()

    assert (answer["publish_at"], len(answer["notices"])) == (instant, notices)


def test_change_of_what_somebody_else_changed_is_refused(made, api, cast):
    path = f"/api/v1/posts/{made().json()['id']}/"
    first = api(cast.sam).patch(path, {"text": "Kuchen", "version": 1}, format="json")
    second = api(cast.sam).patch(path, {"text": "Torte", "version": 1}, format="json")

    assert (first.json()["version"], second.status_code, second.json()["code"]) == (2, 409, "changed_meanwhile")
    assert Post.objects.get().text == "Kuchen"


def test_client_approves_and_holds_but_plans_nothing(made, api, cast, mode):
    mode("internal_and_client")
    id = made(publish_at="2100-06-01T08:00:00Z").json()["id"]
    ana, sam = api(cast.ana), api(cast.sam)
    sam.post(f"/api/v1/posts/{id}/submit/", {}, format="json")
    seen = ana.get(f"/api/v1/posts/{id}/").json()["allowed_actions"]
    sam.post(f"/api/v1/posts/{id}/approve/", {}, format="json")

    statuses = [
        ana.post(f"/api/v1/posts/{id}/{action}/", {}, format="json").status_code
        for action in ("approve", "hold", "cancel", "schedule")
    ]

    assert (seen, statuses) == (["hold"], [200, 200, 403, 403])


def test_editor_does_not_approve(made, api, cast, agency):
    editor = factories.member(agency, "edi", "editor", [cast.bakery])
    id = made().json()["id"]
    api(editor).post(f"/api/v1/posts/{id}/submit/", {}, format="json")

    assert api(editor).post(f"/api/v1/posts/{id}/approve/", {}, format="json").status_code == 403


def test_bulk_tells_of_each_on_its_own(made, api, cast):
    ids = [made().json()["id"] for _ in range(2)]
    items = [
        {"post": ids[0], "action": "submit"},
        {"post": 4711, "action": "submit"},
        {"post": ids[1], "action": "hold"},
    ]

    answer = api(cast.sam).post("/api/v1/posts/bulk/", {"items": items}, format="json")

    assert [(row["status"], row["code"]) for row in answer.json()["results"]] == [
        ("done", ""),
        ("error", "not_found"),
        ("error", "not_allowed_now"),
    ]


def test_bulk_asks_for_the_right_and_the_version_of_each_item(made, api, cast, agency):
    editor = factories.member(agency, "edi", "editor", [cast.bakery])
    ids = [made().json()["id"] for _ in range(2)]
    items = [
        {"post": ids[0], "action": "approve"},
        {"post": ids[0], "action": "submit", "version": 4711},
        {"post": ids[1], "action": "submit", "version": 1},
    ]

    answer = api(editor).post("/api/v1/posts/bulk/", {"items": items}, format="json")

    assert [row["code"] for row in answer.json()["results"]] == ["permission_denied", "changed_meanwhile", ""]


def test_where_a_post_can_be_seen_is_an_address_of_the_web(made, api, cast):
    id = made().json()["id"]
    body = {"channel": "social", "sent": True, "url": "javascript:alert(1)"}

    answer = api(cast.sam).post(f"/api/v1/posts/{id}/settle/", body, format="json")

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "url")


def test_list_is_filtered(made, api, cast):
    first, second = made(publish_at="2100-06-01T08:00:00Z").json()["id"], made(kind="event").json()["id"]
    api(cast.sam).post(f"/api/v1/posts/{second}/submit/", {}, format="json")

    def ids(query):
        return [row["id"] for row in api(cast.sam).get(f"/api/v1/posts/?{query}").json()["results"]]

    assert ids("") == [second, first]
    assert ids("state=draft") == ids("kind=tip") == ids("ordering=publish_at") == [first]
    assert ids(f"state={State.IN_REVIEW}&channel=counter&client=bakery") == [second]
    assert ids("publish_from=2100-06-01T08:00:00Z&publish_to=2100-06-02T00:00:00Z") == [first]
    assert ids("publish_to=2100-06-01T08:00:00Z") == ids("client=florist") == []


def test_list_of_three_takes_as_many_queries_as_of_one(made, api, cast):
    call, counts = api(cast.sam), []
    call.get("/api/v1/posts/")  # notes the first use of the token
    for _ in range(2):
        made()
        with CaptureQueriesContext(connection) as asked:
            call.get("/api/v1/posts/")
        counts.append(len(asked))
        made()

    assert counts[0] == counts[1]


def test_rule_is_shown_and_changed(api, cast, in_scope):
    call = api(cast.sam)
    before = call.get("/api/v1/publishing-rules/bakery/").json()
    after = call.patch("/api/v1/publishing-rules/bakery/", {"four_eyes": True, "tolerance": 5}, format="json").json()

    assert (before["approval"], before["four_eyes"], before["tolerance"]) == ("internal", False, 60)
    assert after == before | {"four_eyes": True, "tolerance": 5}
    assert call.get("/api/v1/publishing-rules/bakery/").json() == after
