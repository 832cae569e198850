"""Delivers replies: claimed and committed first, sent outside any transaction, never repeated blindly."""

import random
import time
from datetime import datetime, timedelta

import structlog
from django.db import connection
from django.utils import timezone

from clients import access, credentials, networks
from clients.accounts import account
from clients.networks.types import Delivered, Limited, NetworkError, NotSent, Refused, Unauthorized, Unknown
from clients.scope import scope
from clients.vault import Sealed

from . import desk
from .models import Reply

# A call starts in the first 30 s of its lease and takes at most 43 s: when the lease lapses, what it may have written
# has been there for longer than a network's read lag.
LEASE, START_WITHIN = timedelta(seconds=90), timedelta(seconds=30)
TRIES, QUESTIONS, AT_ONCE, PER_CLIENT = 6, 20, 20, 5
log = structlog.get_logger(__name__)
CLAIM = """
WITH ranked AS (
    SELECT id, row_number() OVER (PARTITION BY client_id ORDER BY next_at) AS place FROM feedback_reply
    WHERE state IN ('queued', 'sending', 'unconfirmed') AND next_at <= %(now)s
), due AS (
    SELECT r.id, r.state FROM feedback_reply r JOIN ranked USING (id)
    WHERE place <= %(per_client)s AND r.state IN ('queued', 'sending', 'unconfirmed') AND r.next_at <= %(now)s
    ORDER BY r.next_at LIMIT %(limit)s FOR UPDATE OF r SKIP LOCKED
)
UPDATE feedback_reply r SET fence = r.fence + 1, next_at = %(lease)s,
    state = CASE due.state WHEN 'queued' THEN 'sending' ELSE 'unconfirmed' END,
    attempts = r.attempts + CASE due.state WHEN 'queued' THEN 1 ELSE 0 END
FROM due WHERE r.id = due.id RETURNING r.id, r.fence
"""


def deliver_due(*, now: datetime) -> int:
    """Send what is due, ask about what is unconfirmed; at most 5 replies of one client at a time."""
    clients = access.live_client_ids()
    with scope(clients):
        claims = _claim(now)
        replies = Reply.objects.select_related("channel__client", "user", "conversation__client").in_bulk(
            [id for id, _ in claims]
        )
    started = time.monotonic()
    for id, fence in claims:
        if time.monotonic() - started < START_WITHIN.total_seconds():
            _work(replies[id], fence)
        else:
            _give_back(replies[id], fence)
    return len(claims)


def _give_back(reply: Reply, fence: int) -> None:
    """The calls before took too long: nothing was sent for this one, so that anybody may claim it at once."""
    back = {"attempts": reply.attempts - 1, "state": "queued"} if reply.state == "sending" else {}
    with scope([reply.client_id]):
        Reply.objects.filter(pk=reply.pk, fence=fence).update(next_at=timezone.now(), **back)


def _claim(now: datetime) -> list[tuple[int, int]]:
    """Commit a claim on each due reply: a fence of its own, and a lease after which its outcome is unknown."""
    values = {"now": now, "lease": now + LEASE, "limit": AT_ONCE, "per_client": PER_CLIENT}
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, values)
        return cursor.fetchall()


def _work(reply: Reply, fence: int) -> None:
    network = networks.get(reply.channel.network)
    try:
        line = account(reply.channel)
        if reply.state == "sending":
            found = network.connector.reply(
                line, reply.conversation.thread_id, reply.parent_external_id or None, reply.text, str(reply.key)
            )
        else:
            found = network.connector.find_reply(
                line, reply.conversation.thread_id, str(reply.key), reply.text, reply.created_at
            )
        change = found if found else _not_there(reply, network)
    except (NetworkError, Sealed) as error:
        change = _after_error(reply, network, error)
    except Exception as error:  # a connector's own fault: whether it sent before is not known
        log.exception("connector_failed", network=reply.channel.network)
        change = _after_error(reply, network, Unknown(type(error).__name__))
    with scope([reply.client_id]):
        _record(reply.id, fence, change)


def _record(id: int, fence: int, change: Delivered | dict) -> None:
    """Write the outcome unless somebody else claimed the reply meanwhile."""
    reply = Reply.objects.select_for_update(of=["self"]).select_related("channel__client", "user").get(pk=id)
    if reply.fence != fence:
        return
    if isinstance(change, Delivered):
        desk.delivered(reply, external_id=change.external_id, at=change.created_at)
    else:
        Reply.objects.filter(pk=id).update(**change)


def _after_error(reply: Reply, network, error: Exception) -> dict:
    if isinstance(error, Unauthorized | Sealed):
        credentials.broken(reply.channel, str(error))
    if reply.state == "unconfirmed":
        return _ask_again(reply, str(error))
    if isinstance(error, Unknown):
        settle = timedelta(seconds=max(2 * network.read_lag, 1))
        return {"state": "unconfirmed", "attempts": 1, "next_at": timezone.now() + settle, "error": str(error)}
    if isinstance(error, Refused | Unauthorized | Sealed):
        return {"state": "failed", "error": str(error)}
    return _later(reply, error)


def _later(reply: Reply, error: NotSent | Limited | NetworkError) -> dict:
    """Nothing was sent: again with a growing, jittered pause, at most six times."""
    if reply.attempts >= TRIES:
        return {"state": "failed", "error": str(error)}
    pause = getattr(error, "retry_after", 0) + 2**reply.attempts * random.uniform(0.5, 1.5)
    return {"state": "queued", "next_at": timezone.now() + timedelta(seconds=pause), "error": str(error)}


def _not_there(reply: Reply, network) -> dict:
    """The network has no such reply: send again only where its absence proves that it never was."""
    if network.absence_is_proof:
        return {"state": "queued", "next_at": timezone.now()}
    return _ask_again(reply, "The network doesn't show this reply (yet).")


def _ask_again(reply: Reply, error: str) -> dict:
    """Still unknown: ask later; after twenty questions a person has to look."""
    if reply.attempts >= QUESTIONS:
        return {"state": "failed", "error": f"Not confirmed, please look at the network itself: {error}"}
    pause = timedelta(seconds=min(600, 5 * 2 ** min(reply.attempts, 7)))
    return {"state": "unconfirmed", "attempts": reply.attempts + 1, "next_at": timezone.now() + pause, "error": error}
