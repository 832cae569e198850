"""Fetches what is new on the networks: a claimed channel is read outside any transaction, taken in with its cursor."""

import random
from concurrent.futures import ThreadPoolExecutor, as_completed
from datetime import datetime, timedelta

import structlog
from django.db import connection, transaction
from django.utils import timezone

from clients import access, credentials, networks
from clients.accounts import account
from clients.models import Channel
from clients.networks.types import Limited, NetworkError, Page, Unauthorized, Unknown
from clients.scope import scope
from clients.vault import Sealed

from . import inbox, intake
from .arrivals import Arrival

LEASE = timedelta(seconds=120)
AT_ONCE, PAGES = 20, 25
log = structlog.get_logger(__name__)
CLAIM = """
WITH due AS (
    SELECT id FROM clients_channel WHERE poll_at <= %(now)s AND disabled_at IS NULL
    ORDER BY poll_at LIMIT %(limit)s FOR NO KEY UPDATE SKIP LOCKED
)
UPDATE clients_channel c SET fence = fence + 1, poll_at = %(lease)s FROM due WHERE c.id = due.id RETURNING c.id
"""


def poll_due(*, now: datetime) -> int:
    """Poll the channels that are due, all pages that wait, up to 25 each; returns how many interactions were new.

    The calls run side by side, so that a slow network holds up nobody else's messages.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(CLAIM, {"now": now, "lease": now + LEASE, "limit": AT_ONCE})
        ids = [row[0] for row in cursor.fetchall()]
    waiting = list(access.due_channels().filter(id__in=ids).select_related("client__agency"))
    new = 0
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for _ in range(PAGES):
            calls = {pool.submit(_fetch, channel): channel for channel in waiting}
            waiting = []
            for call in as_completed(calls):
                taken, more = _outcome(calls[call], call.result())
                new += taken
                waiting += [calls[call]] if more else []
    return new


def soon(channel: Channel, now: datetime) -> None:
    """There is news: poll at once. A channel in trouble keeps its pause, a poll under way is followed by another."""
    known = Channel.objects.filter(pk=channel.pk, poll_at__gt=now, failures=0, disabled_at=None)
    known.update(poll_at=now)


def _fetch(channel: Channel) -> Page | Exception:
    """One page, without the database."""
    try:
        return networks.get(channel.network).connector.poll(account(channel), channel.cursor)
    except (NetworkError, Sealed) as error:
        return error
    except Exception as error:  # a connector's own fault
        log.exception("connector_failed", network=channel.network)
        return Unknown(type(error).__name__)


def _outcome(channel: Channel, said: Page | Exception) -> tuple[int, bool]:
    """How many interactions were new, and whether to go on with this channel."""
    if isinstance(said, Exception):
        _failed(channel, said)
        return 0, False
    taken = _take(channel, said)
    return taken or 0, said.more and taken is not None


def _take(channel: Channel, page: Page) -> int | None:
    """Store a page and its cursor in one transaction; None when another worker has claimed the channel meanwhile."""
    now = timezone.now()
    with scope([channel.client_id]):
        # Whoever stores interactions of the channel refers to it, and may hold a conversation that this page needs.
        held = Channel.objects.select_for_update(no_key=True).get(pk=channel.pk)
        if held.fence != channel.fence:
            return None
        arrivals = [Arrival(channel, item) for item in map(intake.defused, page.items) if intake.storable(item, now)]
        receipts = inbox.receive(arrivals, now=now)
        channel.cursor = page.cursor
        again = now if page.more else now + _pause(channel)
        if held.poll_at != channel.poll_at:  # it was made due meanwhile
            again = held.poll_at
        Channel.objects.filter(pk=channel.pk).update(
            cursor=page.cursor, polled_at=now, poll_at=again, **_recovered(held)
        )
    channel.poll_at = again
    return sum(receipt.status == "created" for receipt in receipts)


def _pause(channel: Channel) -> timedelta:
    return timedelta(seconds=networks.get(channel.network).every)


def _recovered(channel: Channel) -> dict:
    """What a success ends: the trouble that polling had, not that which others met."""
    return {"failures": 0, "trouble": "", "broken_at": None} if channel.failures else {}


def _failed(channel: Channel, error: Exception) -> None:
    pause = min(3600, 15 * 2 ** min(channel.failures, 8)) * random.uniform(0.8, 1.2)
    if isinstance(error, Limited):
        pause = max(pause, error.retry_after)
    Channel.objects.filter(pk=channel.pk, fence=channel.fence).update(
        failures=channel.failures + 1, trouble=str(error)[:500], poll_at=timezone.now() + timedelta(seconds=pause)
    )
    if isinstance(error, Unauthorized | Sealed):
        credentials.broken(channel, str(error))
