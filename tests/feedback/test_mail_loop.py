"""A mail comes in with its deadline and is answered, all through the product, on a real mail server."""

from datetime import timedelta
from email.message import EmailMessage

import pytest
from django.utils import timezone

from clients import directory
from feedback import desk, polling, sending
from feedback.models import Clock, Conversation, Interaction, Reply
from tests.peers import mail as peer

pytestmark = [pytest.mark.slow, pytest.mark.skipif(bool(peer.missing()), reason=peer.missing())]


@pytest.fixture(scope="module")
def town():
    with peer.running() as running:
        yield running


@pytest.fixture
def account(cast, in_scope, settings, town):
    """The bakery's mailbox, which is a channel of it."""
    settings.ALLOW_PRIVATE_ADDRESSES = True
    town.dropped = False
    made = town.account(f"info{Conversation.objects.count()}{id(cast)}")
    directory.add_channel(
        client=cast.bakery, slug="mail", name="Mail", network="email", actor=None, url=made.url, account=made.account,
        credentials=made.secret, connected_at=timezone.now() - timedelta(days=1),
    )  # fmt: skip
    return made


def arrive(town, account, text, id, **headers):
    letter = EmailMessage()
    for name, value in ({"From": "Carla <carla@people.example>", "Subject": "Frage"} | headers).items():
        letter[name] = value
    letter["Message-ID"] = f"<{id}>"
    letter.set_content(text)
    town.arrive(account, letter)


def test_mail_is_answered_in_its_thread_and_stops_the_clock(town, account, cast):
    arrive(town, account, "Habt ihr Sonntag offen?", "q1@people.example")
    polling.poll_due(now=timezone.now())
    asked = Conversation.objects.get()
    before = Clock.objects.get(conversation=asked, kind="first")

    desk.answer(conversation=asked, user=cast.sam, text="Ja, bis elf.")
    sending.deliver_due(now=timezone.now())
    polling.poll_due(now=timezone.now() + timedelta(minutes=2))

    after = Clock.objects.get(pk=before.pk)
    assert (before.outcome, before.due_at is not None, after.outcome) == ("open", True, "met")
    assert [row.direction for row in Interaction.objects.order_by("id")] == ["in", "out"]
    assert (Reply.objects.get().state, Conversation.objects.count()) == ("delivered", 1)


def test_automatic_mail_is_marked_as_such(town, account):
    arrive(town, account, "Ich bin im Urlaub.", "q2@people.example", **{"Auto-Submitted": "auto-replied"})

    polling.poll_due(now=timezone.now())

    assert Interaction.objects.get().automated is True


def test_lost_answer_is_left_to_a_person_and_never_sent_again(town, account, cast):
    arrive(town, account, "Offen?", "q3@people.example")
    polling.poll_due(now=timezone.now())
    desk.answer(conversation=Conversation.objects.get(), user=cast.sam, text="Ja.")
    town.dropped, before = True, len(town.taken)

    for minutes in range(0, 300, 10):
        sending.deliver_due(now=timezone.now() + timedelta(minutes=minutes))

    reply = Reply.objects.get()
    assert (reply.state, len(town.taken) - before) == ("failed", 1)
    assert reply.error.startswith("Not confirmed, please look at the network itself")
