"""What the passing of time alone decides: deadlines that passed, warnings that are due."""

from datetime import datetime

from django.db import connection, transaction

from clients import access
from clients.scope import scope

from . import alerts
from .models import Clock, Conversation

LIMIT = 5000
# Whoever derives clocks anew holds their conversation: a sweep that locked clocks alone would overwrite or block it.
HOLD = """
SELECT c.id FROM feedback_clock c JOIN feedback_conversation v ON v.client_id = c.client_id AND v.id = c.conversation_id
WHERE {due} ORDER BY c.{by} LIMIT %(limit)s FOR UPDATE OF v SKIP LOCKED
"""
OVERDUE = "c.outcome = 'open' AND c.paused_at IS NULL AND c.noticed_at IS NULL AND c.due_at < %(now)s"
WARNED = "c.outcome = 'open' AND c.paused_at IS NULL AND c.warned_at IS NULL AND c.live AND c.warn_at <= %(now)s"
HOLD_OVERDUE, HOLD_WARNED = HOLD.format(due=OVERDUE, by="due_at"), HOLD.format(due=WARNED, by="warn_at")
CLAIM_OVERDUE = f"""
UPDATE feedback_clock c SET outcome = 'breached', breached_at = c.due_at, noticed_at = %(now)s, updated_at = %(now)s
WHERE c.id = ANY(%(ids)s) AND {OVERDUE} RETURNING c.id
"""
CLAIM_WARNED = f"""
UPDATE feedback_clock c SET warned_at = %(now)s WHERE c.id = ANY(%(ids)s) AND {WARNED} RETURNING c.id
"""


def notice_breaches(*, now: datetime, limit: int = LIMIT) -> int:
    """Mark the clocks that passed their deadline, log each breach and alert people, once. Returns how many."""
    with scope(access.live_client_ids()):
        claimed = _claim(HOLD_OVERDUE, CLAIM_OVERDUE, now, limit)
        Conversation.objects.filter(id__in={clock.conversation_id for clock in claimed}, breached=False).update(
            breached=True, updated_at=now
        )
        alerts.breached(claimed, now)
    return len(claimed)


def warn(*, now: datetime, limit: int = LIMIT) -> int:
    """Alert people about the clocks that reached their warning point, once. Returns how many clocks did."""
    with scope(access.live_client_ids()):
        claimed = _claim(HOLD_WARNED, CLAIM_WARNED, now, limit)
        alerts.warned([clock for clock in claimed if clock.due_at >= now], now)
    return len(claimed)


@transaction.atomic
def _claim(hold: str, claim: str, now: datetime, limit: int) -> list[Clock]:
    """Hold the conversations, then claim what is still due: their clocks may have changed until they were held."""
    with connection.cursor() as cursor:
        cursor.execute(hold, {"now": now, "limit": limit})
        ids = [row[0] for row in cursor.fetchall()]
        if not ids:
            return []
        cursor.execute(claim, {"now": now, "ids": ids})
        ids = [row[0] for row in cursor.fetchall()]
    return list(Clock.objects.filter(id__in=ids))
