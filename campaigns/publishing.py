"""Publishes posts: claimed and committed first, checked by the gate, sent outside any transaction, never repeated
blindly."""

import random
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.db import connection
from django.utils import timezone

from clients import access, audit, credentials, networks
from clients.accounts import account
from clients.networks.types import Draft, NetworkError, NotSent, Published, Refused, Unauthorized, Unknown
from clients.scope import scope
from clients.vault import Sealed

from . import approval, fit, limits, media, outgoing, reports, tracking
from .models import Publication, PublishingRule
from .vocabulary import State

# As for replies: a call starts in the first 30 s of its lease and takes at most 43 s, so that at least 17 s before the
# lease lapses nothing is written any more.
LEASE, START_WITHIN, QUIET = timedelta(seconds=90), timedelta(seconds=30), timedelta(seconds=17)
RECONNECTED = timedelta(seconds=60)  # how soon a channel that works again is noticed
TRIES, QUESTIONS, AT_ONCE, PER_CLIENT = 6, 20, 20, 5
CLAIM = """
WITH busy AS (
    SELECT client_id, count(*) AS calls FROM campaigns_publication
    WHERE state = 'sending' AND due_at > %(now)s AND due_at <= %(lease)s GROUP BY client_id
), ranked AS (
    SELECT id, row_number() OVER (PARTITION BY client_id ORDER BY due_at, id) + coalesce(calls, 0) AS place
    FROM campaigns_publication LEFT JOIN busy USING (client_id)
    WHERE state IN ('scheduled', 'sending', 'unconfirmed') AND due_at <= %(now)s
), due AS (
    SELECT p.id, p.state FROM campaigns_publication p JOIN ranked USING (id)
    WHERE place <= %(per_client)s AND p.state IN ('scheduled', 'sending', 'unconfirmed') AND p.due_at <= %(now)s
    ORDER BY place, p.due_at LIMIT %(limit)s FOR UPDATE OF p SKIP LOCKED
)
UPDATE campaigns_publication p SET fence = p.fence + 1, due_at = %(lease)s,
    state = CASE due.state WHEN 'scheduled' THEN 'sending' ELSE 'unconfirmed' END
FROM due WHERE p.id = due.id RETURNING p.id, due.state
"""
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Job:
    """A claimed publication with what it said when the gate let it pass."""

    row: Publication
    draft: Draft
    since: datetime


class TooLate(Exception):
    """The lease was half over before the call began."""


def publish_due(*, now: datetime) -> int:
    """Publish what is due, ask about what is unconfirmed; at most 5 of one client at a time. Returns how many.

    The calls run side by side, so that a slow network holds up nobody else's posts.
    """
    started = time.monotonic()
    with scope(access.live_client_ids()):
        claimed = _claim(now)
        jobs = _passed(claimed, now)
    if jobs:
        with ThreadPoolExecutor(len(jobs)) as pool:
            calls = {pool.submit(_call, job, started): job for job in jobs}
            for call in as_completed(calls):
                _record(calls[call].row, _outcome(calls[call].row, call.result()))
    return len(claimed)


def _claim(now: datetime) -> dict[int, str]:
    """A fence for each due publication, and a lease after which its outcome is unknown; each with its state before."""
    values = {"now": now, "lease": now + LEASE, "limit": AT_ONCE, "per_client": PER_CLIENT}
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, values)
        return dict(cursor.fetchall())


