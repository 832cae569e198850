"""What people decide: each decision with its effect on status and clocks, and the ones that don't apply."""

from datetime import timedelta

import pytest
from django.utils import timezone

from clients.models import Event
from clients.refusal import Conflict, Refused
from feedback import desk
from feedback.models import Clock, Interaction, Note, Pause, Reply
from tests import factories


@pytest.fixture
def waiting(line):
    """A question asked a minute ago on a manual channel."""
    at = timezone.now() - timedelta(minutes=1)
    factories.receive(line, factories.item("Frage?", at=at), now=at)
    return factories.conversation(line)


@pytest.fixture
def thanked(line, waiting):
    """Answered, and the customer wrote again."""
    at = waiting.received_at
    factories.receive(
        line, factories.answer(at=at + timedelta(seconds=5)), factories.item("Danke", at=at + timedelta(seconds=9))
    )
    return factories.conversation(line)


def again(conversation):
    return factories.conversation(conversation.channel, conversation.thread_id)


def clock(kind="first"):
    return Clock.objects.filter(kind=kind).order_by("cycle").last()


def test_answer_by_hand_meets_the_clock_at_its_time(waiting, cast):
    at = waiting.received_at + timedelta(seconds=20)

    reply = desk.answer(conversation=waiting, user=cast.sam, text="Ja", sent_at=at)

    assert (reply.state, clock().outcome, clock().stopped_at) == ("delivered", "met", at)
    assert Interaction.objects.get(direction="out").text == "Ja"


@pytest.mark.parametrize(
    ("then", "status"), [("", "open"), ("resolve", "resolved"), ("wait_customer", "waiting_customer")]
)
def test_answer_goes_on_with_what_follows(waiting, cast, then, status):
    desk.answer(conversation=waiting, user=cast.sam, text="Ja", then=then)

    assert (again(waiting).status, clock().outcome) == (status, "met")


@pytest.mark.parametrize("values", [{"text": ""}, {"text": " \n"}, {"text": "a\0"}, {"text": "Ja", "then": "dance"}])
def test_answer_without_sense_is_refused(waiting, cast, values):
    with pytest.raises(Refused):
        desk.answer(conversation=waiting, user=cast.sam, **values)

    assert Reply.objects.count() == 0


def test_answer_on_a_network_waits_for_its_delivery(social, cast):
    factories.receive(social[0], factories.item("Frage?", at=timezone.now()))

    reply = desk.answer(conversation=factories.conversation(social[0]), user=cast.sam, text="Ja")

    assert (reply.state, clock().outcome, Interaction.objects.count()) == ("queued", "open", 1)


def test_answer_on_a_network_takes_no_time_of_its_own(social, cast):
    factories.receive(social[0], factories.item("Frage?", at=timezone.now()))

    with pytest.raises(Refused):
        desk.answer(conversation=factories.conversation(social[0]), user=cast.sam, text="Ja", sent_at=timezone.now())


def test_note_stops_nothing(waiting, cast):
    desk.note(conversation=waiting, user=cast.sam, text="kenne ich")

    assert (Note.objects.get().text, clock().outcome, clock().stopped_at) == ("kenne ich", "open", None)


@pytest.mark.parametrize(
    ("action", "status", "outcome"),
    [
        ("resolve", "resolved", "met"),
        ("archive", "archived", "met"),
        ("spam", "spam", "cancelled"),
        ("block", "spam", "cancelled"),
    ],
)
def test_closing_stops_every_clock(waiting, cast, action, status, outcome):
    getattr(desk, action)(conversation=waiting, user=cast.sam)

    assert (again(waiting).status, clock().outcome, again(waiting).due_at) == (status, outcome, None)
    assert not Clock.objects.filter(stopped_at=None).exists()


@pytest.mark.parametrize(
    ("before", "action"),
    [
        ("resolve", "resolve"),
        ("archive", "archive"),
        ("archive", "resolve"),
        ("spam", "spam"),
        ("spam", "resolve"),
        ("spam", "reopen"),
        ("resolve", "wait"),
        (None, "reopen"),
        (None, "resume"),
        (None, "not_spam"),
        (None, "no_reply_needed"),
    ],
)
def test_decision_that_does_not_apply_is_a_conflict(waiting, cast, before, action):
    if before:
        getattr(desk, before)(conversation=waiting, user=cast.sam)
    options = {"on": "client"} if action == "wait" else {}

    with pytest.raises(Conflict):
        getattr(desk, action)(conversation=again(waiting), user=cast.sam, **options)


def test_not_spam_counts_as_if_it_had_never_been(waiting, cast):
    before = clock().started_at, clock().due_at
    desk.block(conversation=waiting, user=cast.sam)

    desk.not_spam(conversation=again(waiting), user=cast.sam)

    assert (again(waiting).status, clock().outcome, (clock().started_at, clock().due_at)) == ("open", "open", before)


