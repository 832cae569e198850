"""Messages taken in over REST: singly, by the thousand, and by a network's webhook."""

import hashlib
import hmac
import json
import time

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from clients import access, directory, scope
from clients.models import Channel, Client
from config.celery import app
from feedback import events, tasks
from feedback.models import Conversation, InboundEvent, Interaction
from tests import factories
from tests.asking import ask

BULK = "/interactions/bulk/"


def item(number: int = 1, **fields) -> dict:
    """A customer's message in the bulk shape; a field that is None is left out."""
    given = {
        "client": "bakery", "channel": "counter", "external_id": f"m{number}", "thread_id": f"t{number}",
        "direction": "in", "kind": "comment", "author": {"id": "c1", "name": "Carla"},
        "text": f"Wann macht ihr auf, Nummer {number}?", "created_at": "2026-03-02T09:00:00Z",
    }  # fmt: skip
    return {name: value for name, value in (given | fields).items() if value is not None}


@pytest.fixture
def sam(cast, line, api):
    return api(cast.sam)


@pytest.fixture
def pub(db):
    """A client of another agency with a channel like ours."""
    made = factories.client(factories.agency("rival"), "pub")
    with scope.scope([made.id]):
        factories.channel(made, "counter")
    return made


def results(answer) -> list[dict]:
    assert answer.status_code == 200, answer.content
    return answer.json()["results"]


def fields(answer) -> list[str]:
    return [error["field"] for error in answer.json()["errors"]]


def test_each_item_has_its_result_in_the_order_sent(sam):
    sent = [item(2), item(1), item(2), item(3, kind="rant"), item(1, text="anders")]

    told = results(ask(sam, "POST", BULK, {"items": sent}))

    ids = dict(Interaction.objects.values_list("external_id", "id"))
    assert told[:3] == [
        {"external_id": "m2", "status": "created", "id": ids["m2"]},
        {"external_id": "m1", "status": "created", "id": ids["m1"]},
        {"external_id": "m2", "status": "duplicate", "id": ids["m2"]},
    ]
    assert [(row["status"], row["error"]["field"], row["error"]["code"]) for row in told[3:]] == [
        ("error", "kind", "invalid"),
        ("error", "text", "content_differs"),
    ]


def test_an_edited_message_updates_the_stored_one(sam):
    ask(sam, "POST", BULK, {"items": [item(1)]})

    (told,) = results(ask(sam, "POST", BULK, {"items": [item(1, text="neu", edited_at="2026-03-02T10:00:00Z")]}))

    assert (told["status"], Interaction.objects.get(id=told["id"]).text) == ("updated", "neu")


def test_a_thousand_items_come_in_with_a_fixed_number_of_queries(sam):
    ask(sam, "GET", "/me/")  # writes down that the token is in use
    counts = []
    for size in (300, 1000):
        with CaptureQueriesContext(connection) as queries:
            told = results(ask(sam, "POST", BULK, {"items": [item(size * 10 + n) for n in range(size)]}))
        counts.append((len(told), {row["status"] for row in told}, len(queries)))

    assert [count[:2] for count in counts] == [(300, {"created"}), (1000, {"created"})]
    assert counts[1][2] <= counts[0][2] + 12  # rows are written a thousand at a time by bulk_create's own limit


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "items"), ([], "items"), (5, "items"), ({"items": None}, "items"), ({"items": {}}, "items"),
        ({"items": "x"}, "items"), ({"items": [None] * 1001}, "items"), ({"items": [], "also": 1}, "also"),
        ('{"items": [{"text": "\\u0000"}]}', "items[0].text"), ('{"items": [1, {"text": "\\ud800"}]}', "items[1].text"),
        ('{"items": [{"stars": NaN}]}', "items[0].stars"),
    ],
)  # fmt: skip
def test_a_batch_that_is_none_is_refused_as_a_whole(sam, body, field):
    answer = ask(sam, "POST", BULK, body)

    assert (answer.status_code, fields(answer)) == (400, [field])


@pytest.mark.parametrize("body", ['{"items": [', '{"items": [{}]', b"\xff\xfe", "", "[" * 100_000])
def test_what_is_no_json_is_refused(sam, body):
    assert ask(sam, "POST", BULK, body).status_code == 400


def test_an_empty_batch_is_fine(sam):
    assert results(ask(sam, "POST", BULK, {"items": []})) == []


