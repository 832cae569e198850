"""The reverse clock: how long the client took when it was asked, in its own business time and by the wall."""

from collections.abc import Sequence
from datetime import date, datetime

from django.db import connection

from clients import calendars
from clients.models import Calendar, Client

SHARES = [0.5, 0.9]
# What was asked, since when and for how long: questions, and posts that wait for the client's approval.
EACH = """
WITH asked AS (
    SELECT client_id, 'questions' AS what, asked_at AS since, answered_at AS until, due_at,
        business_seconds, wall_seconds
    FROM campaigns_question WHERE withdrawn_at IS NULL
    UNION ALL
    SELECT client_id, 'approvals', at - wall_seconds * interval '1 second', at, NULL, business_seconds, wall_seconds
    FROM campaigns_decision WHERE wall_seconds IS NOT NULL
    UNION ALL
    SELECT p.client_id, 'approvals', p.asked_at, NULL, t.publish_at, NULL, NULL
    FROM campaigns_publication p JOIN campaigns_post t ON t.client_id = p.client_id AND t.id = p.post_id
    WHERE p.state = 'client_review' AND p.asked_at IS NOT NULL
)"""
ASKED = f"""{EACH}
SELECT client_id, what, count(*), count(until), count(*) FILTER (WHERE until IS NULL AND due_at < %(now)s),
    percentile_disc(%(shares)s) WITHIN GROUP (ORDER BY business_seconds),
    percentile_disc(%(shares)s) WITHIN GROUP (ORDER BY wall_seconds)
FROM asked JOIN clients_calendar USING (client_id)
WHERE client_id = ANY(%(clients)s) AND (since AT TIME ZONE (document->>'zone'))::date BETWEEN %(low)s AND %(high)s
GROUP BY 1, 2
"""
WHAT = ("questions", "approvals")


def report(clients: Sequence[int], low: date, high: date, now: datetime) -> dict[tuple[int, str], dict]:
    """By client and WHAT: n asked within these local days of the client, answered, open, overdue; seconds it took.

    Medians and 90th percentiles are values that were really observed (percentile_disc), None without any.
    """
    values = {"clients": list(clients), "low": low, "high": high, "now": now, "shares": SHARES}
    with connection.cursor() as cursor:
        cursor.execute(ASKED, values)
        found = {(client, what): _row(*counts) for client, what, *counts in cursor.fetchall()}
    return {(client, what): found.get((client, what), _row(0, 0, 0, None, None)) for client in clients for what in WHAT}


def _row(n: int, answered: int, overdue: int, business: list | None, wall: list | None) -> dict:
    row = {"n": n, "answered": answered, "open": n - answered, "overdue": overdue}
    for basis, found in (("business", business), ("wall", wall)):
        row[basis] = dict(zip(("median", "p90"), found or (None, None), strict=True))
    return row


def taken(client: Client, since: datetime | None, until: datetime) -> dict[str, int | None]:
    """`business_seconds` and `wall_seconds` between the two; None where nobody was asked."""
    if since is None:
        return {"business_seconds": None, "wall_seconds": None}
    hours = calendars.build(Calendar.objects.get(client=client).document)
    return {"business_seconds": hours.elapsed(since, until), "wall_seconds": int((until - since).total_seconds())}
