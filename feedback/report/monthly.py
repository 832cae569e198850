"""How a report comes about: drafted when its month is over, commented, released; from then on it never changes."""

import hashlib
import secrets
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import structlog
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.utils import timezone

from agency import rights
from agency.models import User
from agency.tokens import digest
from clients import access, audit, notices, scope, turns
from clients.models import Calendar, Client
from clients.refusal import Conflict, Refused
from feedback import outgoing
from feedback.models import Report

from . import compose, paper

LINK_LASTS = timedelta(days=90)
LONGEST, MOST_LINKS = 10_000, 20
SETTLED = timedelta(hours=6)  # after the month: late numbers come in
DRAFTED_UNTIL = timedelta(days=10)  # of the next month: later nobody waits for a draft
LANGUAGES = ("de", "en")
LEASE, TRIES, AT_ONCE = timedelta(minutes=5), 6, 10
CLAIM = """
WITH due AS (
    SELECT id FROM feedback_report WHERE build_at <= %(now)s ORDER BY build_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED
)
UPDATE feedback_report r SET build_at = %(lease)s, tries = tries + 1 FROM due WHERE r.id = due.id
RETURNING r.client_id, r.id
"""
log = structlog.get_logger(__name__)


@transaction.atomic
def draft(*, client: Client, month: date, actor: User | None, now: datetime | None = None) -> Report:
    """The draft of this month with figures as of now; one that is there is composed anew. Raises Refused, Conflict."""
    now = now or timezone.now()
    if month.day != 1:
        raise Refused("month", "must be the first day of a month")
    zone = Calendar.objects.values_list("document__zone", flat=True).get(client=client)
    if month > now.astimezone(ZoneInfo(zone)).date():
        raise Refused("month", "lies ahead")
    Client.objects.select_for_update(no_key=True).get(pk=client.pk)
    row = Report.objects.filter(client=client, month=month).first() or Report(client=client, month=month, author=actor)
    if row.released_at:
        raise Conflict("This report is released: it never changes.", "released")
    row.document, row.composed_at, row.updated_at = compose.compose(client, month, now), now, now
    row.version += 0 if row._state.adding else 1
    new = row._state.adding
    row.save()
    if new:
        audit.record(client, actor, "report.drafted", "report", row.id, after={"month": month})
    return row


@transaction.atomic
def comment(report: Report, *, text: str, actor: User, version: int | None = None) -> Report:
    """What whoever looks after the client says to the month. Raises Refused, Conflict."""
    report = _open(report)
    if version is not None and version != report.version:
        raise Conflict("The report was changed meanwhile; please look at it again.", "changed_meanwhile")
    text = text.replace("\0", "").strip()
    if len(text) > LONGEST:
        raise Refused("comment", f"has more than {LONGEST} characters")
    if text != report.comment:
        before, report.comment, report.author = report.comment, text, actor
        report.version, report.updated_at = report.version + 1, timezone.now()
        report.save(update_fields=["comment", "author", "version", "updated_at"])
        audit.record(
            report.client, actor, "report.commented", "report", report.id, {"comment": before}, {"comment": text}
        )
    return report


@transaction.atomic
def release(report: Report, *, actor: User) -> Report:
    """The client sees it from now on; workers make its files. Raises Refused, Conflict."""
    report = _open(report)
    now = timezone.now()
    zone = ZoneInfo(report.document["zone"])
    if compose.last_day(report.month) >= now.astimezone(zone).date():
        raise Refused("month", "is not over yet")
    report.released_at, report.releaser, report.build_at, report.tries = now, actor, now, 0
    report.version, report.updated_at = report.version + 1, now
    report.save()
    audit.record(report.client, actor, "report.released", "report", report.id, after={"month": report.month})
    notices.tell(report.client, "report_released", str(report.id), roles=rights.PORTAL, day=report.month.isoformat())
    outgoing.released(report, actor)
    return report


