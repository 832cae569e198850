"""How much work waits in rows, over all clients: counted when somebody asks, without a name in it."""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from clients import access
from clients.scope import scope

# By queue: its table, when a row of it was due, and which rows wait.
QUEUES = {
    "replies": ("feedback_reply", "next_at", "state IN ('queued', 'sending', 'unconfirmed')"),
    "webhooks": ("feedback_inboundevent", "next_at", "state = 'queued'"),
    "imports": ("feedback_import", "next_at", "state IN ('queued', 'running')"),
    "exports": ("feedback_export", "next_at", "state IN ('queued', 'running')"),
    "posts": ("campaigns_publication", "due_at", "state IN ('scheduled', 'sending', 'unconfirmed')"),
    "polls": ("clients_channel", "poll_at", "disabled_at IS NULL"),
    "credentials": ("clients_channel", "renew_at", "disabled_at IS NULL"),
    "alert_mails": ("feedback_alert", "mail_at", "mail_state IN ('queued', 'sending')"),
    "notice_mails": ("clients_notice", "mail_at", "mail_state IN ('queued', 'sending')"),
    "service_sums": ("feedback_dirtyday", "marked_at", "true"),
}
FAILED = {
    "replies": "feedback_reply",
    "webhooks": "feedback_inboundevent",
    "imports": "feedback_import",
    "exports": "feedback_export",
    "posts": "campaigns_publication",
}
WAITING = """
SELECT count(*), coalesce(extract(epoch FROM %(now)s - min({due})), 0)::float8 FROM {table}
WHERE {due} <= %(now)s AND {waits} AND client_id = ANY(%(clients)s)
"""


@dataclass(frozen=True)
class Backlog:
    """By queue: rows that are due and the seconds the oldest one is late; rows set aside; open promises broken."""

    due: dict[str, tuple[int, float]]
    failed: dict[str, int]
    breached: int
    ticks: dict[str, int]


def count(now: datetime) -> Backlog:
    clients = access.live_client_ids()
    with scope(clients), connection.cursor() as cursor:

        def ask(sql: str) -> tuple:
            cursor.execute(sql, {"now": now, "clients": clients})
            return cursor.fetchone()

        due = {
            name: ask(WAITING.format(table=table, due=due, waits=waits)) for name, (table, due, waits) in QUEUES.items()
        }
        failed = {
            name: ask(f"SELECT count(*) FROM {table} WHERE state = 'failed'")[0] for name, table in FAILED.items()
        }
        [breached] = ask("SELECT count(*) FROM feedback_clock WHERE outcome = 'breached' AND stopped_at IS NULL")
        cursor.execute("SELECT name, slot FROM agency_tick")
        return Backlog(due, failed, breached, dict(cursor.fetchall()))
