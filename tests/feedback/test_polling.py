"""Fetching from the networks: everything once, with its cursor, and trouble of one channel its own."""

import threading
import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from clients import directory
from clients.models import Channel
from clients.networks.types import Account
from clients.scope import scope
from feedback import polling
from feedback.models import Interaction
from tests import factories
from tests.clients.networks import town
from tests.clients.networks.odd import answer
from tests.parallel import in_parallel

AGAIN = timedelta(minutes=1)


def bulk(account, count, **more):
    items = [{"kind": "comment", "author": town.KARL, "text": f"Frage {n}?", "external_id": f"x{n}"} | more
             for n in range(count)]  # fmt: skip
    assert town.people(account, "bulk", {"items": items})[0] in (200, 201)


def test_what_was_said_is_taken_in_once(social, now):
    _, account = social
    bulk(account, 3)

    counts = [polling.poll_due(now=now + n * AGAIN) for n in range(3)]

    assert counts == [3, 0, 0]
    assert Interaction.objects.count() == 3


def test_all_waiting_pages_are_read_at_once(social, now):
    channel, account = social
    bulk(account, 450)

    new = polling.poll_due(now=now)

    channel.refresh_from_db()
    assert (new, Interaction.objects.count(), channel.cursor.partition(".")[2] != "") == (450, 450, True)
    assert channel.poll_at > channel.polled_at


def test_channel_is_not_polled_before_its_time(social, now):
    _, account = social
    polling.poll_due(now=now)
    bulk(account, 1)

    assert [polling.poll_due(now=now), polling.poll_due(now=now + AGAIN)] == [0, 1]


def test_edit_and_deletion_arrive_as_changes(social, now):
    _, account = social
    bulk(account, 2)
    polling.poll_due(now=now)
    town.people(account, "edit", {"external_id": "x0", "text": "Doch nicht."})
    town.people(account, "delete", {"external_id": "x1"})

    new = polling.poll_due(now=now + AGAIN)

    shown = {one.external_id: (one.text, one.deleted_at is None) for one in Interaction.objects.all()}
    assert (new, shown) == (0, {"x0": ("Doch nicht.", True), "x1": ("", False)})


def test_unbelievable_item_is_left_out_and_the_next_one_taken(social, now):
    _, account = social
    town.say(account, created_at="1970-01-01T00:00:00+00:00", external_id="old")
    town.say(account, external_id="new")

    polling.poll_due(now=now)

    assert list(Interaction.objects.values_list("external_id", flat=True)) == ["new"]


@pytest.mark.parametrize(
    ("fault", "at_least"), [({"error_500": True}, 10), ({"expired": True}, 10), ({"rate_limit": 900}, 900)]
)
def test_trouble_is_noted_and_waited_out(social, now, fault, at_least):
    channel, account = social
    bulk(account, 2)
    town.control(account, "faults", **fault)

    new = polling.poll_due(now=now)

    channel.refresh_from_db()
    assert (new, channel.failures, channel.trouble != "") == (0, 1, True)
    assert channel.poll_at >= now + timedelta(seconds=at_least)


def test_channel_recovers_from_trouble(social, now):
    channel, account = social
    bulk(account, 2)
    town.control(account, "faults", error_500={"count": 2})

    counts = [polling.poll_due(now=now + timedelta(hours=n)) for n in range(3)]

    channel.refresh_from_db()
    assert (counts, channel.failures, channel.trouble) == ([0, 0, 2], 0, "")


def test_trouble_of_one_channel_leaves_the_others_alone(social, cast, fresh_account):
    _, broken = social
    _, account = fresh_account(cast.florist)
    town.control(broken, "faults", error_500=True)
    bulk(account, 2)

    assert polling.poll_due(now=timezone.now()) == 2


def test_archived_and_disabled_are_not_polled(social, cast, fresh_account, now):
    channel, account = social
    other, other_account = fresh_account(cast.florist)
    for one in (account, other_account):
        bulk(one, 1)
    cast.bakery.archived_at = other.disabled_at = now
    cast.bakery.save()
    other.save()

    assert polling.poll_due(now=now + AGAIN) == 0


def test_dead_workers_channel_is_polled_after_its_lease(social, now):
    channel, account = social
    bulk(account, 1)
    Channel.objects.filter(pk=channel.pk).update(fence=7, poll_at=now + polling.LEASE)

    counts = [polling.poll_due(now=now), polling.poll_due(now=now + polling.LEASE)]

    assert counts == [0, 1]


@pytest.mark.parametrize(("network", "seconds"), [("sandbox", 15), ("wordpress", 60)])
def test_each_network_has_its_own_pace(cast, in_scope, settings, odd, now, network, seconds):
    settings.ALLOW_PRIVATE_ADDRESSES = True
    empty = {"sandbox": b'{"items": [], "cursor": "", "more": false}', "wordpress": b"[]"}[network]
    site = odd(answer("200 OK", empty, "X-WP-Total: 0"))
    channel = directory.add_channel(
        client=cast.bakery, slug="blog", name="Blog", network=network, actor=None, url=site.url, account="ana",
        credentials={"password": "p"},
    )  # fmt: skip

    polling.poll_due(now=timezone.now())

    channel.refresh_from_db()
    assert (channel.trouble, channel.poll_at - channel.polled_at) == ("", timedelta(seconds=seconds))


def test_network_that_hangs_holds_up_nobody(social, cast, fresh_account, settings, odd, monkeypatch):
    """The other channel's messages are stored before the hanging one answers."""
    settings.ALLOW_PRIVATE_ADDRESSES = True
    _, account = social
    bulk(account, 2)
    gate = threading.Event()
    hanging = odd(lambda _: gate.wait(20) and answer("200 OK", b'{"items": [], "cursor": "", "more": false}') or b"")
    directory.add_channel(
        client=cast.florist, slug="slow", name="Slow", network="sandbox", actor=None, url=hanging.url, account="flo"
    )
    taken, real = [], polling._take
    monkeypatch.setattr(polling, "_take", lambda *args: taken.append(real(*args)) or gate.set() or taken[-1])

    new = polling.poll_due(now=timezone.now())

    assert (new, taken) == (2, [2, 0])


@pytest.mark.django_db(transaction=True)
def test_polls_at_once_take_everything_once(network, settings):
    settings.SANDBOX_URL = network
    client = factories.client(factories.agency(), "bakery")
    with scope([client.id]):
        channels = [factories.channel(client, f"s{n}", "sandbox") for n in range(3)]
    for channel in channels:
        channel.account = uuid.uuid4().hex
        channel.save()
        bulk(Account(network, channel.account), 250)

    new = in_parallel(lambda: polling.poll_due(now=timezone.now()), threads=3)

    assert sum(new) == 750
    with scope([client.id]):
        assert Interaction.objects.count() == 750