@transaction.atomic
def link(report: Report, *, actor: User) -> str:
    """The key of a new link that opens the report without an account; it can't be read again. Raises Conflict."""
    report = Report.objects.select_for_update(of=["self"]).select_related("client").get(pk=report.pk)
    if report.released_at is None:
        raise Conflict("Only a released report has a link.", "not_released")
    secret = secrets.token_urlsafe(32)
    report.digests = [*report.digests, digest(secret)][-MOST_LINKS:]
    report.links_end = timezone.now() + LINK_LASTS
    report.save(update_fields=["digests", "links_end"])
    audit.record(report.client, actor, "report.linked", "report", report.id)
    return f"{report.client_id}-{secret}"


@transaction.atomic
def close_links(report: Report, *, actor: User) -> None:
    """No link opens the report any more."""
    Report.objects.filter(pk=report.pk, client=report.client).update(digests=[], links_end=None)
    audit.record(report.client, actor, "report.unlinked", "report", report.id)


def enter(key: str) -> Report:
    """The report of this key, with the wall open for its client alone. Raises access.NotFound, whatever is wrong."""
    number, _, secret = key.partition("-")
    if number.isascii() and number.isdigit() and len(number) < 19 and int(number) in access.live_client_ids():
        scope.enter([int(number)])
        alive = Report.objects.filter(client_id=int(number), released_at__isnull=False, links_end__gt=timezone.now())
        found = alive.filter(digests__contains=[digest(secret)]).select_related("client__agency").first()
        if found is not None:
            return found
    raise access.NotFound("This link does not work, or no longer.")


def _open(report: Report) -> Report:
    report = Report.objects.select_for_update(of=["self"]).select_related("client__agency").get(pk=report.pk)
    if report.released_at:
        raise Conflict("This report is released: it never changes.", "released")
    return report


def file(report: Report, language: str) -> bytes:
    """The PDF: the stored one of a released report, else one made now."""
    path = report.files.get(language)
    if path and default_storage.exists(path):
        with default_storage.open(path) as stored:
            return stored.read()
    return paper.pdf(report, language)


def draft_due(*, now: datetime) -> None:
    """A draft of the month that has just ended, for each client that has none."""
    turns.each(access.live_client_ids(), lambda id: _draft_due(id, now))


def _draft_due(id: int, now: datetime) -> None:
    client = Client.objects.select_related("agency", "calendar").get(pk=id)
    local = (now - SETTLED).astimezone(ZoneInfo(client.calendar.document["zone"])).date()
    month = (local.replace(day=1) - timedelta(days=1)).replace(day=1)
    soon = local - local.replace(day=1) < DRAFTED_UNTIL
    if soon and client.created_at.date() <= compose.last_day(month):
        if not Report.objects.filter(client=client, month=month).exists():
            draft(client=client, month=month, actor=None, now=now)


def build_due(*, now: datetime) -> int:
    """Make the files of released reports that wait; returns how many were claimed. One at fault stops no other."""
    with scope.scope(access.live_client_ids()), connection.cursor() as cursor:
        cursor.execute(CLAIM, {"now": now, "lease": now + LEASE, "limit": AT_ONCE})
        claimed = cursor.fetchall()
    for client_id, id in claimed:
        with scope.scope([client_id]):
            report = Report.objects.select_related("client__agency").get(pk=id)
        try:
            files = {language: paper.pdf(report, language) for language in LANGUAGES}
        except Exception as error:  # whatever is wrong with one report, the others are built
            log.exception("report_not_built", client_id=client_id, report_id=id)
            _later(report, error, now)
            continue
        _keep(report, files)
    return len(claimed)


def _keep(report: Report, files: dict[str, bytes]) -> None:
    """Files are named by what is in them: made twice they are the same, and none is ever overwritten."""
    paths = {}
    for language, content in files.items():
        path = f"reports/{report.client_id}/{hashlib.sha256(content).hexdigest()}.pdf"
        paths[language] = path if default_storage.exists(path) else default_storage.save(path, ContentFile(content))
    with scope.scope([report.client_id]):
        Report.objects.filter(pk=report.pk).update(files=paths, build_at=None, trouble="")


def _later(report: Report, error: Exception, now: datetime) -> None:
    again = None if report.tries >= TRIES else now + timedelta(seconds=30 * 2**report.tries)
    with scope.scope([report.client_id]):
        Report.objects.filter(pk=report.pk).update(build_at=again, trouble=str(error)[:500])
