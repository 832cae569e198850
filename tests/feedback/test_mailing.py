"""Mail of alerts over real SMTP: once each, in time, and with the same Message-ID where it has to be repeated."""

from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.header import decode_header, make_header

import pytest
from aiosmtpd.controller import Controller

from clients import letters
from clients.scope import scope
from config.engines.ports import free_port
from feedback import mailing, sweeps
from feedback.models import Alert
from tests import factories
from tests.parallel import in_parallel

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)  # 10:00 in Berlin
LATE = MONDAY + timedelta(hours=4, seconds=1)
NIGHT, OPENING = datetime(2026, 3, 2, 22, tzinfo=UTC), datetime(2026, 3, 3, 8, tzinfo=UTC)


class Postbox:
    """Keeps what comes; refuses the recipients it is told to."""

    def __init__(self):
        self.letters, self.refused, self.greetings = [], set(), 0

    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        self.greetings += 1
        session.host_name = hostname
        return responses

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address in self.refused:
            return "550 nobody here by that name"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        self.letters.append((envelope.rcpt_tos[0], message_from_bytes(envelope.content)))
        return "250 OK"

    def ids(self):
        return sorted(letter["Message-ID"] for _, letter in self.letters)


@pytest.fixture
def postbox(settings):
    box = Postbox()
    server = Controller(box, hostname="127.0.0.1", port=free_port(None))
    server.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", server.port, 60
    yield box
    server.stop()


@pytest.fixture
def overdue(line):
    factories.receive(line, factories.item("Mein Geheimnis: wann macht ihr auf?", at=MONDAY))
    sweeps.notice_breaches(now=LATE)


def expected():
    return sorted(f"<alert-{id}@resonanz.invalid>" for id in Alert.objects.values_list("id", flat=True))


def test_each_alert_is_mailed_once(overdue, postbox, cast):
    counts = [mailing.mail_due(now=LATE), mailing.mail_due(now=LATE + timedelta(days=1))]

    assert (counts, postbox.ids(), postbox.greetings) == ([2, 0], expected(), 1)
    assert sorted(to for to, _ in postbox.letters) == sorted([cast.olga.email, cast.sam.email])


def test_mail_names_the_promise_and_not_the_customers_words(overdue, postbox):
    mailing.mail_due(now=LATE)

    letter = postbox.letters[0][1]
    assert str(make_header(decode_header(letter["Subject"]))).startswith("Bakery: ")
    assert "02.03.2026 14:00" in str(make_header(decode_header(letter["Subject"])))
    assert "Geheimnis" not in letter.as_string()


def test_night_alert_is_mailed_at_the_opening(line, postbox):
    factories.receive(line, factories.item("Frage?", at=MONDAY))
    sweeps.notice_breaches(now=NIGHT)

    assert [mailing.mail_due(now=at) for at in (NIGHT, OPENING - timedelta(seconds=1), OPENING)] == [0, 0, 2]


def test_mail_server_that_is_away_is_tried_again(overdue, postbox, settings):
    port, settings.EMAIL_PORT = settings.EMAIL_PORT, free_port(None)
    now = datetime.now(UTC)
    away = mailing.mail_due(now=now)
    states = set(Alert.objects.values_list("mail_state", flat=True))
    settings.EMAIL_PORT = port

    back = mailing.mail_due(now=now + timedelta(hours=1))

    assert (away, states, back, postbox.ids()) == (0, {"queued"}, 2, expected())


def test_mail_that_is_never_taken_is_given_up(overdue, settings, postbox):
    settings.EMAIL_PORT = free_port(None)

    for days in range(letters.TRIES + 2):
        mailing.mail_due(now=datetime.now(UTC) + timedelta(days=days))

    assert set(Alert.objects.values_list("mail_state", "mail_attempts")) == {("failed", letters.TRIES)}


def test_refused_recipient_does_not_keep_the_others_waiting(overdue, postbox, cast):
    postbox.refused = {cast.olga.email}

    sent = mailing.mail_due(now=LATE)

    assert (sent, [to for to, _ in postbox.letters]) == (1, [cast.sam.email])
    assert Alert.objects.get(recipient=cast.olga).mail_error != ""


def test_dead_workers_mail_is_repeated_with_the_same_id(overdue, postbox):
    mailing.mail_due(now=LATE)
    Alert.objects.update(mail_state="sending", mail_at=LATE + letters.LEASE)

    counts = [mailing.mail_due(now=LATE), mailing.mail_due(now=LATE + letters.LEASE)]

    assert (counts, postbox.ids()) == ([0, 2], sorted(expected() * 2))


def test_name_with_a_line_break_makes_no_header_of_its_own(overdue, postbox, cast):
    cast.bakery.name = "Bakery\nBcc: eve@evil.example"
    cast.bakery.save()

    mailing.mail_due(now=LATE)

    assert [letter["Bcc"] for _, letter in postbox.letters] == [None, None]


@pytest.mark.django_db(transaction=True)
def test_mailers_at_once_mail_each_alert_once(postbox):
    client = factories.client(factories.agency(), "bakery")
    with scope([client.id]):
        line = factories.channel(client, "counter")
        factories.receive(line, *(factories.item("Frage?", at=MONDAY, thread=f"t{n}") for n in range(60)))
        sweeps.notice_breaches(now=LATE)

    sent = in_parallel(lambda: mailing.mail_due(now=LATE), threads=3)

    with scope([client.id]):
        assert (sum(sent), postbox.ids()) == (60, expected())
