"""The mails of alerts: what each says, in the recipient's language and the client's time."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from clients import letters
from clients.models import Calendar

from .models import Alert

AT_ONCE = letters.AT_ONCE


def mail_due(*, now: datetime) -> int:
    """Send the alerts that are due; returns how many were handed to the mail server."""
    return letters.mail_due(Alert, ("recipient", "conversation__client"), _letter, now=now)


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
