"""Mails alerts: claimed and committed first; a repetition after a dead worker carries the same Message-ID."""

from datetime import datetime, timedelta
from smtplib import SMTPException
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db import connection
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from clients import access
from clients.models import Calendar
from clients.scope import scope

from .models import Alert

LEASE, TRIES, AT_ONCE = timedelta(seconds=120), 8, 50
CLAIM = """
WITH due AS (
    SELECT id FROM feedback_alert WHERE mail_state IN ('queued', 'sending') AND mail_at <= %(now)s
    ORDER BY mail_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED
)
UPDATE feedback_alert a SET mail_state = 'sending', mail_fence = mail_fence + 1, mail_attempts = mail_attempts + 1,
    mail_at = %(lease)s
FROM due WHERE a.id = due.id RETURNING a.id
"""


def mail_due(*, now: datetime) -> int:
    """Send the alerts that are due, over one connection; returns how many were handed to the mail server."""
    clients = access.live_client_ids()
    with scope(clients):
        with connection.cursor() as cursor:
            cursor.execute(CLAIM, {"now": now, "lease": now + LEASE, "limit": AT_ONCE})
            ids = [row[0] for row in cursor.fetchall()]
        found = Alert.objects.select_related("recipient", "conversation__client").filter(id__in=ids).order_by("id")
        letters = [(alert, _letter(alert)) for alert in found]
    if not letters:
        return 0
    server = get_connection()
    try:
        return sum(_send(server, alert, letter) for alert, letter in letters)
    finally:
        server.close()


def _send(server, alert: Alert, letter: EmailMessage) -> bool:
    letter.connection = server
    try:
        server.open()  # kept for the letters after this one; without it each would get a connection of its own
        letter.send()
    except (SMTPException, OSError, ValueError) as error:  # ValueError: a header that can't be built
        server.close()
        _record(alert, **_later(alert, error))
        return False
    _record(alert, mail_state="sent", mailed_at=timezone.now(), mail_error="")
    return True


def _record(alert: Alert, **change) -> None:
    with scope([alert.client_id]):
        Alert.objects.filter(pk=alert.pk, mail_fence=alert.mail_fence).update(**change)


def _later(alert: Alert, error: Exception) -> dict:
    if alert.mail_attempts >= TRIES:
        return {"mail_state": "failed", "mail_error": str(error)[:500]}
    pause = timedelta(seconds=10 * 2**alert.mail_attempts)
    return {"mail_state": "queued", "mail_at": timezone.now() + pause, "mail_error": str(error)[:500]}


def _letter(alert: Alert) -> EmailMessage:
    """In the recipient's language and the client's local time; names the promise, not what the customer wrote."""
    client = alert.conversation.client
    zone = ZoneInfo(Calendar.objects.get(client=client).document["zone"])
    with translation.override(alert.recipient.language):
        kinds = {"first": _("first answer"), "next": _("next answer"), "resolution": _("solution")}
        due = date_format(alert.due_at.astimezone(zone), "SHORT_DATETIME_FORMAT")
        values = {"client": " ".join(client.name.split()), "kind": kinds[alert.kind], "due": due}
        subject = SUBJECTS[alert.level]() % values
        body = BODIES[alert.level]() % values
        link = f"{settings.BASE_URL}/api/v1/conversations/{alert.conversation_id}/"
        return EmailMessage(
            subject,
            f"{body}\n\n{link}\n",
            to=[alert.recipient.email],
            headers={"Message-ID": f"<alert-{alert.id}@resonanz.invalid>", "Auto-Submitted": "auto-generated"},
        )


SUBJECTS = {
    "warning": lambda: _("%(client)s: %(kind)s due %(due)s"),
    "breach": lambda: _("%(client)s: %(kind)s overdue since %(due)s"),
}
BODIES = {
    "warning": lambda: _("A customer of %(client)s waits for the %(kind)s. It was promised by %(due)s."),
    "breach": lambda: _("A customer of %(client)s still waits for the %(kind)s. It was promised by %(due)s."),
}
