"""Sums of service per client and local day, in SQL: marked days are deleted and summed again from the facts."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime

from django.db import connection, transaction
from django.utils import timezone

from clients.models import Calendar, Client

from . import bulk
from .models import DirtyDay, ServiceDay, VolumeDay

DAYS_AT_ONCE = 400
SERVICE = """
INSERT INTO feedback_serviceday (client_id, channel_id, day, interaction_kind, sentiment, clock_kind, started, answered,
    waiting, closed, cancelled, no_reply_needed, business, wall, met, breached, late_ingest, open_due)
WITH bounds AS (
    SELECT day, day::timestamp AT TIME ZONE %(zone)s AS low, (day + 1)::timestamp AT TIME ZONE %(zone)s AS high
    FROM unnest(%(days)s::date[]) day
), asked AS (
    SELECT c.channel_id, b.day, c.interaction_kind, c.sentiment, c.kind,
        count(*) FILTER (WHERE c.outcome <> 'cancelled') AS started,
        count(*) FILTER (WHERE c.outcome <> 'cancelled' AND c.wall_seconds IS NOT NULL) AS answered,
        count(*) FILTER (WHERE c.stopped_at IS NULL) AS waiting,
        count(*) FILTER (
            WHERE c.outcome <> 'cancelled' AND c.stopped_at IS NOT NULL AND c.wall_seconds IS NULL) AS closed,
        count(*) FILTER (WHERE c.outcome = 'cancelled') AS cancelled,
        count(*) FILTER (WHERE c.stop_reason = 'no_reply_needed') AS no_reply_needed,
        coalesce(array_agg(c.business_seconds ORDER BY c.business_seconds) FILTER (
            WHERE c.outcome <> 'cancelled' AND c.business_seconds IS NOT NULL), '{}') AS business,
        coalesce(array_agg(c.wall_seconds ORDER BY c.wall_seconds) FILTER (
            WHERE c.outcome <> 'cancelled' AND c.wall_seconds IS NOT NULL), '{}') AS wall
    FROM bounds b JOIN feedback_clock c
        ON c.client_id = %(client)s AND c.started_at >= b.low AND c.started_at < b.high
    GROUP BY 1, 2, 3, 4, 5
), promised AS (
    SELECT c.channel_id, b.day, c.interaction_kind, c.sentiment, c.kind,
        count(*) FILTER (WHERE c.outcome = 'met') AS met,
        count(*) FILTER (WHERE c.outcome = 'breached' AND c.stopped_at IS NOT NULL AND NOT c.late_ingest) AS breached,
        count(*) FILTER (WHERE c.outcome IN ('open', 'breached') AND c.late_ingest) AS late_ingest,
        coalesce(array_agg(c.due_at ORDER BY c.due_at) FILTER (
            WHERE c.stopped_at IS NULL AND NOT c.late_ingest AND (c.paused_at IS NULL OR c.outcome = 'breached')), '{}')
            AS open_due
    FROM bounds b JOIN feedback_clock c
        ON c.client_id = %(client)s AND c.due_at >= b.low AND c.due_at < b.high
    GROUP BY 1, 2, 3, 4, 5
)
SELECT %(client)s, channel_id, day, interaction_kind, sentiment, kind, coalesce(started, 0), coalesce(answered, 0),
    coalesce(waiting, 0), coalesce(closed, 0), coalesce(cancelled, 0), coalesce(no_reply_needed, 0),
    coalesce(business, '{}'), coalesce(wall, '{}'), coalesce(met, 0), coalesce(breached, 0), coalesce(late_ingest, 0),
    coalesce(open_due, '{}')
FROM asked FULL JOIN promised USING (channel_id, day, interaction_kind, sentiment, kind)
"""
VOLUME = """
INSERT INTO feedback_volumeday (client_id, channel_id, day, interaction_kind, sentiment, received, sent)
WITH bounds AS (
    SELECT day, day::timestamp AT TIME ZONE %(zone)s AS low, (day + 1)::timestamp AT TIME ZONE %(zone)s AS high
    FROM unnest(%(days)s::date[]) day
)
SELECT %(client)s, i.channel_id, b.day, i.kind, i.sentiment,
    count(*) FILTER (WHERE i.direction = 'in'), count(*) FILTER (WHERE i.direction = 'out')
