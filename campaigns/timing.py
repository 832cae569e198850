"""At which hours and with which kinds of post a client did best: medians over posts, only where there are enough."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

from django.db import connection

from clients.hours.document import WEEKDAYS

from . import engagement
from .metrics import LEVELS, SUMS, WEIGHED, divided

DAYS, RIPE = 90, timedelta(hours=48)  # younger posts have not yet got most of what they will
LEAST_POSTS, MOST_BEST = 3, 3
POSTS = f"""
WITH each AS (
    SELECT r.client_id, r.channel_id, r.publication_id, NULL::date AS day, {SUMS},
        (array_agg(r.followers_total ORDER BY r.day DESC))[1] AS followers_total
    FROM campaigns_publication p
    JOIN clients_calendar c ON c.client_id = p.client_id
    JOIN campaigns_numbersday r ON r.client_id = p.client_id AND r.publication_id = p.id
    WHERE p.client_id = ANY(%(clients)s) AND p.state = 'sent' AND p.sent_at < %(ripe)s
        AND p.sent_at BETWEEN %(low)s::date - 1 AND %(high)s::date + 2
        AND (p.sent_at AT TIME ZONE (c.document ->> 'zone'))::date BETWEEN %(low)s AND %(high)s
    GROUP BY 1, 2, 3
), levels AS ({LEVELS}), weighed AS ({WEIGHED})
SELECT e.client_id, extract(isodow FROM at)::int - 1, extract(hour FROM at)::int, o.kind, e.engagement, e.denominator
FROM weighed e
JOIN campaigns_publication p ON p.client_id = e.client_id AND p.id = e.publication_id
JOIN campaigns_post o ON o.client_id = p.client_id AND o.id = p.post_id
JOIN clients_calendar c ON c.client_id = e.client_id,
    LATERAL (SELECT p.sent_at AT TIME ZONE (c.document ->> 'zone') AS at) local
"""
Post = tuple[int | None, int | None]  # engagement and denominator, from its publication until now


def rows(clients: Sequence[int], low: date, high: date, kind: str, now: datetime) -> list[dict]:
    """A row per client about the posts that went out in these local days, at least two days ago.

    `cells` by local weekday and hour, `best` the three best of them, `kinds` by kind of post.
    """
    values = {"clients": list(clients), "low": low, "high": high, "ripe": now - RIPE}
    slots: dict[int, dict[tuple, list[Post]]] = {id: {} for id in clients}
    kinds: dict[int, dict[str, list[Post]]] = {id: {} for id in clients}
    with connection.cursor() as cursor:
        cursor.execute(POSTS.format(**divided(kind)), values)
        for client, weekday, hour, of, *post in cursor.fetchall():
            slots[client].setdefault((weekday, hour), []).append(tuple(post))
            kinds[client].setdefault(of, []).append(tuple(post))
    return [
        {"client_id": id, **_cells(slots[id]), "kinds": [_kind(of, kinds[id][of], kind) for of in sorted(kinds[id])]}
        for id in sorted(clients)
    ]


def _cells(slots: dict[tuple, list[Post]]) -> dict:
    cells = [
        {"weekday": WEEKDAYS[weekday], "hour": hour} | _middles(posts)
        for (weekday, hour), posts in sorted(slots.items())
        if len(posts) >= LEAST_POSTS
    ]
    by = "rate" if any(cell["rate"] is not None for cell in cells) else "engagement"
    ranked = sorted((cell for cell in cells if cell[by] is not None), key=lambda cell: -cell[by])
    best = [{name: cell[name] for name in ("weekday", "hour")} for cell in ranked[:MOST_BEST]]
    return {"posts": sum(map(len, slots.values())), "cells": cells, "best": best, "best_by": by if best else None}


def _middles(posts: Iterable[Post]) -> dict:
    """How many posts, their median engagement, the median of the rates of those that have one."""
    posts = list(posts)
    rates = [float(done / base) for done, base in posts if done is not None and base is not None and base > 0]
    engaged = [float(done) for done, _ in posts if done is not None]
    middle, _ = engagement.middle(engaged, LEAST_POSTS)
    rate, rated = engagement.middle(rates, LEAST_POSTS)
    return {"n": len(posts), "engagement": middle, "rate": rate, "rated": rated}


def _kind(of: str, posts: list[Post], kind: str) -> dict:
    covered = [(done or 0, base) for done, base in posts if base is not None]
    known = any(done is not None for done, base in posts if base is not None)
    done, base = (int(sum(column)) for column in zip(*covered, strict=True)) if covered else (None, None)
    rate = engagement.rate(kind, done if known else None, base, len(covered), len(posts))
    middles = _middles(posts)
    return {"kind": of} | middles | {"median_rate": middles["rate"], "rate": rate.told()}
