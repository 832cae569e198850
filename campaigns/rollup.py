"""How far each counter moved per local day, in SQL: what was marked is deleted and derived again from the snapshots.

The value of a counter at an instant is what the latest snapshot at or before it told, whatever its source; of several
at the same instant the source that comes first in `Source`. A post's counters were 0 before its first snapshot; a
channel was there before us, so its first snapshot is where counting begins. The change of a day is the value at its end
less the value at its beginning: it may be negative, and what moved in days without a snapshot lands on the next day
with one.
"""

from collections.abc import Iterable
from datetime import date, datetime

from django.db import connection, transaction
from django.utils import timezone

from clients.models import Calendar, Client

from .engagement import COUNTERS, OF_POSTS
from .models import StaleDay
from .vocabulary import Source

SUBJECTS_AT_ONCE = 500
Subject = tuple[int, int | None, date]  # channel, publication (None: the channel as a whole), first day to be derived


def _each(template: str, counters: Iterable[str] = COUNTERS) -> str:
    return ", ".join(template.format(c=counter) for counter in counters)


_RANK = f"array_position(ARRAY{list(Source.values)}, s.source::text)"
_FIRST = f"(array_agg(s.{{c}} ORDER BY s.observed_at, {_RANK}) FILTER (WHERE s.{{c}} IS NOT NULL))[1]"
_LAST = f"(array_agg(s.{{c}} ORDER BY s.observed_at DESC, {_RANK}) FILTER (WHERE s.{{c}} IS NOT NULL))[1]"
SUBJECT = """
SELECT * FROM unnest(%(channels)s::bigint[], %(publications)s::bigint[], %(lows)s::date[])
    u (channel_id, publication_id, low)
"""
FORGET = (
    """
    DELETE FROM {table} n USING ({subject}) u
    WHERE n.client_id = %(client)s AND n.publication_id = u.publication_id AND n.day >= u.low
    """,
    """
    DELETE FROM {table} n USING ({subject}) u
    WHERE n.client_id = %(client)s AND n.publication_id IS NULL AND u.publication_id IS NULL
        AND n.channel_id = u.channel_id AND n.day >= u.low
    """,
)
NUMBERS = f"""
INSERT INTO campaigns_numbersday
    (client_id, channel_id, publication_id, day, snapshots, captured_at, {_each("{c}")}, followers_total)
WITH subject AS ({SUBJECT}), told AS (
    SELECT s.*, u.low FROM subject u JOIN campaigns_snapshot s
        ON s.client_id = %(client)s AND s.publication_id = u.publication_id AND s.publication_id IS NOT NULL
    UNION ALL
    SELECT s.*, u.low FROM subject u JOIN campaigns_snapshot s
        ON s.client_id = %(client)s AND s.publication_id IS NULL AND s.channel_id = u.channel_id
    WHERE u.publication_id IS NULL
), daily AS (
    SELECT s.channel_id, s.publication_id, s.low,
        greatest((s.observed_at AT TIME ZONE %(zone)s)::date, s.low - 1) AS day, -- all before counts as one day
        count(*) AS snapshots, max(s.observed_at) AS captured_at,
        {_each(_FIRST + " AS {c}_first")}, {_each(_LAST + " AS {c}")}
    FROM told s GROUP BY 1, 2, 3, 4
), numbered AS (
    SELECT *, {_each("count({c}) OVER days AS {c}_turn")}
    FROM daily WINDOW days AS (PARTITION BY channel_id, publication_id ORDER BY day)
), carried AS (
    SELECT channel_id, publication_id, low, day, snapshots, captured_at, {_each("{c}_first")},
        {_each("max({c}) OVER (PARTITION BY channel_id, publication_id, {c}_turn) AS {c}")}
    FROM numbered
), changed AS (
    SELECT channel_id, publication_id, low, day, snapshots, captured_at, followers AS followers_total,
        {_each("{c} - coalesce(lag({c}) OVER days, CASE WHEN publication_id IS NULL THEN {c}_first ELSE 0 END) AS {c}")}
    FROM carried WINDOW days AS (PARTITION BY channel_id, publication_id ORDER BY day)
)
SELECT %(client)s, channel_id, publication_id, day, snapshots, captured_at, {_each("{c}", OF_POSTS)},
    CASE WHEN publication_id IS NULL THEN followers END, followers_total
FROM changed WHERE day >= low
"""
CLICKS = f"""
INSERT INTO campaigns_clickday (client_id, publication_id, day, clicks)
SELECT %(client)s, l.publication_id, (k.at AT TIME ZONE %(zone)s)::date, count(*)
FROM ({SUBJECT}) u
JOIN campaigns_shortlink l ON l.client_id = %(client)s AND l.publication_id = u.publication_id
JOIN campaigns_click k ON k.client_id = %(client)s AND k.link_id = l.id
WHERE (k.at AT TIME ZONE %(zone)s)::date >= u.low
GROUP BY 2, 3
"""
MARK = """
INSERT INTO campaigns_staleday (client_id, channel_id, publication_id, day, marked_at)
SELECT client, channel, publication, min((instant AT TIME ZONE (c.document ->> 'zone'))::date), %(now)s
FROM unnest(%(clients)s::bigint[], %(channels)s::bigint[], %(publications)s::bigint[], %(instants)s::timestamptz[])
    f (client, channel, publication, instant)
JOIN clients_calendar c ON c.client_id = f.client
GROUP BY 1, 2, 3
"""
MARK_ALL = """
INSERT INTO campaigns_staleday (client_id, channel_id, publication_id, day, marked_at)
SELECT %(client)s, channel_id, publication_id, min((at AT TIME ZONE %(zone)s)::date), now() FROM (
    SELECT channel_id, publication_id, observed_at AS at FROM campaigns_snapshot WHERE client_id = %(client)s
    UNION ALL
    SELECT p.channel_id, p.id, k.at FROM campaigns_click k
    JOIN campaigns_shortlink l ON l.client_id = k.client_id AND l.id = k.link_id
    JOIN campaigns_publication p ON p.client_id = l.client_id AND p.id = l.publication_id
    WHERE k.client_id = %(client)s
) facts GROUP BY 2, 3
"""


