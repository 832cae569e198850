"""How many posts lead home: the homepage is the hub, the networks are the ways there."""

from collections.abc import Sequence
from datetime import date

from django.db import connection

from clients.models import Client

from . import utm

# The range of instants is for the index, that of local days counts.
SENT = """
SELECT o.client_id, o.link, count(DISTINCT o.id)
FROM campaigns_publication p JOIN campaigns_post o ON o.client_id = p.client_id AND o.id = p.post_id
JOIN clients_calendar c ON c.client_id = p.client_id
WHERE p.client_id = ANY(%(clients)s) AND p.state = 'sent'
    AND p.sent_at BETWEEN %(low)s::date - 1 AND %(high)s::date + 2
    AND (p.sent_at AT TIME ZONE (c.document ->> 'zone'))::date BETWEEN %(low)s AND %(high)s
GROUP BY 1, 2
"""
CLICKS = """
SELECT client_id, sum(clicks) FROM campaigns_clickday
WHERE client_id = ANY(%(clients)s) AND day BETWEEN %(low)s AND %(high)s GROUP BY 1
"""


def shares(clients: Sequence[int], low: date, high: date) -> list[dict]:
    """A row per client about the posts that went out in these local days: how many had a link, how many led home.

    The share is 0 … 1, None without posts or without a homepage.
    """
    homepages = dict(Client.objects.filter(id__in=clients).values_list("id", "homepage"))
    rows = {id: {"client_id": id, "posts": 0, "with_link": 0, "home": 0, "link_clicks": 0} for id in clients}
    values = {"clients": list(clients), "low": low, "high": high}
    with connection.cursor() as cursor:
        cursor.execute(SENT, values)
        for id, link, posts in cursor.fetchall():
            rows[id]["posts"] += posts
            rows[id]["with_link"] += posts if link else 0
            rows[id]["home"] += posts if utm.leads_home(link, homepages[id]) else 0
        cursor.execute(CLICKS, values)
        for id, clicks in cursor.fetchall():
            rows[id]["link_clicks"] = int(clicks)
    for id, row in rows.items():
        row["share_home"] = row["home"] / row["posts"] if row["posts"] and homepages[id] else None
    return [rows[id] for id in sorted(rows)]
