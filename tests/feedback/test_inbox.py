"""Intake: once each, in any order, with the same end."""

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from clients.networks.types import Author
from clients.scope import scope
from feedback.models import Clock, Conversation, Interaction, Pause, Step
from tests import factories
from tests.parallel import in_parallel

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)  # 10:00 in Berlin
LATER = MONDAY + timedelta(days=30)


def clock_rows(conversation):
    fields = ("kind", "cycle", "started_at", "due_at", "stopped_at", "stop_reason", "outcome", "business_seconds",
              "wall_seconds", "answered_at", "sentiment", "interaction_kind")  # fmt: skip
    return list(Clock.objects.filter(conversation=conversation).order_by("kind", "cycle").values(*fields))


def end_state(line, thread="t1"):
    conversation = factories.conversation(line, thread)
    fields = (
        "status", "sentiment", "stars", "started_at", "received_at", "due_at", "answered_at", "preview", "breached", "met",
    )  # fmt: skip
    shown = {field: getattr(conversation, field) for field in fields}
    messages = Interaction.objects.filter(conversation=conversation).order_by("external_id")
    return (
        shown,
        clock_rows(conversation),
        list(messages.values("external_id", "text", "stars", "edited_at", "deleted_at")),
    )


def test_same_interaction_twice_is_one_row(line):
    message = factories.item("Wann macht ihr auf?", at=MONDAY)

    first, second = factories.receive(line, message, message, now=LATER)
    (third,) = factories.receive(line, message, now=LATER)

    assert [first.status, second.status, third.status] == ["created", "duplicate", "duplicate"]
    assert first.id == second.id == third.id
    assert Interaction.objects.count() == 1


def test_question_gets_its_deadline(line):
    factories.receive(line, factories.item("Wann macht ihr auf?", at=MONDAY))

    first = clock_rows(factories.conversation(line))[0]
    assert (first["kind"], first["due_at"], first["outcome"]) == ("first", MONDAY + timedelta(hours=4), "open")


def test_answer_in_time_meets_and_late_one_breaches(line):
    in_time = [factories.item(at=MONDAY, thread="a"), factories.answer(at=MONDAY + timedelta(hours=1), thread="a")]
    late = [
        factories.item("Frage?", at=MONDAY, thread="b"),
        factories.answer(at=MONDAY + timedelta(hours=5), thread="b"),
    ]

    factories.receive(line, *in_time, *late)

    outcomes = dict(Clock.objects.filter(kind="first").values_list("conversation__thread_id", "outcome"))
    assert outcomes == {"a": "met", "b": "breached"}


STORY = [
    factories.item("Das Brot war leider schlecht", at=MONDAY, external_id="1", kind="review", stars=1),
    factories.answer(at=MONDAY + timedelta(hours=1), external_id="2"),
    factories.item("Und jetzt?", at=MONDAY + timedelta(hours=2), external_id="3"),
    factories.item("Hallo??", at=MONDAY + timedelta(hours=3), external_id="4"),
    factories.answer(at=MONDAY + timedelta(hours=6), external_id="5"),
]
EDITED = replace(STORY[0], text="Das Brot war doch gut", stars=5, edited_at=MONDAY + timedelta(hours=8))
DELETED = replace(STORY[3], text="", deleted_at=MONDAY + timedelta(hours=4))


@pytest.mark.parametrize("order", list(itertools.permutations(range(5)))[::7])
def test_order_of_arrival_does_not_matter(line, order):
    factories.receive(line, *STORY, now=LATER)
    in_order = end_state(line)
    Conversation.objects.all().delete()

    for place in order:
        factories.receive(line, STORY[place], now=LATER)

    assert end_state(line) == in_order


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))))
def test_edits_and_deletions_in_any_order_end_alike(line, order):
    told = [STORY[0], EDITED, STORY[3], DELETED]
    for one in told:
        factories.receive(line, one, now=LATER)
    in_order = end_state(line)
    Conversation.objects.all().delete()

    for place in order:
        factories.receive(line, told[place], now=LATER)

    assert end_state(line) == in_order


def test_other_content_without_time_of_change_is_refused(line):
    message = factories.item("eins", at=MONDAY)
    factories.receive(line, message)

    (receipt,) = factories.receive(line, replace(message, text="zwei"))

    assert receipt.status == "error"
    assert Interaction.objects.get().text == "eins"


