"""Asks the networks for numbers: of young posts often, of old ones rarely, of channels daily; stored as snapshots."""

import random
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict
from datetime import datetime, timedelta

import structlog
from django.db import connection
from django.utils import timezone

from clients import access, networks
from clients.accounts import account
from clients.networks.types import Limited, NetworkError, Numbers, Unknown
from clients.scope import scope
from clients.vault import Sealed

from . import snapshots
from .engagement import LARGEST
from .models import Observation
from .snapshots import Reading
from .vocabulary import Source

# How long until a post is asked about again, by its age; older ones are asked about no more.
PACE = (
    (timedelta(days=1), timedelta(hours=1)),
    (timedelta(days=7), timedelta(hours=6)),
    (timedelta(days=30), timedelta(days=1)),
    (timedelta(days=90), timedelta(days=7)),
)
DAILY, FIRST = timedelta(days=1), timedelta(minutes=10)
OLDEST = PACE[-1][0]
LEASE, AT_ONCE, PER_CLIENT = timedelta(minutes=5), 20, 5
LONGEST_PAUSE = timedelta(days=1)
PLAN_POSTS = """
INSERT INTO campaigns_observation (client_id, channel_id, publication_id, due_at, fence, failures, trouble)
SELECT p.client_id, p.channel_id, p.id, greatest(p.sent_at + %(first)s, %(now)s), 0, 0, ''
FROM campaigns_publication p JOIN clients_channel c ON c.id = p.channel_id
WHERE p.client_id = ANY(%(clients)s) AND p.sent_at > %(since)s AND p.state = 'sent' AND p.external_id <> ''
    AND c.network = ANY(%(networks)s)
    AND NOT EXISTS (
        SELECT FROM campaigns_observation o WHERE o.client_id = p.client_id AND o.publication_id = p.id)
ON CONFLICT DO NOTHING
"""
PLAN_CHANNELS = """
INSERT INTO campaigns_observation (client_id, channel_id, due_at, fence, failures, trouble)
SELECT c.client_id, c.id, %(now)s, 0, 0, ''
FROM clients_channel c
WHERE c.client_id = ANY(%(clients)s) AND c.network = ANY(%(networks)s) AND c.disabled_at IS NULL
    AND NOT EXISTS (
        SELECT FROM campaigns_observation o
        WHERE o.client_id = c.client_id AND o.channel_id = c.id AND o.publication_id IS NULL)
ON CONFLICT DO NOTHING
"""
CLAIM = """
WITH ranked AS (
    SELECT o.id, row_number() OVER (PARTITION BY o.client_id ORDER BY o.due_at, o.id) AS place
    FROM campaigns_observation o JOIN clients_channel c ON c.id = o.channel_id
    WHERE o.due_at <= %(now)s AND c.disabled_at IS NULL AND c.broken_at IS NULL
), due AS (
    SELECT o.id FROM campaigns_observation o JOIN ranked USING (id)
    WHERE place <= %(per_client)s AND o.due_at <= %(now)s
    ORDER BY place, o.due_at LIMIT %(limit)s FOR UPDATE OF o SKIP LOCKED
)
UPDATE campaigns_observation o SET fence = fence + 1, due_at = %(lease)s FROM due WHERE o.id = due.id RETURNING o.id
"""
log = structlog.get_logger(__name__)


def plan(*, now: datetime) -> None:
    """A row for every post that went out and every channel, where the network tells numbers."""
    clients = access.live_client_ids()
    counting = [slug for slug in networks.names() if networks.get(slug).counts]
    values = {"clients": clients, "networks": counting, "now": now, "since": now - OLDEST, "first": FIRST}
    with scope(clients), connection.cursor() as cursor:
        cursor.execute(PLAN_POSTS, values)
        cursor.execute(PLAN_CHANNELS, values)


def fetch_due(*, now: datetime) -> int:
    """Ask for what is due, at most 5 of one client at a time; returns how many were asked about.

    The calls run side by side and outside any transaction, so that a slow network holds up nobody else's numbers.
    """
    with scope(access.live_client_ids()):
        with connection.cursor() as cursor:
            values = {"now": now, "lease": now + LEASE, "limit": AT_ONCE, "per_client": PER_CLIENT}
            cursor.execute(CLAIM, values)
            ids = [id for (id,) in cursor.fetchall()]
        claimed = list(Observation.objects.filter(id__in=ids).select_related("channel__client", "publication"))
    if claimed:
        with ThreadPoolExecutor(len(claimed)) as pool:
            calls = {pool.submit(_call, row): row for row in claimed}
            for call in as_completed(calls):
                _record(calls[call], call.result())
    return len(claimed)


def _call(row: Observation) -> Numbers | Exception:
    """What the network said; without the database."""
    external_id = row.publication.external_id if row.publication else ""
    try:
        return readable(networks.get(row.channel.network).connector.numbers(account(row.channel), external_id))
    except (NetworkError, Sealed) as error:
        return error
    except Exception as error:  # a connector's own fault, which must not stop the others
        log.exception("connector_failed", network=row.channel.network)
        return Unknown(type(error).__name__)


def readable(numbers: Numbers) -> Numbers:
    """The numbers, if they can be kept. Raises Unknown."""
    if any(value is not None and not 0 <= value <= LARGEST for value in asdict(numbers).values()):
        raise Unknown("unreadable numbers")
    return numbers


def _record(row: Observation, said: Numbers | Exception) -> None:
    """Write the outcome unless somebody else claimed the row meanwhile."""
    now = timezone.now()
    failed = isinstance(said, Exception)
    change = _later(row, said, now) if failed else _next(row, now)
    with scope([row.client_id]):
        mine = Observation.objects.filter(pk=row.pk, fence=row.fence).update(**change)
        if mine and not failed and said != Numbers():
            snapshots.take([Reading(row.client_id, row.channel_id, row.publication_id, now, Source.API, said)])


def _next(row: Observation, now: datetime) -> dict:
    done = {"observed_at": now, "failures": 0, "trouble": ""}
    if row.publication is None:
        return done | {"due_at": now + DAILY}
    age = now - row.publication.sent_at
    pause = next((pause for until, pause in PACE if age < until), None)
    return done | {"due_at": pause and now + pause}


def _later(row: Observation, error: Exception, now: datetime) -> dict:
    """Again after a growing, jittered pause; whoever reads the channel sees its trouble elsewhere too."""
    pause = timedelta(minutes=5 * 2 ** min(row.failures, 9)) * random.uniform(0.8, 1.2)
    if isinstance(error, Limited):
        pause = max(pause, timedelta(seconds=error.retry_after))
    gone = row.publication is not None and now - row.publication.sent_at > OLDEST
    due = None if gone else now + min(pause, LONGEST_PAUSE)
    return {"due_at": due, "failures": row.failures + 1, "trouble": str(error)[:500]}
