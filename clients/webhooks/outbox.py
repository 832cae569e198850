"""What others are to hear of: written in the transaction of its cause, spread by a sweep that skips nothing."""

from collections.abc import Callable, Collection, Iterable
from datetime import UTC, datetime

from django.db import connection
from django.utils import timezone

from clients import access
from clients.models import Outgoing
from clients.scope import scope

from .vocabulary import ways

AT_ONCE = 1000
LISTENED = """
SELECT c.id, e.events FROM clients_client c JOIN agency_endpoint e ON e.agency_id = c.agency_id
    AND e.removed_at IS NULL AND (e.every_client OR c.id = ANY(e.client_ids))
WHERE c.id = ANY(%s)
"""
# One sweep at a time: side by side, the later event of a line could be on its way before the earlier one.
ALONE = "SELECT pg_try_advisory_xact_lock(hashtext('webhooks.spread'))"
SPREAD = """
WITH taken AS (
    SELECT o.id, o.client_id, o.type, o.line, o.at, c.agency_id
    FROM clients_outgoing o JOIN clients_client c ON c.id = o.client_id
    WHERE o.spread_at IS NULL ORDER BY o.id LIMIT %(limit)s
), made AS (
    INSERT INTO clients_delivery
        (client_id, endpoint_id, outgoing_id, type, line, at, state, next_at, fence, tries, error)
    SELECT t.client_id, e.id, t.id, t.type, t.line, t.at, 'waiting', %(now)s, 0, 0, ''
    FROM taken t JOIN agency_endpoint e ON e.agency_id = t.agency_id AND e.removed_at IS NULL
        AND (e.every_client OR t.client_id = ANY(e.client_ids))
        AND e.events && ARRAY[t.type, split_part(t.type, '.', 1) || '.*', '*']::varchar[]
    ORDER BY t.id, e.id
    ON CONFLICT DO NOTHING
)
UPDATE clients_outgoing o SET spread_at = %(now)s FROM taken t WHERE o.id = t.id
"""


def listened(client_ids: Collection[int], types: Collection[str]) -> set[tuple[int, str]]:
    """For which of these clients somebody wants to hear of which of these types."""
    if not client_ids:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(LISTENED, [sorted(set(client_ids))])
        wanted = [(client, set(events)) for client, events in cursor.fetchall()]
    return {(client, type) for client, events in wanted for type in types if events.intersection(ways(type))}


def tell(client_id: int, type: str, line: str, data: Callable[[], dict]) -> None:
    """Write one event, if anybody wants it; the client's scope is open, `line` names what it is about."""
    if listened([client_id], [type]):
        write([Outgoing(client_id=client_id, type=type, line=line, data=data())])


def write(events: Iterable[Outgoing]) -> None:
    """Write events that somebody wants. Whoever writes of a line holds it, so that its ids grow with its commits."""
    Outgoing.objects.bulk_create(events)


def instant(at: datetime | None) -> str | None:
    """ISO 8601 in UTC, as the API has it."""
    return at and at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def spread(*, now: datetime | None = None) -> int:
    """Make the deliveries of what was written; returns how many events.

    An event that commits late has its mark still: it is found whatever its id is.
    """
    with scope(access.live_client_ids()), connection.cursor() as cursor:
        cursor.execute(ALONE)
        if not cursor.fetchone()[0]:
            return 0
        cursor.execute(SPREAD, {"now": now or timezone.now(), "limit": AT_ONCE})
        return cursor.rowcount