def test_late_reply_written_in_time_meets_a_noticed_breach(line):
    factories.receive(line, factories.item("Frage?", at=MONDAY), now=LATER)
    Clock.objects.update(outcome="breached", breached_at=MONDAY + timedelta(hours=4), noticed_at=LATER)

    factories.receive(line, factories.answer(at=MONDAY + timedelta(hours=1)), now=LATER)

    assert clock_rows(factories.conversation(line))[0]["outcome"] == "met"


def test_history_is_measured_without_alerting(line):
    line.connected_at = LATER
    line.save()

    factories.receive(line, factories.item(at=MONDAY), factories.answer(at=MONDAY + timedelta(hours=1)), now=LATER)

    clock = Clock.objects.get()
    assert (clock.kind, clock.live, clock.outcome, clock.wall_seconds) == ("first", False, "met", 3600)
    assert factories.conversation(line).historic


def test_automatic_reply_stops_nothing(line):
    bot = factories.answer(at=MONDAY + timedelta(minutes=1), author=Author("bot", "Autoreply", bot=True))

    factories.receive(line, factories.item(at=MONDAY), bot)

    assert clock_rows(factories.conversation(line))[0]["outcome"] == "open"


def test_waiting_is_written_as_pause(line, cast):
    factories.receive(line, factories.item(at=MONDAY), factories.answer(at=MONDAY + timedelta(hours=1)))
    conversation = factories.conversation(line)
    Step.objects.create(
        client=cast.bakery, conversation=conversation, at=MONDAY + timedelta(hours=2), action="wait_customer"
    )

    factories.receive(line, factories.item("Da bin ich", at=MONDAY + timedelta(days=7)), now=LATER)

    assert factories.conversation(line).status == "open"
    assert Pause.objects.filter(conversation=conversation, to_at=None).count() == 0


def two_workers(*batches):
    """What two workers make of these batches at once; returns the receipts of each, and the channel."""
    client = factories.client(factories.agency(), "bakery")
    with scope([client.id]):
        line = factories.channel(client, "counter")
    works = iter(batches)

    def take():
        with scope([client.id]):
            return factories.receive(line, *next(works), now=LATER)

    return client, line, in_parallel(take)


@pytest.mark.django_db(transaction=True)
def test_one_batch_at_two_workers_is_stored_once():
    batch = [factories.item("Frage?", at=MONDAY, thread=f"t{n}") for n in range(40)]

    client, line, receipts = two_workers(batch, list(reversed(batch)))

    assert sorted(receipt.status for told in receipts for receipt in told) == ["created"] * 40 + ["duplicate"] * 40
    with scope([client.id]):
        assert Conversation.objects.count() == Interaction.objects.count() == Clock.objects.filter(kind="first").count() == 40


@pytest.mark.django_db(transaction=True)
def test_threads_begun_by_two_workers_at_once_end_as_from_one():
    asked = [factories.item("Frage?", at=MONDAY, thread=f"t{n}") for n in range(40)]
    answered = [factories.answer(at=MONDAY + timedelta(hours=1), thread=f"t{n}") for n in reversed(range(40))]

    client, line, _ = two_workers(asked, answered)

    with scope([client.id]):
        factories.receive(line, *(replace(one, external_id=f"x{one.external_id}", thread_id="one") for one in
                                  (asked[0], answered[0])), now=LATER)  # fmt: skip
        expected = end_state(line, "one")[:2]
        assert [end_state(line, f"t{n}")[:2] for n in range(40)] == [expected] * 40


def test_nobody_is_promised_an_answer_to_an_automatic_letter(line):
    start = datetime(2026, 3, 2, 9, tzinfo=UTC)
    machine = Author("news", "Newsletter", bot=True)

    factories.receive(line, factories.item("Unsere Angebote", at=start, author=machine))
    factories.receive(line, factories.item("Was ist im Brot?", at=start + timedelta(hours=1)))

    clocks = Clock.objects.order_by("kind").values_list("kind", "started_at")
    assert list(clocks) == [(kind, start + timedelta(hours=1)) for kind in ("first", "resolution")]