FROM bounds b JOIN feedback_interaction i
    ON i.client_id = %(client)s AND i.received_at >= b.low AND i.received_at < b.high
WHERE i.deleted_at IS NULL
GROUP BY 2, 3, 4, 5
"""
MARK = """
INSERT INTO feedback_dirtyday (client_id, day, marked_at)
SELECT DISTINCT f.client, (f.instant AT TIME ZONE (c.document ->> 'zone'))::date, f.now
FROM json_to_recordset(%s) AS f (client bigint, instant timestamptz, now timestamptz)
JOIN clients_calendar c ON c.client_id = f.client
"""


def zone(client_id: int) -> str:
    """The IANA zone whose days the client's sums count."""
    return Calendar.objects.values_list("document__zone", flat=True).get(client_id=client_id)


def mark(client_id: int, instants: Iterable[datetime]) -> None:
    """Facts at these instants changed: their local days are summed again by the next `fill`."""
    mark_many({client_id: instants})


def mark_many(facts: Mapping[int, Iterable[datetime]]) -> None:
    """The same for several clients at once, by client."""
    now = timezone.now()
    rows = [{"client": id, "instant": at, "now": now} for id, instants in sorted(facts.items()) for at in instants]
    bulk.run(MARK, rows)


def dirty_clients(limit: int) -> list[int]:
    """Clients in scope whose sums are behind, the longest waiting first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT client_id FROM feedback_dirtyday GROUP BY client_id ORDER BY min(marked_at) LIMIT %s", [limit]
        )
        return [row[0] for row in cursor.fetchall()]


@transaction.atomic
def fill(client_id: int) -> int:
    """Sum the marked days of a client again; returns how many. Safe to run twice and at once: one at a time per client.

    The marks are taken in a statement of their own, before the facts are read: what is committed later brings
    its own mark.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('rollup'), %s)", [client_id % 2**31])
        cursor.execute("DELETE FROM feedback_dirtyday WHERE client_id = %s RETURNING day", [client_id])
        days = sorted({row[0] for row in cursor.fetchall()})
    for start in range(0, len(days), DAYS_AT_ONCE):
        _sum(client_id, days[start : start + DAYS_AT_ONCE])
    return len(days)


def _sum(client_id: int, days: list[date]) -> None:
    values = {"client": client_id, "zone": zone(client_id), "days": days}
    with connection.cursor() as cursor:
        for table, insert in (("feedback_serviceday", SERVICE), ("feedback_volumeday", VOLUME)):
            cursor.execute(f"DELETE FROM {table} WHERE client_id = %(client)s AND day = ANY(%(days)s)", values)
            cursor.execute(insert, values)


@transaction.atomic
def rebuild(client_id: int) -> int:
    """Sum every day of a client again, for instance in a new time zone; returns the number of days."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('rollup'), %s)", [client_id % 2**31])
    ServiceDay.objects.filter(client_id=client_id).delete()
    VolumeDay.objects.filter(client_id=client_id).delete()
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO feedback_dirtyday (client_id, day, marked_at)
            SELECT %(client)s, day, now() FROM (
                SELECT (started_at AT TIME ZONE %(zone)s)::date AS day FROM feedback_clock WHERE client_id = %(client)s
                UNION SELECT (due_at AT TIME ZONE %(zone)s)::date FROM feedback_clock
                    WHERE client_id = %(client)s AND due_at IS NOT NULL
                UNION SELECT (received_at AT TIME ZONE %(zone)s)::date FROM feedback_interaction
                    WHERE client_id = %(client)s
            ) d
            """,
            {"client": client_id, "zone": zone(client_id)},
        )
    return fill(client_id)


def filled_to(client_ids: Iterable[int], now: datetime) -> datetime:
    """Every fact stored before this instant is in the sums of these clients."""
    marked = DirtyDay.objects.filter(client_id__among=client_ids).order_by("marked_at")
    return min(marked.values_list("marked_at", flat=True).first() or now, now)


def rebuild_if_days_moved(client: Client, zone_before: str) -> None:
    """A new time zone moves facts to other days."""
    if zone(client.id) != zone_before:
        rebuild(client.id)