def _passed(claimed: dict[int, str], now: datetime) -> list[Job]:
    """Those claimed that may be sent, in the claim's own transaction: nobody can change them before it commits."""
    related = ("post__campaign", "post__client", "channel__client")
    rows = Publication.objects.filter(id__in=claimed).select_related(*related).order_by("due_at", "id")
    rows = rows.prefetch_related("post__attachments")
    rules = defaultdict(PublishingRule)
    rules |= {
        rule.client_id: rule for rule in PublishingRule.objects.filter(client__publications__in=claimed).distinct()
    }
    jobs = []
    for row in rows:
        if row.state == State.SENDING and (refusal := _refusal(row, rules[row.client_id], now)):
            _write(row, refusal)
        elif claimed[row.id] == State.SENDING and (wait := _settling(row)) > QUIET:
            _write(row, {"state": State.UNCONFIRMED, "due_at": now + wait, "reason": "A worker died while sending it."})
        elif row.channel.broken_at:
            _write(row, _waiting_for_channel(row, now + RECONNECTED))
        else:
            if row.state == State.SENDING:
                Publication.objects.filter(pk=row.pk).update(sent_hash=approval.hash_of(row.post, row))
            jobs.append(Job(row, _draft(row, rules[row.client_id]), (row.planned_at or now) - timedelta(hours=1)))
    return jobs


def _settling(row: Publication) -> timedelta:
    """How long after a write the network's silence may be believed: twice its read lag."""
    return timedelta(seconds=max(2 * networks.get(row.channel.network).read_lag, 1))


def _refusal(row: Publication, rule: PublishingRule, now: datetime) -> dict | None:
    """Where a publication goes that must not be sent now, and why."""
    if stage := approval.missing(row.post, row, rule):
        return approval.waits(row.post, row, stage, rule) | {"reason": f"The {stage} approval is missing."}
    if row.planned_at and now > _last_moment(row, rule):
        late = f"The slot of {row.planned_at:%Y-%m-%d %H:%M} UTC was missed."
        return {"state": State.MISSED, "due_at": None, "reason": f"{late} {row.reason}".strip()}
    if found := fit.faults(row.post, row, rule, complete=True):
        return _failed(" ".join(said for _, said, _ in found))
    if row.channel.disabled_at:
        return _failed(f"The channel {row.channel.slug} is switched off.")
    if networks.get(row.channel.network).manual:
        tracking.outgoing(row.post, row, rule)  # whoever publishes it copies the short link
        reports.by_hand(row)
        return {"state": State.SCHEDULED, "due_at": None}
    if row.channel.broken_at:
        return _waiting_for_channel(row, now + RECONNECTED)
    return None


def _last_moment(row: Publication, rule: PublishingRule) -> datetime:
    return row.planned_at + timedelta(minutes=rule.tolerance)


def _draft(row: Publication, rule: PublishingRule) -> Draft:
    link = tracking.outgoing(row.post, row, rule)
    return Draft(
        key=str(row.key),
        text=limits.linked(row.variant or row.post.text, row.post.link, link),
        title=row.post.title,
        link=link,
        media=media.for_sending(row.post),
        tags=tuple(row.post.tags),
    )


def _call(job: Job, started: float) -> Published | Exception | None:
    """What the network said; without the database. A call that would begin too late is not made: TooLate."""
    if time.monotonic() - started > START_WITHIN.total_seconds():
        return TooLate()
    if job.row.state == State.SENDING and not all(picture.content for picture in job.draft.media):
        return NotSent("A picture can't be read.")
    connector = networks.get(job.row.channel.network).connector
    try:
        line = account(job.row.channel)
        if job.row.state == State.SENDING:
            return connector.publish(line, job.draft)
        return connector.find_post(line, job.draft, job.since)
    except (NetworkError, Sealed) as error:
        return error
    except Exception as error:  # a connector's own fault: whether it sent before is not known
        log.exception("connector_failed", network=job.row.channel.network)
        return Unknown(type(error).__name__)


def _outcome(row: Publication, said: Published | Exception | None) -> dict:
    if isinstance(said, TooLate):  # nothing was sent, so that anybody may claim it at once
        state = State.SCHEDULED if row.state == State.SENDING else State.UNCONFIRMED
        return {"state": state, "due_at": timezone.now()}
    if isinstance(said, Exception):
        return _after_error(row, said)
    return _sent(said) if said else _not_there(row)


