"""Answers "what did the posts do" from the sums: how far each counter moved in some local days, and the rates."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.db import connection

from . import engagement, rollup
from .engagement import COUNTERS, OF_POSTS, Rate

BY = {
    "total": "NULL::text",
    "day": "e.day::text",
    "channel": "ch.slug",
    "campaign": "ca.slug",
    "post": "p.post_id::text",
    "kind": "po.kind",
}
PERIOD_END = "%(high)s::date - (%(high)s::date - r.day) / %(days)s * %(days)s"
OF_ACCOUNTS = {"total": "NULL::text", "day": "r.day::text", "channel": "ch.slug"}
SUMS = ", ".join(f"sum({name}) AS {name}" for name in OF_POSTS)
# How many followers each channel had from which day on; joined as rows they would be compared one by one.
LEVELS = """
SELECT client_id, channel_id, array_agg(day ORDER BY day) AS days, array_agg(followers_total ORDER BY day) AS totals
FROM campaigns_numbersday
WHERE client_id = ANY(%(clients)s) AND publication_id IS NULL AND followers_total IS NOT NULL AND day <= %(high)s
GROUP BY 1, 2
"""
OF_CHANNEL = "LEFT JOIN levels l ON l.client_id = e.client_id AND l.channel_id = e.channel_id"
DENOMINATORS = {name: f"e.{name}" for name in ("reach", "impressions", "views")} | {
    "followers": "coalesce(e.followers_total, l.totals[width_bucket(coalesce(e.day, %(high)s), l.days)])"
}
# Null only where the network tells none of it.
ENGAGEMENT = """
CASE WHEN num_nonnulls(e.reactions, e.comments, e.shares, CASE WHEN counts THEN e.clicks END) > 0
    THEN coalesce(e.reactions, 0) + coalesce(e.comments, 0) + coalesce(e.shares, 0)
        + CASE WHEN counts THEN coalesce(e.clicks, 0) ELSE 0 END END
"""
EACH = f"""
SELECT r.client_id, r.channel_id, r.publication_id, {{day}} AS day, max(r.captured_at) AS captured_at, {SUMS},
    (array_agg(r.followers_total ORDER BY r.day DESC))[1] AS followers_total
FROM campaigns_numbersday r
WHERE r.client_id = ANY(%(clients)s) AND r.day BETWEEN %(low)s AND %(high)s AND r.publication_id IS NOT NULL
GROUP BY 1, 2, 3, 4
"""
WEIGHED = f"""
SELECT e.*, {ENGAGEMENT} AS engagement, {{denominator}} AS denominator
FROM each e {{of_channel}} LEFT JOIN campaigns_publishingrule rule ON rule.client_id = e.client_id,
    LATERAL (SELECT coalesce(rule.counts_clicks, true) AS counts) of_client
"""
POSTS = f"""
WITH each AS ({EACH}), levels AS ({LEVELS}), weighed AS ({WEIGHED})
SELECT e.client_id, {{by}} AS key, max(e.captured_at), {", ".join(f"sum(e.{name})" for name in OF_POSTS)},
    sum(e.engagement), sum(e.engagement) FILTER (WHERE e.denominator IS NOT NULL), sum(e.denominator),
    count(e.denominator), count(*)
