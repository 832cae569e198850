"""What a client needs somebody for today: silent channels, approvals that are late, channels that lose their access."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from .models import Publication
from .rhythm import COMING

SILENT, APPROVAL, BROKEN, EXPIRING = "silent", "approval", "broken", "expiring"
EXPIRES_WITHIN = 14  # days
NAMED = ("state", "post__title", "post__text", "post__publish_at", "channel__name", "client__slug", "client__name")

# Silent as `cadence.standing` says it: more days since the last post than may pass, and none to come today.
FOUND = """
WITH today AS (
    SELECT client_id, document ->> 'zone' AS zone, (%(now)s AT TIME ZONE (document ->> 'zone'))::date AS day
    FROM clients_calendar WHERE client_id = ANY(%(clients)s)
)
SELECT 'silent', ch.client_id, ch.name, '', NULL::timestamptz, NULL::bigint
FROM campaigns_cadence ca JOIN clients_channel ch ON ch.id = ca.channel_id AND ch.disabled_at IS NULL
JOIN today t ON t.client_id = ca.client_id
LEFT JOIN LATERAL (
    SELECT (p.sent_at AT TIME ZONE t.zone)::date AS day FROM campaigns_publication p
    WHERE p.client_id = ca.client_id AND p.channel_id = ca.channel_id AND p.state = 'sent'
    ORDER BY p.sent_at DESC LIMIT 1
) last ON true
WHERE ca.client_id = ANY(%(clients)s) AND ca.least > 0
    AND t.day - coalesce(last.day, least((ca.since AT TIME ZONE t.zone)::date, t.day)) > ceil(7.0 / ca.least)
    AND NOT EXISTS (
        SELECT FROM campaigns_publication p JOIN campaigns_post o ON o.client_id = p.client_id AND o.id = p.post_id
        WHERE p.client_id = ca.client_id AND p.channel_id = ca.channel_id AND p.state = ANY(%(coming)s)
            AND o.publish_at > %(now)s - interval '1 day' AND (o.publish_at AT TIME ZONE t.zone)::date = t.day
    )
UNION ALL
SELECT 'approval', p.client_id, min(ch.name), coalesce(nullif(o.title, ''), left(o.text, 80)), o.publish_at, o.id
FROM campaigns_publication p JOIN campaigns_post o ON o.client_id = p.client_id AND o.id = p.post_id
JOIN clients_channel ch ON ch.id = p.channel_id
LEFT JOIN campaigns_publishingrule r ON r.client_id = p.client_id
WHERE p.client_id = ANY(%(clients)s) AND p.state IN ('in_review', 'client_review')
    AND o.publish_at <= %(now)s + make_interval(hours => coalesce(r.remind_hours, 24))
GROUP BY p.client_id, o.id, o.title, o.text, o.publish_at
UNION ALL
SELECT CASE WHEN broken_at IS NOT NULL OR expires_at <= %(now)s THEN 'broken' ELSE 'expiring' END,
    client_id, name, '', coalesce(broken_at, expires_at), NULL
FROM clients_channel
WHERE client_id = ANY(%(clients)s) AND disabled_at IS NULL
    AND (broken_at IS NOT NULL OR expires_at <= %(now)s + make_interval(days => %(days)s))
ORDER BY 5 NULLS LAST, 3
"""


@dataclass(frozen=True, slots=True)
class Lamp:
    """One reason to look at a client; `at` is since or until when, of an approval the slot of the `post`."""

    kind: str
    client_id: int
    channel: str
    title: str
    at: datetime | None
    post: int | None


def of_clients(client_ids: Collection[int], now: datetime) -> dict[int, list[Lamp]]:
    """By client, in one query; those that need nobody are missing."""
    found: dict[int, list[Lamp]] = defaultdict(list)
    coming = [str(state) for state in COMING]
    values = {"clients": list(client_ids), "now": now, "coming": coming, "days": EXPIRES_WITHIN}
    with connection.cursor() as cursor:
        cursor.execute(FOUND, values)
        for row in cursor.fetchall():
            found[row[1]].append(Lamp(*row))
    return dict(found)


def next_posts(client_ids: Collection[int], low: datetime, high: datetime, most: int) -> list[Publication]:
    """What is to go out between these instants, the next first; of post, channel and client what names them."""
    rows = Publication.objects.filter(
        client_id__among=client_ids, state__in=COMING, post__publish_at__gte=low, post__publish_at__lt=high
    )
    found = rows.select_related("post", "channel", "client").only(*NAMED)
    return list(found.order_by("post__publish_at", "id")[:most])
