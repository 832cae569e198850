"""Mails rows that tell people something: claimed and committed first; a repetition carries the same Message-ID."""

from collections.abc import Callable
from datetime import datetime, timedelta
from smtplib import SMTPException

import structlog
from django.core.mail import EmailMessage, get_connection
from django.db import connection
from django.utils import timezone

from . import access
from .models import Mailed
from .scope import scope

LEASE, TRIES, AT_ONCE = timedelta(seconds=120), 8, 50
log = structlog.get_logger(__name__)
CLAIM = """
WITH due AS (
    SELECT id FROM {table} WHERE mail_state IN ('queued', 'sending') AND mail_at <= %(now)s
    ORDER BY mail_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED
)
UPDATE {table} a SET mail_state = 'sending', mail_fence = mail_fence + 1, mail_attempts = mail_attempts + 1,
    mail_at = %(lease)s
FROM due WHERE a.id = due.id RETURNING a.id
"""


def mail_due(
    model: type[Mailed], related: tuple[str, ...], letter: Callable[[Mailed], EmailMessage], *, now: datetime
) -> int:
    """Send the rows of the model that are due, over one connection; returns how many the mail server took.

    `related` is read along with each row, from which `letter` makes its mail.
    """
    with scope(access.live_client_ids()):
        with connection.cursor() as cursor:
            cursor.execute(
                CLAIM.format(table=model._meta.db_table), {"now": now, "lease": now + LEASE, "limit": AT_ONCE}
            )
            ids = [row[0] for row in cursor.fetchall()]
        found = model.objects.select_related(*related).filter(id__in=ids).order_by("id")
        letters = [(row, mail) for row in found if (mail := _written(row, letter))]
    if not letters:
        return 0
    server = get_connection()
    try:
        return sum(_send(server, row, mail) for row, mail in letters)
    finally:
        server.close()


def _written(row: Mailed, letter: Callable[[Mailed], EmailMessage]) -> EmailMessage | None:
    """None for a row of which no letter can be made: it is tried again like one that can't be sent."""
    try:
        return letter(row)
    except Exception as error:  # one row at fault must not keep the others from being mailed
        log.exception("letter_not_written", table=row._meta.db_table, id=row.pk)
        _record(row, **_later(row, error))
        return None


def _send(server, row: Mailed, mail: EmailMessage) -> bool:
    mail.connection = server
    try:
        server.open()  # kept for the letters after this one; without it each would get a connection of its own
        mail.send()
    except (SMTPException, OSError, ValueError) as error:  # ValueError: a header that can't be built
        server.close()
        _record(row, **_later(row, error))
        return False
    _record(row, mail_state="sent", mailed_at=timezone.now(), mail_error="", **row.forgotten)
    return True


def _record(row: Mailed, **change) -> None:
    with scope(row.walls):
        type(row).objects.filter(pk=row.pk, mail_fence=row.mail_fence).update(**change)


def _later(row: Mailed, error: Exception) -> dict:
    if row.mail_attempts >= TRIES:
        return {"mail_state": "failed", "mail_error": str(error)[:500]} | row.forgotten
    pause = timedelta(seconds=10 * 2**row.mail_attempts)
    return {"mail_state": "queued", "mail_at": timezone.now() + pause, "mail_error": str(error)[:500]}
