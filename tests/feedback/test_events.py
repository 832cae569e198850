"""Webhooks: kept once, taken in once, unreadable ones set aside."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from clients.scope import scope
from feedback import events, polling, retries
from feedback.models import InboundEvent, Interaction
from tests import factories
from tests.clients.networks import town
from tests.parallel import in_parallel


def body(*ids, **more):
    at = timezone.now().isoformat()
    item = {"kind": "comment", "direction": "in", "author": town.KARL, "text": "Frage?", "created_at": at} | more
    return json.dumps({"items": [item | {"external_id": id, "thread_id": id} for id in ids]}).encode()


def states():
    return list(InboundEvent.objects.order_by("id").values_list("state", flat=True))


def test_event_is_kept_once_and_taken_in_once(social, now):
    kept = [events.keep(channel=social[0], delivery_id="d1", body=body("x1", "x2"), now=now) for _ in range(3)]

    taken = [events.take_due(now=now), events.take_due(now=now)]

    assert (kept, taken, states()) == ([True, False, False], [1, 0], ["done"])
    assert Interaction.objects.count() == 2


def test_same_item_by_two_webhooks_and_a_poll_is_one_interaction(social, now):
    channel, account = social
    item = town.say(account, external_id="x1")
    for number in range(2):
        raw = json.dumps({"items": [item]}).encode()
        events.keep(channel=channel, delivery_id=f"d{number}", body=raw, now=now)

    events.take_due(now=now)
    polling.poll_due(now=now)

    assert list(Interaction.objects.values_list("external_id", flat=True)) == ["x1"]


@pytest.mark.parametrize(
    "raw",
    [b"", b"{", b"[]", b"\xff\xfe", b'{"items": [{}]}', b'{"items": 7}', b"[" * 100_000, body("x", kind="rumour"),
     body("x", created_at="gestern")],
)  # fmt: skip
def test_unreadable_event_is_set_aside_with_its_reason(social, now, raw):
    events.keep(channel=social[0], delivery_id="bad", body=raw, now=now)
    events.keep(channel=social[0], delivery_id="good", body=body("x1"), now=now)

    events.take_due(now=now)

    assert states() == ["failed", "done"]
    assert InboundEvent.objects.get(delivery_id="bad").error != ""


def test_passing_fault_is_tried_again_and_then_set_aside(social, now):
    events.keep(channel=social[0], delivery_id="d1", body=body("x1"), now=now)
    type(social[0]).objects.filter(pk=social[0].pk).update(network="gone")

    taken = [events.take_due(now=now + timedelta(hours=n)) for n in range(retries.TRIES + 2)]

    assert (taken[0], sum(taken), states()) == (1, retries.TRIES, ["failed"])


def test_text_that_the_database_cannot_store_is_cleaned(social, now):
    events.keep(channel=social[0], delivery_id="d1", body=body("x1", text="a\0b\ud800c"), now=now)

    events.take_due(now=now)

    assert (states(), Interaction.objects.get().text) == (["done"], "ab?c")


@pytest.mark.django_db(transaction=True)
def test_takers_at_once_take_each_event_once(now):
    client = factories.client(factories.agency(), "bakery")
    with scope([client.id]):
        channel = factories.channel(client, "social", "sandbox")
        for number in range(30):
            raw = body(f"x{number}", f"x{number + 1}")
            events.keep(channel=channel, delivery_id=f"d{number}", body=raw, now=now)

    taken = in_parallel(lambda: events.take_due(now=now), threads=3)

    with scope([client.id]):
        assert sum(taken) + events.take_due(now=now) == 30
        assert (set(states()), Interaction.objects.count()) == ({"done"}, 31)
