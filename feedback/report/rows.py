"""Opens every figure of a report down to the rows it comes from."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection
from django.utils.translation import gettext_lazy as _

from clients.models import Calendar, Client

from . import compose

MOST = 5_000


@dataclass(frozen=True)
class Rows:
    """What a figure is made of. `total` is the figure as these rows make it today; None where it is no sum.

    `kinds` of the columns: text, number, seconds, cents, at (an instant), day. `links` are (address name, argument)
    of the page on which a row can be seen, None where there is none.
    """

    title: str
    columns: list[tuple[str, str]]
    rows: list[tuple]
    total: float | None
    links: list[tuple[str, int] | None]


RECEIVED = """
SELECT i.received_at, ch.name, i.kind, left(i.text, 120), i.conversation_id
FROM feedback_interaction i JOIN clients_channel ch ON ch.id = i.channel_id
WHERE i.client_id = %(client)s AND i.direction = 'in' AND i.deleted_at IS NULL
    AND (i.received_at AT TIME ZONE %(zone)s)::date BETWEEN %(low)s AND %(high)s
ORDER BY i.received_at LIMIT %(most)s
"""
PROMISES = """
SELECT c.due_at, ch.name, c.kind,
    CASE WHEN c.outcome = 'met' THEN 'met' WHEN c.stopped_at IS NULL THEN 'overdue' ELSE 'breached' END,
    c.business_seconds, c.conversation_id
FROM feedback_clock c JOIN clients_channel ch ON ch.id = c.channel_id
WHERE c.client_id = %(client)s AND c.kind IN ('first', 'next')
    AND (c.due_at AT TIME ZONE %(zone)s)::date BETWEEN %(low)s AND %(high)s
    AND (c.outcome = 'met' OR (c.outcome = 'breached' AND c.stopped_at IS NOT NULL AND NOT c.late_ingest)
        OR (c.stopped_at IS NULL AND NOT c.late_ingest AND c.due_at < %(now)s
            AND (c.paused_at IS NULL OR c.outcome = 'breached')))
ORDER BY c.due_at LIMIT %(most)s
"""
FIRST = """
SELECT c.started_at, ch.name, c.business_seconds, c.conversation_id
FROM feedback_clock c JOIN clients_channel ch ON ch.id = c.channel_id
WHERE c.client_id = %(client)s AND c.kind = 'first' AND c.outcome <> 'cancelled' AND c.business_seconds IS NOT NULL
    AND (c.started_at AT TIME ZONE %(zone)s)::date BETWEEN %(low)s AND %(high)s
ORDER BY c.business_seconds LIMIT %(most)s
"""
REVIEWS = """
SELECT i.received_at, ch.name, i.stars, left(i.text, 120), i.conversation_id
FROM feedback_interaction i JOIN clients_channel ch ON ch.id = i.channel_id
WHERE i.client_id = %(client)s AND i.direction = 'in' AND i.kind = 'review' AND i.deleted_at IS NULL
    AND (i.received_at AT TIME ZONE %(zone)s)::date BETWEEN %(low)s AND %(high)s
ORDER BY i.received_at LIMIT %(most)s
"""
CASES = """
SELECT c.closed_at, ch.name, c.kind, c.outcome, c.note, c.conversation_id
FROM feedback_case c JOIN feedback_conversation v ON v.client_id = c.client_id AND v.id = c.conversation_id
JOIN clients_channel ch ON ch.id = v.channel_id
WHERE c.client_id = %(client)s AND c.closed_at IS NOT NULL
    AND (c.closed_at AT TIME ZONE %(zone)s)::date BETWEEN %(low)s AND %(high)s
ORDER BY c.closed_at LIMIT %(most)s
"""
POSTS = """
SELECT min(p.sent_at), string_agg(ch.name, ', ' ORDER BY ch.name), o.kind,
    left(coalesce(nullif(o.title, ''), o.text), 120), o.id
FROM campaigns_publication p
JOIN campaigns_post o ON o.client_id = p.client_id AND o.id = p.post_id JOIN clients_channel ch ON ch.id = p.channel_id
WHERE p.client_id = %(client)s AND p.state = 'sent'
    AND (p.sent_at AT TIME ZONE %(zone)s)::date BETWEEN %(low)s AND %(high)s