WRONG = [
    ({"external_id": None}, "external_id"), ({"external_id": ""}, "external_id"), ({"external_id": []}, "external_id"),
    ({"external_id": "x" * 501}, "external_id"), ({"thread_id": None}, "thread_id"), ({"thread_id": {}}, "thread_id"),
    ({"parent_id": ["x"]}, "parent_id"), ({"direction": "up"}, "direction"), ({"direction": ["in"]}, "direction"),
    ({"kind": "rant"}, "kind"), ({"kind": {}}, "kind"), ({"author": None}, "author"), ({"author": "Carla"}, "author"),
    ({"author": {}}, "author.id"), ({"author": {"id": 1.5}}, "author.id"), ({"author": {"id": "a", "x": 1}}, "author.x"),
    ({"author": {"id": "a", "name": 5}}, "author.name"), ({"author": {"id": "a", "bot": 1}}, "author.bot"),
    ({"text": None}, "text"), ({"text": 5}, "text"), ({"text": "x" * 100_001}, "text"), ({"stars": 0}, "stars"),
    ({"stars": 6}, "stars"), ({"stars": 2.5}, "stars"), ({"stars": True}, "stars"), ({"stars": "5"}, "stars"),
    ({"created_at": None}, "created_at"), ({"created_at": 5}, "created_at"), ({"created_at": "gestern"}, "created_at"),
    ({"created_at": "2026-03-02T09:00:00"}, "created_at"), ({"created_at": "0000-01-01T00:00:00Z"}, "created_at"),
    ({"created_at": "0001-01-01T00:00:00+14:00"}, "created_at"), ({"created_at": "2999-01-01T00:00:00Z"}, "created_at"),
    ({"edited_at": "x"}, "edited_at"), ({"deleted_at": 0}, "deleted_at"), ({"client": None}, "client"),
    ({"client": 5}, "client"), ({"client": ["bakery"]}, "client"), ({"client": "absent"}, "client"),
    ({"client": "pub"}, "client"), ({"client": "x" * 10_000}, "client"), ({"channel": None}, "channel"),
    ({"channel": {}}, "channel"), ({"channel": "absent"}, "channel"), ({"colour": 1}, "colour"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "field"), WRONG)
def test_a_bad_item_is_named_by_field_and_stops_no_good_one(sam, pub, change, field):
    bad, good = results(ask(sam, "POST", BULK, {"items": [item(1, **change) | _nulls(change), item(2)]}))

    assert (bad["status"], bad["error"]["field"], good["status"]) == ("error", field, "created")
    assert len(json.dumps(bad["error"])) < 500


@pytest.mark.parametrize(("change", "field"), WRONG)
def test_a_single_bad_message_is_refused_by_field(sam, pub, change, field):
    answer = ask(sam, "POST", "/interactions/", item(1, **change) | _nulls(change))

    if isinstance(change.get(field), str) and field in ("client", "channel"):
        assert answer.status_code == 404
    else:
        assert (answer.status_code, fields(answer)) == (400, [field])
    assert Interaction.objects.count() == 0


def _nulls(change: dict) -> dict:
    return {name: value for name, value in change.items() if value is None}


@pytest.mark.parametrize("bad", [None, 5, "x", [], {}, [[]], True])
def test_items_that_are_no_objects_are_errors_of_their_own(sam, bad):
    told, good = results(ask(sam, "POST", BULK, {"items": [bad, item(2)]}))

    assert (told["external_id"], told["status"], good["status"]) == (None, "error", "created")


def test_foreign_clients_are_as_absent_as_absent_ones(sam, pub):
    sent = [item(1, client="pub"), item(1, client="nix"), item(1, channel="nix"), item(1, client="florist")]

    told = results(ask(sam, "POST", BULK, {"items": sent}))

    assert [row["error"]["detail"] for row in told] == [
        "There is no client 'pub'.",
        "There is no client 'nix'.",
        "The client 'bakery' has no channel 'nix'.",
        "The client 'florist' has no channel 'counter'.",
    ]
    assert {row["error"]["code"] for row in told} == {"not_found"}


def test_a_token_takes_in_only_for_its_clients(cast, line, api):
    asker = api(cast.olga, clients=[cast.florist])

    (told,) = results(ask(asker, "POST", BULK, {"items": [item(1)]}))

    assert told["error"]["detail"] == "There is no client 'bakery'."


def test_a_single_message_is_created_then_known_then_updated(sam):
    sent = [item(1), item(1), item(1, text="neu", edited_at="Mon, 02 Mar 2026 11:00:00 +0100")]

    answers = [ask(sam, "POST", "/interactions/", one) for one in sent]

    assert [answer.status_code for answer in answers] == [201, 200, 200]
    assert [answer.json()["text"] for answer in answers][1:] == ["Wann macht ihr auf, Nummer 1?", "neu"]
    assert answers[2].json()["edited_at"] == "2026-03-02T10:00:00Z"
    clash = ask(sam, "POST", "/interactions/", item(2)), ask(sam, "POST", "/interactions/", item(2, text="anders"))
    assert (clash[1].status_code, clash[1].json()["code"]) == (409, "content_differs")


def test_ten_megabytes_of_text_are_refused_by_field(sam):
    answer = ask(sam, "POST", "/interactions/", item(1, text="x" * 10_000_000))

    assert (answer.status_code, fields(answer)) == (400, ["text"])


def test_the_same_bulk_twice_changes_nothing(sam):
    sent = {"items": [item(n) for n in range(20)]}
    ask(sam, "POST", BULK, sent)
    before = list(Conversation.objects.order_by("id").values())

    told = results(ask(sam, "POST", BULK, sent))

    assert {row["status"] for row in told} == {"duplicate"}
    assert list(Conversation.objects.order_by("id").values()) == before


