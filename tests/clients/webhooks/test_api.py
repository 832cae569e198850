"""Webhooks over REST: who may set them up, what they show, and that nobody learns of another's."""

import pytest

from agency.models import Endpoint, LogEntry, Role
from clients.models import Delivery
from clients.webhooks import outbox
from tests import factories

NEW = {"url": "https://shop.example/hooks", "events": ["post.*", "sla.breached"], "clients": None}


@pytest.fixture
def made(cast, api):
    """An endpoint for every client, as its answer has it."""
    return api(cast.olga).post("/api/v1/webhooks/", NEW, format="json").json()


def test_the_secret_is_shown_once(cast, api, made):
    olga = api(cast.olga)

    listed = olga.get("/api/v1/webhooks/").json()["results"]
    one = olga.get(f"/api/v1/webhooks/{made['id']}/").json()

    secret = made.pop("secret")
    assert secret.startswith("whsec_")
    assert (listed, one) == ([made], made)
    assert secret not in str(list(LogEntry.objects.values())) + str(list(Endpoint.objects.values()))
    assert (one["events"], one["clients"], one["enabled"]) == (["post.*", "sla.breached"], None, True)


def test_an_endpoint_is_changed_rotated_switched_off_and_on_and_removed(cast, api, made):
    olga, place = api(cast.olga), f"/api/v1/webhooks/{made['id']}/"

    changed = olga.patch(place, {"clients": ["bakery"], "description": "Shop"}, format="json").json()
    rotated = olga.post(f"{place}rotate/").json()
    off = olga.post(f"{place}disable/").json()
    refused = olga.post(f"{place}test/")
    on = olga.post(f"{place}enable/", {}, format="json").json()
    gone = olga.delete(place).status_code

    assert (changed["clients"], changed["description"], changed["url"]) == (["bakery"], "Shop", NEW["url"])
    assert rotated["secret"] != made["secret"] and rotated["old_secret_until"] is not None
    assert (off["enabled"], off["disabled_as"], on["enabled"], on["disabled_as"]) == (False, "paused", True, "")
    assert (refused.status_code, refused.json()["code"]) == (409, "disabled")
    assert (gone, olga.get(place).status_code) == (204, 404)
    assert list(LogEntry.objects.filter(action__startswith="webhook.").order_by("id").values_list("action", flat=True)) == [
        "webhook.added", "webhook.changed", "webhook.secret_rotated", "webhook.disabled", "webhook.enabled",
        "webhook.removed",
    ]  # fmt: skip


def test_a_test_is_delivered_and_logged(cast, api, hook, receiver, send):
    endpoint = hook(["sla.*"])
    olga, place = api(cast.olga), f"/api/v1/webhooks/{endpoint.id}/"

    queued = olga.post(f"{place}test/")
    send()
    listed = olga.get(f"{place}deliveries/?state=delivered").json()["results"]
    one = olga.get(f"{place}deliveries/{queued.json()['id']}/").json()
    again = olga.post(f"{place}deliveries/{queued.json()['id']}/resend/")
    send()

    assert (queued.status_code, queued.json()["state"], again.status_code) == (202, "waiting", 202)
    assert [row["id"] for row in listed] == [queued.json()["id"]]
    assert one["body"] == receiver.heard[0][1]
    assert [(row["status"], row["url"]) for row in one["attempts"]] == [(204, receiver.url)]
    assert [id for id, _ in receiver.heard] == [one["message_id"]] * 2


def test_all_failed_are_sent_again_from_an_instant_on(cast, api, hook, receiver, tell):
    endpoint = hook()
    for number in range(3):
        tell(line=f"conversation:{number}")
    outbox.spread()
    Delivery.objects.update(state="failed")
    place = f"/api/v1/webhooks/{endpoint.id}/resend/"

    later = api(cast.olga).post(place, {"since": "2099-01-01T00:00:00Z"}, format="json").json()
    all_of_them = api(cast.olga).post(place, {"since": "2020-01-01T00:00:00Z"}, format="json").json()

    assert (later, all_of_them) == ({"deliveries": 0}, {"deliveries": 3})


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"url": "http://shop.example/"}, "url"), ({"url": "https://10.0.0.1/"}, "url"), ({"events": []}, "events"),
        ({"events": ["nonsense"]}, "events[0]"), ({"clients": []}, "clients"), ({"secret": "whsec_x"}, "secret"),
    ],
)  # fmt: skip
def test_wrong_input_names_its_field(cast, api, change, field):
    answer = api(cast.olga).post("/api/v1/webhooks/", NEW | change, format="json")

    assert (answer.status_code, [error["field"] for error in answer.json()["errors"]]) == (400, [field])


def test_who_serves_some_clients_names_them_and_sees_no_more(cast, api, made):
    sam = api(cast.sam)

    refused = sam.post("/api/v1/webhooks/", NEW, format="json")
    own = sam.post("/api/v1/webhooks/", NEW | {"clients": ["bakery"]}, format="json")
    only_florist = api(cast.sam, clients=[cast.florist]).get("/api/v1/webhooks/").json()["results"]

    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (400, "clients")
    assert [row["id"] for row in sam.get("/api/v1/webhooks/").json()["results"]] == [own.json()["id"]]
    assert (only_florist, sam.get(f"/api/v1/webhooks/{made['id']}/").status_code) == ([], 404)
    assert [row["id"] for row in api(cast.olga).get("/api/v1/webhooks/").json()["results"]] == [
        own.json()["id"], made["id"],
    ]  # fmt: skip


def test_without_the_right_nothing_is_shown_or_done(cast, api, made):
    editor = factories.member(cast.agency, "edi", Role.EDITOR, [cast.bakery])
    askers = [api(editor), api(cast.ana), api(cast.olga, scopes=["agency:write"])]

    found = {
        call.status_code
        for asker in askers
        for call in (
            asker.get("/api/v1/webhooks/"),
            asker.post("/api/v1/webhooks/", NEW, format="json"),
            asker.post(f"/api/v1/webhooks/{made['id']}/rotate/"),
        )
    }

    assert found == {403}


def test_another_agency_s_webhook_is_not_there(cast, api, made):
    other = factories.agency("sued")
    olga = other.memberships.get().user

    found = [api(olga, agency=other).get(f"/api/v1/webhooks/{id}/") for id in (made["id"], 999_999)]

    assert [answer.status_code for answer in found] == [404, 404]


def test_types_are_listed(cast, api):
    listed = api(cast.olga).get("/api/v1/webhooks/types/").json()

    assert {"conversation.created", "sla.breached", "post.published", "import.finished"} <= {row["type"] for row in listed}
