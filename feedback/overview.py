"""How fast some clients are answered, told together and apart for one page: two periods, in three statements."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.db import connection

from .metrics import CLOCKS, NAMES, share_met

BASES = ("business", "wall")
SHARES = (0.5, 0.9)
ROWS = """
WITH cells AS (
    SELECT r.*, r.day >= %(low)s AS now, {channel} AS told
    FROM {table} r JOIN clients_channel ch ON ch.id = r.channel_id
    WHERE r.client_id = ANY(%(clients)s) AND r.day BETWEEN %(before)s AND %(high)s
)
SELECT now, GROUPING(day, told, sentiment, client_id), day, told, sentiment, client_id, {what}
"""
SETS = """
GROUP BY GROUPING SETS (
    (now{also}), (now{also}, day), (now{also}, told), (now{also}, sentiment), (now{also}, client_id)
)
"""
COUNTS = (
    ROWS
    + """, sum(started), sum(answered), sum(waiting), sum(closed), sum(cancelled), sum(no_reply_needed), sum(met),
    sum(breached), sum(late_ingest), sum(
        CASE WHEN open_due = '{{}}' THEN 0 ELSE (SELECT count(*) FROM unnest(open_due) due WHERE due < %(instant)s) END
    )
FROM cells
"""
    + SETS
)
TIMES = (
    ROWS
    + ", percentile_disc(%(shares)s) WITHIN GROUP (ORDER BY seconds) FROM cells, unnest(cells.{basis}) seconds"
    + SETS
)
VOLUME = ROWS + " FROM cells" + SETS
APART = {15: "total", 7: "day", 11: "channel", 13: "sentiment", 14: "client"}  # by what GROUPING says


def answers(clients: Sequence[int], low: date, high: date, now: datetime, basis: str = "business") -> dict:
    """`now` and `before`, each by total, day, channel, sentiment and client: a row per value as `metrics` tells it.

    Both local days are included; before is the period of as many days that ends before this one. Channels are told by
    name where there is one client, else by network. Times are in seconds of `basis`, observed values over all clients.
    """
    values = {"clients": list(clients), "low": low, "high": high, "instant": now, "shares": list(SHARES)}
    values["before"] = low - (high - low) - timedelta(days=1)
    channel = "ch.name" if len(clients) == 1 else "ch.network"
    service = {"table": "feedback_serviceday", "channel": channel, "what": "clock_kind", "also": ", clock_kind"}
    found = {period: {by: {} for by in APART.values()} for period in ("now", "before")}
    found["now"]["total"][None] = found["before"]["total"][None] = None
    for row, clock, *counts in _rows(COUNTS.format(**service), values):
        _of(found, row)[clock] |= dict(zip(NAMES, map(int, counts), strict=True))
    for row, clock, middles in _rows(TIMES.format(**service, basis=basis), values):
        _of(found, row)[clock] |= dict(zip(("median", "p90"), middles, strict=True))
    volume = {"table": "feedback_volumeday", "channel": channel, "what": "sum(received), sum(sent)", "also": ""}
    for row, received, sent in _rows(VOLUME.format(**volume), values):
        _of(found, row).update(received=int(received), sent=int(sent))
    return {
        period: {by: {key: _finished(row or _empty()) for key, row in rows.items()} for by, rows in apart.items()}
        for period, apart in found.items()
    }


def _rows(sql: str, values: dict):
    """((period, by, key), what was asked for …)"""
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        for now, mask, day, told, sentiment, client, *more in cursor.fetchall():
            by = APART[mask]
            key = {"day": day, "channel": told, "sentiment": sentiment, "client": client}.get(by)
            yield ("now" if now else "before", by, key), *more


def _of(found: dict, place: tuple) -> dict:
    period, by, key = place
    rows = found[period][by]
    if rows.get(key) is None:
        rows[key] = _empty()
    return rows[key]


def _empty() -> dict:
    nothing = dict.fromkeys(NAMES, 0) | {"median": None, "p90": None}
    return {"received": 0, "sent": 0} | {clock: dict(nothing) for clock in CLOCKS}


def _finished(row: dict) -> dict:
    """With the share of promises kept, of each clock and of the turns (first and next) together."""
    for clock in CLOCKS:
        row[clock]["share_met"] = share_met(row[clock])
    turns = {name: row["first"][name] + row["next"][name] for name in NAMES}
    return row | turns | {"share_met": share_met(turns)}