@pytest.fixture
def hook(cast, in_scope) -> Channel:
    """A channel of the bakery on the sandbox network."""
    return factories.channel(cast.bakery, "town", "sandbox")


def body(number: int = 1) -> bytes:
    told = item(number, client=None, channel=None) | {"created_at": "2026-03-02T09:00:00+00:00"}
    return json.dumps({"items": [told]}).encode()


def signed(channel: Channel, raw: bytes, delivery: str = "d1", stamp: int | None = None) -> dict:
    stamp = str(int(time.time()) if stamp is None else stamp)
    secret = directory.webhook_secret(channel).encode()
    digest = hmac.new(secret, b".".join((delivery.encode(), stamp.encode(), raw)), hashlib.sha256).hexdigest()
    return {"Sandbox-Id": delivery, "Sandbox-Timestamp": stamp, "Sandbox-Signature": f"v1={digest}"}


def send(address: str, raw: bytes, headers: dict):
    return Browser(enforce_csrf_checks=True).post(address, raw, content_type="application/json", headers=headers)


def address(channel: Channel) -> str:
    return f"/hooks/{channel.network}/{channel.hook_key}/"


def test_a_signed_webhook_is_kept_and_then_taken_in(hook):
    answer = send(address(hook), body(), signed(hook, body()))
    events.take_due(now=timezone.now())

    assert (answer.status_code, answer.json()) == (200, {})
    assert list(Interaction.objects.values_list("external_id", flat=True)) == ["m1"]


def test_a_repeated_webhook_has_one_effect(hook):
    answers = [send(address(hook), body(), signed(hook, body())) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200] * 3
    assert InboundEvent.objects.count() == 1


@pytest.mark.parametrize(
    "spoil",
    [
        lambda headers: headers | {"Sandbox-Signature": headers["Sandbox-Signature"][:-1] + "x"},
        lambda headers: headers | {"Sandbox-Id": "d2"},
        lambda headers: headers | {"Sandbox-Timestamp": "1"},
        lambda headers: {},
    ],
)
def test_an_unsigned_webhook_is_refused_without_saying_why(hook, spoil):
    answer = send(address(hook), body(), spoil(signed(hook, body())))

    assert (answer.status_code, answer["Content-Type"]) == (401, "application/problem+json")
    assert answer.json()["detail"] == "This webhook was not accepted."
    assert InboundEvent.objects.count() == 0


def test_a_changed_body_is_refused(hook):
    assert send(address(hook), body(2), signed(hook, body(1))).status_code == 401


def test_webhook_addresses_that_are_none_answer_alike(cast, hook):
    gone = factories.channel(cast.florist, "gone", "sandbox")
    directory.change_channel(channel=gone, actor=None, disabled=True)
    manual = factories.channel(cast.bakery, "desk")
    known = [address(gone), address(manual)]
    addresses = ["/hooks/sandbox/absent/", f"/hooks/manual/{hook.hook_key}/", "/hooks/absent/absent/", *known]

    answers = [send(one, body(), signed(hook, body())) for one in addresses]

    assert [answer.status_code for answer in answers] == [401] * 5
    told = [answer.json() | {"request_id": ""} for answer in answers]
    assert all(one == told[0] for one in told)


def test_a_webhook_for_an_archived_client_is_not_kept(cast, hook):
    Client.objects.filter(id=cast.bakery.id).update(archived_at=timezone.now())

    assert send(address(hook), body(), signed(hook, body())).status_code == 401


def test_a_webhook_of_more_than_five_megabytes_is_too_large(hook):
    raw = b" " * (5 * 1024 * 1024 + 1)

    assert send(address(hook), raw, signed(hook, raw)).status_code == 413


def test_a_webhook_is_posted(hook):
    answer = Browser().get(address(hook))

    assert (answer.status_code, answer["Content-Type"]) == (401, "application/problem+json")


def test_a_webhook_nudges_only_after_the_commit(hook, django_capture_on_commit_callbacks, monkeypatch):
    nudged = []
    monkeypatch.setattr(tasks.take_events, "apply_async", lambda *args, **options: nudged.append("take_events"))

    with django_capture_on_commit_callbacks() as callbacks:
        send(address(hook), body(), signed(hook, body()))

    assert nudged == []
    [callback() for callback in callbacks]
    assert nudged == ["take_events"]


def test_without_redis_a_webhook_is_accepted_all_the_same(hook, monkeypatch, django_capture_on_commit_callbacks):
    monkeypatch.setitem(app.conf, "broker_url", "redis://127.0.0.1:1/0")
    monkeypatch.setattr("feedback.nudges._silent_until", 0.0)

    with django_capture_on_commit_callbacks(execute=True):
        answer = send(address(hook), body(), signed(hook, body()))

    assert answer.status_code == 200
    assert access.channel_by_hook("sandbox", hook.hook_key) == hook