FROM weighed e
JOIN campaigns_publication p ON p.client_id = e.client_id AND p.id = e.publication_id
JOIN campaigns_post po ON po.client_id = p.client_id AND po.id = p.post_id
JOIN clients_channel ch ON ch.id = e.channel_id
LEFT JOIN campaigns_campaign ca ON ca.client_id = po.client_id AND ca.id = po.campaign_id
GROUP BY 1, 2
"""
CLICKS = """
SELECT e.client_id, {by} AS key, sum(e.clicks)
FROM campaigns_clickday e
JOIN campaigns_publication p ON p.client_id = e.client_id AND p.id = e.publication_id
JOIN campaigns_post po ON po.client_id = p.client_id AND po.id = p.post_id
JOIN clients_channel ch ON ch.id = p.channel_id
LEFT JOIN campaigns_campaign ca ON ca.client_id = po.client_id AND ca.id = po.campaign_id
WHERE e.client_id = ANY(%(clients)s) AND e.day BETWEEN %(low)s AND %(high)s
GROUP BY 1, 2
"""
ACCOUNTS = f"""
SELECT r.client_id, {{by}} AS key, max(r.captured_at), {", ".join(f"sum(r.{name})" for name in COUNTERS)}
FROM campaigns_numbersday r JOIN clients_channel ch ON ch.id = r.channel_id
WHERE r.client_id = ANY(%(clients)s) AND r.day BETWEEN %(low)s AND %(high)s AND r.publication_id IS NULL
GROUP BY 1, 2
"""
AUDIENCE = f"""
WITH levels AS ({LEVELS})
SELECT r.client_id, {{by}} AS key, sum(r.totals[cardinality(r.totals)])
FROM levels r JOIN clients_channel ch ON ch.id = r.channel_id GROUP BY 1, 2
"""
NOTHING = dict.fromkeys(("captured_at", *COUNTERS, "followers_total", "engagement")) | {
    "link_clicks": 0,
    "account": dict.fromkeys(OF_POSTS),
}


def rows(clients: Sequence[int], low: date, high: date, by: str, kind: str) -> list[dict]:
    """A row per client and value of `by`, both local days included: the change of each counter, None where nobody
    told it, and the rate of that kind.

    A post on two channels counts as two. Counters of channels as a whole stand under `account` and `followers`, in
    the rows that are about whole channels.
    """
    values = {"clients": list(clients), "low": low, "high": high}
    found: dict[tuple, dict] = {}
    day = "r.day" if by == "day" else "NULL::date"
    told = POSTS.format(by=BY[by], day=day, **divided(kind))
    for client, key, captured_at, *sums, whole, part, base, covered, of in _query(told, values):
        row = _row(found, client, key, kind)
        row |= dict(zip(OF_POSTS, map(_whole, sums), strict=True))
        row |= {"captured_at": captured_at, "engagement": _whole(whole)}
        row["rate"] = engagement.rate(kind, _whole(part), _whole(base), covered, of).told()
    for client, key, clicks in _query(CLICKS.format(by=BY[by]), values):
        _row(found, client, key, kind)["link_clicks"] = int(clicks)
    if by in OF_ACCOUNTS:
        _add_accounts(found, by, kind, values)
    if by == "total":
        for client in clients:
            _row(found, client, None, kind)
    return [found[place] for place in sorted(found, key=_order)]


def compared(clients: Sequence[int], low: date, high: date, by: str, kind: str) -> list[dict]:
    """The same rows, each with what it was in the period of equal length before, and how far it moved since."""
    span = (high - low) + timedelta(days=1)
    now = {(row["client_id"], row["key"]): row for row in rows(clients, low, high, by, kind)}
    before = {}
    for row in rows(clients, low - span, high - span, by, kind):
        if by == "day":
            row["key"] = (date.fromisoformat(row["key"]) + span).isoformat()
        before[row["client_id"], row["key"]] = row
    return [
        _against(now.get(place) or _empty(*place, kind), before.get(place) or _empty(*place, kind))
        for place in sorted({*now, *before}, key=_order)
    ]


def rates(clients: Sequence[int], last: date, days: int, periods: int, kind: str) -> dict[int, dict[date, Rate]]:
    """By client: the rates of so many periods of `days` local days each, by the last day of each period.

    The latest period ends with `last`; one without numbers is left out.
    """
    values = {"clients": list(clients), "low": last - timedelta(days=days * periods - 1), "high": last, "days": days}
    told = POSTS.format(by="e.day", day=PERIOD_END, **divided(kind))
    found: dict[int, dict[date, Rate]] = {}
    for client, end, *_, part, base, covered, of in _query(told, values):
        rate = engagement.rate(kind, _whole(part), _whole(base), covered, of)
        found.setdefault(client, {})[end] = rate
    return found


def divided(kind: str) -> dict[str, str]:
    """The parts of WEIGHED that say what engagement is divided by."""
    return {"denominator": DENOMINATORS[kind], "of_channel": OF_CHANNEL if kind == "followers" else ""}


def filled_to(clients: Sequence[int], now: datetime) -> datetime:
    return rollup.filled_to(clients, now)


def _add_accounts(found: dict, by: str, kind: str, values: dict) -> None:
    for client, key, captured_at, *sums in _query(ACCOUNTS.format(by=OF_ACCOUNTS[by]), values):
        row, changes = _row(found, client, key, kind), dict(zip(COUNTERS, map(_whole, sums), strict=True))
        row["followers"] = changes.pop("followers")
        row |= {"account": changes, "captured_at": max(captured_at, row["captured_at"] or captured_at)}
    if by != "day":
        for client, key, followers in _query(AUDIENCE.format(by=OF_ACCOUNTS[by]), values):
            _row(found, client, key, kind)["followers_total"] = int(followers)


def _against(now: dict, before: dict) -> dict:
    names = (*COUNTERS, "engagement", "link_clicks")
    change = {name: engagement.difference(now[name], before[name]) for name in names}
    change["rate_points"] = engagement.points(now["rate"]["value"], before["rate"]["value"])
    return now | {"previous": {name: before[name] for name in (*names, "rate", "captured_at")}, "change": change}


def _query(sql: str, values: dict) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()


def _row(found: dict, client: int, key: str | None, kind: str) -> dict:
    return found.setdefault((client, key), _empty(client, key, kind))


def _empty(client: int, key: str | None, kind: str) -> dict:
    return {"client_id": client, "key": key} | NOTHING | {"rate": engagement.rate(kind, None, None, 0, 0).told()}


def _order(place: tuple) -> tuple:
    client, key = place
    return client, (int(key), "") if key and key.isdigit() else (0, key or "")


def _whole(value) -> int | None:
    return None if value is None else int(value)
