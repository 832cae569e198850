"""Delivering replies: exactly once on the network, whatever becomes of an answer or of a worker."""

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from clients.networks.types import Account
from clients.scope import scope
from config.engines.ports import free_port
from feedback import desk, sending
from feedback.models import Clock, Reply
from tests import factories
from tests.clients.networks import town
from tests.parallel import in_parallel

SETTLED = timedelta(seconds=60)
LAPSED = sending.LEASE + timedelta(seconds=1)


@pytest.fixture
def waiting(social):
    """A question on the network, asked two minutes ago."""
    channel, _ = social
    at = timezone.now() - timedelta(minutes=2)
    factories.receive(channel, factories.item("Frage?", at=at), now=at)
    return factories.conversation(channel)


@pytest.fixture
def reply(waiting, cast):
    return desk.answer(conversation=waiting, user=cast.sam, text="Ja, gern.")


def deliver(*waits):
    """Run the sweep once now and once after each further wait."""
    now = timezone.now()
    return [sending.deliver_due(now=now + wait) for wait in (timedelta(0), *waits)]


def sent(account):
    return list(town.stats(account)["by_key"].values())


def test_reply_is_delivered_once_and_meets_the_clock(reply, social):
    counts = deliver(SETTLED, LAPSED)

    reply.refresh_from_db()
    assert (counts, reply.state, sent(social[1])) == ([1, 0, 0], "delivered", [1])
    clock = Clock.objects.get(kind="first")
    assert (clock.outcome, clock.stopped_at) == ("met", reply.delivered_at)


def test_delivered_reply_comes_back_by_poll_as_the_same_interaction(reply, waiting):
    deliver()

    reply.refresh_from_db()
    item = factories.answer("Ja, gern.", at=reply.delivered_at, external_id=reply.external_id)
    (receipt,) = factories.receive(waiting.channel, item, now=timezone.now())

    assert receipt.status == "duplicate"


@pytest.mark.parametrize("fault", ["drop_answer", "live_500"])
def test_lost_answer_is_asked_for_and_never_repeated(reply, social, fault):
    town.control(social[1], "faults", ignore_keys=True, **{fault: {"count": 1, "calls": ["reply"]}})

    deliver()
    states = [Reply.objects.get().state]
    deliver(SETTLED)

    assert (states + [Reply.objects.get().state], sent(social[1])) == (["unconfirmed", "delivered"], [1])


def test_unknown_outcome_is_not_asked_for_before_the_read_lag_is_over(reply, social):
    town.control(social[1], "faults", drop_answer={"count": 1, "calls": ["reply"]})
    deliver()

    counts = [sending.deliver_due(now=timezone.now() + timedelta(seconds=s)) for s in (1, 11)]

    assert counts == [0, 1]


def test_failure_that_did_nothing_is_sent_again_once_its_absence_is_proven(reply, social):
    town.control(social[1], "faults", ignore_keys=True, error_500={"count": 1, "calls": ["reply"]})

    deliver(SETTLED, SETTLED)

    assert (Reply.objects.get().state, sent(social[1])) == ("delivered", [1])


def test_worker_that_died_before_it_wrote(reply, social):
    Reply.objects.update(state="sending", fence=1, attempts=1, next_at=timezone.now() + sending.LEASE)

    counts = deliver(LAPSED, LAPSED)

    assert (counts, Reply.objects.get().state, sent(social[1])) == ([0, 1, 1], "delivered", [1])


def test_worker_that_died_after_it_wrote(reply, social):
    town.control(social[1], "faults", ignore_keys=True)
    town.reply(social[1], "Ja, gern.", str(reply.key))
    Reply.objects.update(state="sending", fence=1, attempts=1, next_at=timezone.now() + sending.LEASE)

    deliver(LAPSED, LAPSED)

    assert (Reply.objects.get().state, sent(social[1])) == ("delivered", [1])