def zone(client_id: int) -> str:
    """The IANA zone whose days the client's sums count."""
    return Calendar.objects.values_list("document__zone", flat=True).get(client_id=client_id)


def mark(facts: Iterable[tuple[int, int, int | None, datetime]]) -> None:
    """Facts came in, as (client, channel, publication or None, instant): the next `fill` derives their sums again."""
    columns = [list(column) for column in zip(*facts, strict=True)]
    if columns:
        names = ("clients", "channels", "publications", "instants")
        with connection.cursor() as cursor:
            cursor.execute(MARK, dict(zip(names, columns, strict=True)) | {"now": timezone.now()})


def stale_clients(limit: int) -> list[int]:
    """Clients in scope whose sums are behind, the longest waiting first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT client_id FROM campaigns_staleday GROUP BY client_id ORDER BY min(marked_at) LIMIT %s", [limit]
        )
        return [row[0] for row in cursor.fetchall()]


@transaction.atomic
def fill(client_id: int) -> int:
    """Derive the marked sums of a client again; returns how many posts and channels. One at a time per client.

    The marks are taken in a statement of their own, before the facts are read: what is committed later brings its own
    mark. A late snapshot moves the days behind it too, so everything from its day on is derived.
    """
    with connection.cursor() as cursor:
        _lock(cursor, client_id)
        cursor.execute(
            "DELETE FROM campaigns_staleday WHERE client_id = %s RETURNING channel_id, publication_id, day", [client_id]
        )
        lows: dict[tuple, date] = {}
        for channel, publication, day in cursor.fetchall():
            lows[channel, publication] = min(day, lows.get((channel, publication), day))
    subjects = [(*subject, low) for subject, low in lows.items()]
    for start in range(0, len(subjects), SUBJECTS_AT_ONCE):
        _derive(client_id, subjects[start : start + SUBJECTS_AT_ONCE])
    return len(subjects)


def _lock(cursor, client_id: int) -> None:
    cursor.execute("SELECT pg_advisory_xact_lock(hashtext('numbers'), %s)", [client_id % 2**31])


def _derive(client_id: int, subjects: list[Subject]) -> None:
    channels, publications, lows = map(list, zip(*subjects, strict=True))
    values = {"client": client_id, "zone": zone(client_id)}
    values |= {"channels": channels, "publications": publications, "lows": lows}
    of_post, of_channel = FORGET
    with connection.cursor() as cursor:
        for statement in (of_post, of_channel):
            cursor.execute(statement.format(table="campaigns_numbersday", subject=SUBJECT), values)
        cursor.execute(NUMBERS, values)
        cursor.execute(of_post.format(table="campaigns_clickday", subject=SUBJECT), values)
        cursor.execute(CLICKS, values)


@transaction.atomic
def rebuild(client_id: int) -> int:
    """Derive every sum of a client again, for instance in a new time zone; returns how many posts and channels."""
    with connection.cursor() as cursor:
        _lock(cursor, client_id)
        for table in ("numbersday", "clickday", "staleday"):
            cursor.execute(f"DELETE FROM campaigns_{table} WHERE client_id = %s", [client_id])
        cursor.execute(MARK_ALL, {"client": client_id, "zone": zone(client_id)})
    return fill(client_id)


def filled_to(client_ids: Iterable[int], now: datetime) -> datetime:
    """Every fact stored before this instant is in the sums of these clients."""
    marked = StaleDay.objects.filter(client_id__among=client_ids).order_by("marked_at")
    return min(marked.values_list("marked_at", flat=True).first() or now, now)


def rebuild_if_days_moved(client: Client, zone_before: str) -> None:
    """A new time zone moves facts to other days."""
    if zone(client.id) != zone_before:
        rebuild(client.id)