def test_blocked_authors_next_message_is_spam(waiting, line, cast):
    desk.block(conversation=waiting, user=cast.sam)

    factories.receive(line, factories.item("Nochmal", at=timezone.now(), thread="t2"))

    assert factories.conversation(line, "t2").status == "spam"


def test_waiting_pauses_next_and_not_first(waiting, line, cast):
    desk.wait(conversation=waiting, user=cast.sam, on="customer")
    first_paused = clock().paused_at
    factories.receive(line, factories.answer(at=timezone.now()), factories.item("Und?", at=timezone.now()))
    desk.wait(conversation=again(waiting), user=cast.sam, on="client")

    assert (first_paused, clock("next").paused_at is not None) == (None, True)
    assert again(waiting).status == "waiting_client"


def test_resuming_ends_the_pause(thanked, cast):
    desk.wait(conversation=thanked, user=cast.sam, on="client")

    desk.resume(conversation=again(thanked), user=cast.sam)

    assert (again(thanked).status, clock("next").paused_at) == ("open", None)
    assert not Pause.objects.filter(to_at=None).exists()


def test_no_reply_needed_cancels_next_with_its_reason(thanked, cast):
    desk.no_reply_needed(conversation=thanked, user=cast.sam, reason="nur Dank")

    assert (clock("next").outcome, clock("next").stop_reason) == ("cancelled", "no_reply_needed")
    event = Event.objects.get(action="conversation.no_reply_needed")
    assert (event.actor, event.after["reason"]) == (cast.sam, "nur Dank")


def test_merged_messages_move_and_their_promise_is_cancelled(waiting, line, cast):
    factories.receive(line, factories.item("Dasselbe", at=timezone.now(), thread="t2"))

    desk.merge(conversation=factories.conversation(line, "t2"), user=cast.sam, into=waiting)

    assert factories.conversation(line, "t2").status == "merged"
    assert waiting.interactions.count() == 2
    assert set(Clock.objects.filter(stopped_at=None).values_list("conversation", flat=True)) <= {waiting.id}


def test_message_for_a_merged_thread_goes_where_it_went(waiting, line, cast):
    factories.receive(line, factories.item("Dasselbe", at=timezone.now(), thread="t2"))
    desk.merge(conversation=factories.conversation(line, "t2"), user=cast.sam, into=waiting)

    factories.receive(line, factories.item("Noch etwas", at=timezone.now(), thread="t2"))

    assert waiting.interactions.count() == 3


def test_merging_into_itself_is_refused(waiting, cast):
    with pytest.raises(Refused):
        desk.merge(conversation=waiting, user=cast.sam, into=waiting)


def test_correction_outranks_triage_for_good(waiting, line, cast):
    message = Interaction.objects.get()

    desk.correct(interaction=message, user=cast.sam, changes={"sentiment": "negative"})
    edit = factories.item("Super!", at=message.received_at, external_id=message.external_id, edited_at=timezone.now())
    factories.receive(line, edit, now=timezone.now())

    assert (Interaction.objects.get().sentiment, again(waiting).sentiment) == ("negative", "negative")
    assert clock().target_seconds == 2 * 3600


@pytest.mark.parametrize("changes", [{"sentiment": "angry"}, {"urgency": "low"}, {"question": "yes"}])
def test_unknown_correction_is_refused(waiting, cast, changes):
    with pytest.raises(Refused):
        desk.correct(interaction=Interaction.objects.get(), user=cast.sam, changes=changes)


def test_snooze_hides_until_the_customer_writes(waiting, line, cast):
    desk.snooze(conversation=waiting, user=cast.sam, until=timezone.now() + timedelta(days=1))
    slept = again(waiting).snoozed_until is not None

    factories.receive(line, factories.item("Hallo?", at=timezone.now()))

    assert (slept, again(waiting).snoozed_until) == (True, None)


def test_snooze_into_the_past_is_refused(waiting, cast):
    with pytest.raises(Refused):
        desk.snooze(conversation=waiting, user=cast.sam, until=timezone.now())


def test_assignment_is_logged_with_before_and_after(waiting, cast):
    desk.assign(conversation=waiting, user=cast.olga, assignee=cast.sam)

    event = Event.objects.get(action="conversation.assigned")
    assert (event.before, event.after) == ({"assignee": None}, {"assignee": cast.sam.email})
    assert again(waiting).assignee == cast.sam


def test_only_a_failed_reply_is_sent_again(waiting, cast):
    reply = desk.answer(conversation=waiting, user=cast.sam, text="Ja")

    with pytest.raises(Conflict):
        desk.retry(reply=reply, user=cast.sam)