GROUP BY o.id, o.kind, o.title, o.text ORDER BY 1 LIMIT %(most)s
"""
MOVED = """
SELECT n.day, ch.name, left(coalesce(nullif(o.title, ''), o.text), 120), {figure}, o.id
FROM campaigns_numbersday n
JOIN campaigns_publication p ON p.client_id = n.client_id AND p.id = n.publication_id
JOIN campaigns_post o ON o.client_id = p.client_id AND o.id = p.post_id JOIN clients_channel ch ON ch.id = n.channel_id
WHERE n.client_id = %(client)s AND n.day BETWEEN %(low)s AND %(high)s AND {figure} IS NOT NULL
ORDER BY n.day, n.id LIMIT %(most)s
"""
PARTS = """CASE WHEN num_nonnulls(n.reactions, n.comments, n.shares) > 0
    THEN coalesce(n.reactions, 0) + coalesce(n.comments, 0) + coalesce(n.shares, 0) END"""
VISITS = """
SELECT c.day, ch.name, left(coalesce(nullif(o.title, ''), o.text), 120), c.clicks, o.id
FROM campaigns_clickday c
JOIN campaigns_publication p ON p.client_id = c.client_id AND p.id = c.publication_id
JOIN campaigns_post o ON o.client_id = p.client_id AND o.id = p.post_id JOIN clients_channel ch ON ch.id = p.channel_id
WHERE c.client_id = %(client)s AND c.day BETWEEN %(low)s AND %(high)s ORDER BY c.day, c.id LIMIT %(most)s
"""
FOLLOWERS = """
SELECT DISTINCT ON (n.channel_id) n.day, ch.name, n.followers_total
FROM campaigns_numbersday n JOIN clients_channel ch ON ch.id = n.channel_id
WHERE n.client_id = %(client)s AND n.publication_id IS NULL AND n.followers_total IS NOT NULL AND n.day <= %(high)s
ORDER BY n.channel_id, n.day DESC
"""
TIME = """
SELECT t.day, u.name, t.activity, t.seconds, t.note FROM campaigns_timeentry t JOIN agency_user u ON u.id = t.person_id
WHERE t.client_id = %(client)s AND t.day BETWEEN %(low)s AND %(high)s AND t.seconds IS NOT NULL
ORDER BY t.day, t.id LIMIT %(most)s
"""
OUTCOMES = """
SELECT o.day, o.layer, o.kind, o.count, o.cents, o.source || ' ' || o.external_id
FROM campaigns_outcome o
WHERE o.client_id = %(client)s AND o.day BETWEEN %(low)s AND %(high)s AND o.voided_at IS NULL
ORDER BY o.day, o.id LIMIT %(most)s
"""
AT, CHANNEL, TEXT = (_("When"), "at"), (_("Channel"), "text"), (_("Text"), "text")
DAY, POST = (_("Day"), "day"), (_("Post"), "text")

# By figure: its title, the rows, their columns, what a row leads to, and how they make the figure.
OPENED: dict[str, tuple[str, str, list, str | None, Callable[[list[tuple]], float | None]]] = {
    "received": (_("Messages received"), RECEIVED, [AT, CHANNEL, (_("Kind"), "text"), TEXT], "talk", len),
    "promises": (
        _("Promises that were due"), PROMISES,
        [AT, CHANNEL, (_("Promise"), "text"), (_("Result"), "text"), (_("Took"), "seconds")], "talk",
        lambda rows: round(sum(row[3] == "met" for row in rows) / len(rows), 4) if rows else None,
    ),
    "first": (_("First answers"), FIRST, [AT, CHANNEL, (_("Took"), "seconds")], "talk",
              lambda rows: rows[(len(rows) - 1) // 2][2] if rows else None),
    "reviews": (_("Reviews"), REVIEWS, [AT, CHANNEL, (_("Stars"), "number"), TEXT], "talk", len),
    "cases": (
        _("Complaints that came to an end"), CASES,
        [AT, CHANNEL, (_("Kind"), "text"), (_("Result"), "text"), (_("Note"), "text")], "talk",
        lambda rows: round(sum(row[3] == "recovered" for row in rows) / len(rows), 4) if rows else None,
    ),
    "posts": (_("Posts"), POSTS, [AT, CHANNEL, (_("Kind"), "text"), TEXT], "post", len),
    "reach": (_("Times seen (reach)"), MOVED.format(figure="n.reach"), [DAY, CHANNEL, POST, (_("Reach"), "number")],
              "post", lambda rows: sum(row[3] for row in rows) if rows else None),
    "reactions": (_("Reactions, comments, shares"), MOVED.format(figure=PARTS),
                  [DAY, CHANNEL, POST, (_("Number"), "number")], "post",
                  lambda rows: sum(row[3] for row in rows) if rows else None),
    "visits": (_("Visits to the homepage"), VISITS, [DAY, CHANNEL, POST, (_("Clicks"), "number")], "post",
               lambda rows: sum(row[3] for row in rows)),
    "followers": (_("Followers"), FOLLOWERS, [DAY, CHANNEL, (_("Followers"), "number")], None,
                  lambda rows: sum(row[2] for row in rows) if rows else None),
    "time": (_("Time"), TIME, [DAY, (_("Person"), "text"), (_("Activity"), "text"), (_("Time"), "seconds"),
                               (_("Note"), "text")], None, lambda rows: None),
    "returns": (_("What came of it"), OUTCOMES,
                [DAY, (_("How it is known"), "text"), (_("What"), "text"), (_("How many"), "number"),
                 (_("Worth"), "cents"), (_("Source"), "text")], None, lambda rows: None),
}  # fmt: skip


def rows(client: Client, month: date, key: str, now: datetime) -> Rows | None:
    """The rows of a figure of this month, at most 5,000; None for an unknown one."""
    if key not in OPENED:
        return None
    title, sql, columns, leads, total = OPENED[key]
    zone = Calendar.objects.values_list("document__zone", flat=True).get(client=client)
    values = {
        "client": client.id,
        "zone": zone,
        "low": month,
        "high": compose.last_day(month),
        "now": now,
        "most": MOST,
    }
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        found = cursor.fetchall()
    shown = [row[: len(columns)] for row in found]
    links = [(leads, row[-1]) if leads else None for row in found]
    return Rows(str(title), columns, shown, total(found), links)
