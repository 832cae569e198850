"""What the posts of some clients did, told together and apart for one page: two periods, in two statements."""

from collections.abc import Sequence
from datetime import date, timedelta

from django.db import connection

from . import engagement
from .engagement import OF_POSTS
from .metrics import EACH, LEVELS, PERIOD_END, WEIGHED, divided

SUMS = ", ".join(f"sum(e.{name})" for name in OF_POSTS)
# Each post counts once in each of the two periods, which are told apart by their last day.
POSTS = f"""
WITH each AS ({EACH.format(day=PERIOD_END)}), levels AS ({LEVELS}), weighed AS ({WEIGHED}),
told AS (SELECT e.*, {{channel}} AS told FROM weighed e JOIN clients_channel ch ON ch.id = e.channel_id)
SELECT e.day, GROUPING(e.told, e.client_id), e.told, e.client_id, {SUMS}, sum(e.engagement),
    sum(e.engagement) FILTER (WHERE e.denominator IS NOT NULL), sum(e.denominator), count(e.denominator), count(*)
FROM told e
GROUP BY GROUPING SETS ((e.day), (e.day, e.told), (e.day, e.client_id))
"""
DAYS = f"""
SELECT e.day, {SUMS} FROM campaigns_numbersday e
WHERE e.client_id = ANY(%(clients)s) AND e.day BETWEEN %(low)s AND %(high)s AND e.publication_id IS NOT NULL
GROUP BY 1
"""
APART = {3: "total", 1: "channel", 2: "client"}  # by what GROUPING says


def posts(clients: Sequence[int], low: date, high: date, kind: str) -> dict:
    """`now` and `before`, each by total, channel and client: counters, engagement and the rate of that kind.

    Both local days are included; before is the period of as many days that ends before this one. Channels are told by
    name where there is one client, else by network. None is what nobody told.
    """
    span = (high - low).days + 1
    values = {"clients": list(clients), "low": low - timedelta(days=span), "high": high, "days": span}
    channel = "ch.name" if len(clients) == 1 else "ch.network"
    found = {period: {"total": {None: _row(kind)}, "channel": {}, "client": {}} for period in ("now", "before")}
    for end, mask, told, client, *counts in _query(POSTS.format(channel=channel, **divided(kind)), values):
        by = APART[mask]
        key = {"channel": told, "client": client}.get(by)
        found["now" if end == high else "before"][by][key] = _row(kind, *counts)
    return found


def days(clients: Sequence[int], low: date, high: date) -> dict[date, dict]:
    """How far the counters of posts moved on each local day of this period and the one before."""
    values = {"clients": list(clients), "low": low - (high - low) - timedelta(days=1), "high": high}
    return {day: dict(zip(OF_POSTS, map(_whole, counts), strict=True)) for day, *counts in _query(DAYS, values)}


def _row(kind: str, *counts) -> dict:
    *sums, whole, part, base, covered, of = counts or (*[None] * (len(OF_POSTS) + 3), 0, 0)
    rate = engagement.rate(kind, _whole(part), _whole(base), covered, of)
    return dict(zip(OF_POSTS, map(_whole, sums), strict=True)) | {"engagement": _whole(whole), "rate": rate.told()}


def _query(sql: str, values: dict) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()


def _whole(value) -> int | None:
    return None if value is None else int(value)
