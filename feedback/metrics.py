"""Answers "how fast is each client answered" from the sums: response times, promises kept, what is open."""

from collections.abc import Sequence
from datetime import date, datetime

from django.db import connection

from . import rollup

BY = {
    "total": "NULL::text",
    "day": "r.day::text",
    "channel": "ch.slug",
    "kind": "r.interaction_kind",
    "sentiment": "r.sentiment",
}
CLOCKS = ("first", "next", "resolution")
SHARES = (0.5, 0.9, 0.95)
COUNTS = """
SELECT r.client_id, {by} AS key, r.clock_kind, sum(r.started), sum(r.answered), sum(r.waiting), sum(r.closed),
    sum(r.cancelled), sum(r.no_reply_needed), sum(r.met), sum(r.breached), sum(r.late_ingest),
    sum((SELECT count(*) FROM unnest(r.open_due) due WHERE due < %(now)s))
FROM feedback_serviceday r JOIN clients_channel ch ON ch.id = r.channel_id
WHERE r.client_id = ANY(%(clients)s) AND r.day BETWEEN %(low)s AND %(high)s
GROUP BY 1, 2, 3
"""
TIMES = """
SELECT r.client_id, {by} AS key, r.clock_kind,
    percentile_disc(%(shares)s) WITHIN GROUP (ORDER BY seconds)
FROM feedback_serviceday r JOIN clients_channel ch ON ch.id = r.channel_id, unnest(r.{basis}) seconds
WHERE r.client_id = ANY(%(clients)s) AND r.day BETWEEN %(low)s AND %(high)s
GROUP BY 1, 2, 3
"""
VOLUME = """
SELECT r.client_id, {by} AS key, sum(r.received), sum(r.sent)
FROM feedback_volumeday r JOIN clients_channel ch ON ch.id = r.channel_id
WHERE r.client_id = ANY(%(clients)s) AND r.day BETWEEN %(low)s AND %(high)s
GROUP BY 1, 2
"""


def response_times(clients: Sequence[int], low: date, high: date, by: str, now: datetime) -> list[dict]:
    """A row per client and value of `by`, both local days included; times in seconds, shares 0 … 1 or None.

    n counts the customers' turns (first and next) that began in the period; answered, open and closed divide them.
    A promise counts in the period in which it was due: share_met is met / (met + breached + open and overdue),
    without the breaches that came in too late to be kept (`late_ingest`).
    """
    values = {"clients": list(clients), "low": low, "high": high, "now": now, "shares": list(SHARES)}
    rows: dict[tuple, dict] = {}
    for client, key, clock, *counts in _query(COUNTS.format(by=BY[by]), values):
        _row(rows, client, key)[clock] |= _part(counts)
    for basis in ("business", "wall"):
        for client, key, clock, found in _query(TIMES.format(by=BY[by], basis=basis), values):
            _row(rows, client, key)[clock][basis] = dict(zip(("median", "p90", "p95"), found, strict=True))
    for client, key, received, sent in _query(VOLUME.format(by=BY[by]), values):
        _row(rows, client, key).update(received=received, sent=sent)
    if by == "total":
        for client in clients:
            _row(rows, client, None)
    return [_finish(rows[place]) for place in sorted(rows, key=lambda place: (place[0], place[1] or ""))]


def filled_to(clients: Sequence[int], now: datetime) -> datetime:
    return rollup.filled_to(clients, now)


def _query(sql: str, values: dict) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()


def _row(rows: dict, client: int, key: str | None) -> dict:
    if (client, key) not in rows:
        row = {"client_id": client, "key": key, "received": 0, "sent": 0}
        rows[client, key] = row | {clock: _part([0] * 10) for clock in CLOCKS}
    return rows[client, key]


NAMES = ("n", "answered", "open", "closed", "cancelled", "no_reply_needed", "met", "breached", "late_ingest", "overdue")


def _part(counts: Sequence[int]) -> dict:
    unknown = {"median": None, "p90": None, "p95": None}
    return dict(zip(NAMES, map(int, counts), strict=True)) | {"business": unknown, "wall": unknown}


def _finish(row: dict) -> dict:
    for clock in CLOCKS:
        row[clock]["share_met"] = share_met(row[clock])
    turns = [row["first"], row["next"]]
    total = {name: sum(part[name] for part in turns) for name in NAMES}
    return row | total | {"share_met": share_met(total)}


def share_met(counts: dict) -> float | None:
    """Promises kept among those due; None where none was due."""
    due = counts["met"] + counts["breached"] + counts["overdue"]
    return round(counts["met"] / due, 4) if due else None