def test_rate_limit_is_waited_for(reply, social):
    town.control(social[1], "faults", rate_limit={"value": 50, "count": 1, "calls": ["reply"]})

    counts = deliver(timedelta(seconds=40), timedelta(seconds=70))

    assert (counts, sent(social[1])) == ([1, 0, 1], [1])


def test_refused_reply_fails_and_the_promise_stays_open(reply, social, cast):
    town.control(social[1], "faults", expired={"count": 1, "calls": ["reply"]})

    deliver(LAPSED)

    reply.refresh_from_db()
    assert (reply.state, reply.error, sent(social[1])) == ("failed", "401 the token has expired", [])
    assert Clock.objects.get(kind="first").outcome == "open"


def test_failed_reply_is_sent_again_on_request(reply, social, cast):
    town.control(social[1], "faults", expired={"count": 1, "calls": ["reply"]})
    deliver()

    desk.retry(reply=Reply.objects.get(), user=cast.sam)
    deliver()

    assert (Reply.objects.get().state, sent(social[1])) == ("delivered", [1])


def test_unreachable_network_is_tried_six_times(reply, settings):
    settings.SANDBOX_URL = f"http://127.0.0.1:{free_port(None)}"

    counts = [sending.deliver_due(now=timezone.now() + timedelta(hours=1)) for _ in range(8)]

    assert (counts, Reply.objects.get().state) == ([1] * 6 + [0] * 2, "failed")


def test_unanswerable_question_is_handed_to_a_person(reply, social):
    town.control(social[1], "faults", error_500=True)

    counts = [sending.deliver_due(now=timezone.now() + timedelta(hours=1)) for _ in range(25)]

    assert (sum(counts), Reply.objects.get().state) == (1 + sending.QUESTIONS, "failed")
    assert Reply.objects.get().error.startswith("Not confirmed")


def test_what_follows_happens_after_delivery_only(waiting, social, cast):
    desk.answer(conversation=waiting, user=cast.sam, text="Ja", then="resolve")
    before = factories.conversation(waiting.channel).status

    deliver()

    assert (before, factories.conversation(waiting.channel).status) == ("open", "resolved")


def test_loud_client_leaves_room_for_the_others(waiting, social, cast, fresh_account):
    other, other_account = fresh_account(cast.florist)
    factories.receive(other, factories.item("Frage?", at=timezone.now()))
    for number in range(9):
        desk.answer(conversation=waiting, user=cast.sam, text=f"Ja {number}")
    desk.answer(conversation=factories.conversation(other), user=cast.sam, text="Ja")

    deliver()

    assert (len(sent(social[1])), sent(other_account)) == (sending.PER_CLIENT, [1])


def test_claims_that_waited_too_long_are_given_back_unsent(reply, social, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(sending, "START_WITHIN", timedelta(0))
        deliver()
    states = [(r.state, r.attempts) for r in Reply.objects.all()]
    deliver()

    assert (states, Reply.objects.get().state, sent(social[1])) == ([("queued", 0)], "delivered", [1])


@pytest.mark.django_db(transaction=True)
def test_workers_at_once_send_each_reply_once(network, settings):
    settings.SANDBOX_URL = network
    agency = factories.agency()
    client = factories.client(agency, "bakery")
    user = agency.memberships.get().user
    with scope([client.id]):
        channel = factories.channel(client, "social", "sandbox")
        channel.account = uuid.uuid4().hex
        channel.save()
        factories.receive(channel, factories.item("Frage?", at=timezone.now()))
        conversation = factories.conversation(channel)
        keys = {str(desk.answer(conversation=conversation, user=user, text=f"Ja {n}").key) for n in range(15)}
    account = Account(network, channel.account)
    town.control(account, "faults", ignore_keys=True, delay_ms=30)

    in_parallel(lambda: [sending.deliver_due(now=timezone.now()) for _ in range(4)], threads=3)
    for _ in range(3):
        sending.deliver_due(now=timezone.now())

    assert town.stats(account)["by_key"] == dict.fromkeys(keys, 1)
    with scope([client.id]):
        assert set(Reply.objects.values_list("state", flat=True)) == {"delivered"}