def _record(row: Publication, change: dict) -> None:
    """Write the outcome unless somebody else claimed or settled the publication meanwhile."""
    with scope([row.client_id]):
        now = Publication.objects.select_for_update(of=["self"]).get(pk=row.pk)
        if now.fence == row.fence:
            _write(row, change)


def _write(row: Publication, change: dict) -> None:
    Publication.objects.filter(pk=row.pk).update(updated_at=timezone.now(), **change)
    reports.told(row, change["state"], change.get("reason", ""), at=change["due_at"])
    if change["state"] in (State.SENT, State.FAILED, State.MISSED):
        after = {"channel": row.channel.slug, "reason": change.get("reason", ""), "url": change.get("url", "")}
        audit.record(row.post.client, None, f"post.{change['state']}", "publication", row.pk, after=after)
        outgoing.ended(row.post, row, change["state"], after["reason"], after["url"])


def _sent(found: Published) -> dict:
    return {
        "state": State.SENT,
        "external_id": found.external_id,
        "url": found.url,
        "sent_at": found.created_at,
        "due_at": None,
        "reason": "",
    }


def _failed(reason: str) -> dict:
    return {"state": State.FAILED, "due_at": None, "reason": reason}


def _after_error(row: Publication, error: Exception) -> dict:
    if isinstance(error, Unauthorized | Sealed):
        with scope([row.client_id]):
            credentials.broken(row.channel, str(error))
        return _waiting_for_channel(row, timezone.now() + RECONNECTED)
    if row.state == State.UNCONFIRMED:
        return _ask_again(row, str(error))
    if isinstance(error, Unknown):
        due = timezone.now() + _settling(row)
        return {"state": State.UNCONFIRMED, "questions": 0, "due_at": due, "reason": str(error)}
    if isinstance(error, Refused):
        return _failed(f"{row.channel.slug}: {error}")
    return _later(row, error)


def _waiting_for_channel(row: Publication, at: datetime) -> dict:
    """Nothing was done and nothing is lost: it goes on once the channel is connected again, sent unless its slot is
    over, asked about in any case."""
    state = State.SCHEDULED if row.state == State.SENDING else State.UNCONFIRMED
    return {"state": state, "due_at": at, "reason": f"The channel {row.channel.slug} has to be connected again."}


def _later(row: Publication, error: Exception) -> dict:
    """Nothing was sent: again with a growing, jittered pause, at most six times."""
    tries = row.tries + 1
    if tries >= TRIES:
        return _failed(f"Given up after {TRIES} attempts: {error}") | {"tries": tries}
    pause = getattr(error, "retry_after", 0) + 2 * 3**tries * random.uniform(0.5, 1.5)
    due = timezone.now() + timedelta(seconds=pause)
    return {"state": State.SCHEDULED, "tries": tries, "due_at": due, "reason": str(error)}


def _not_there(row: Publication) -> dict:
    """The network has no such post: send again only where its absence proves that it never was."""
    if not networks.get(row.channel.network).absence_is_proof:
        return _ask_again(row, "The network doesn't show this post (yet).")
    tries = row.tries + 1
    if tries >= TRIES:
        return _failed(f"Given up after {TRIES} attempts: {row.reason}") | {"tries": tries}
    return {"state": State.SCHEDULED, "tries": tries, "due_at": timezone.now()}


def _ask_again(row: Publication, reason: str) -> dict:
    """Still unknown: ask later; after twenty questions a person has to look, who settles it."""
    if row.questions >= QUESTIONS:
        reason = f"Not confirmed, please look at the network itself: {reason}"
        return {"state": State.UNCONFIRMED, "due_at": None, "reason": reason}
    due = timezone.now() + timedelta(seconds=min(600, 5 * 2 ** min(row.questions, 7)))
    return {"state": State.UNCONFIRMED, "questions": row.questions + 1, "due_at": due, "reason": reason}
