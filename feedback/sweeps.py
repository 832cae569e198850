"""What the passing of time alone decides: deadlines that passed, warnings that are due."""

from datetime import datetime

from django.db import connection, transaction

from clients import access
from clients.scope import scope

from . import alerts
from .models import Clock, Conversation

LIMIT = 5000
CLAIM_OVERDUE = """
WITH due AS (
    SELECT id FROM feedback_clock
    WHERE outcome = 'open' AND paused_at IS NULL AND noticed_at IS NULL AND due_at < %(now)s
    ORDER BY due_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED
)
UPDATE feedback_clock c SET outcome = 'breached', breached_at = c.due_at, noticed_at = %(now)s, updated_at = %(now)s
FROM due WHERE c.id = due.id RETURNING c.id
"""
CLAIM_WARNINGS = """
WITH due AS (
    SELECT id FROM feedback_clock
    WHERE outcome = 'open' AND paused_at IS NULL AND warned_at IS NULL AND live AND warn_at <= %(now)s
    ORDER BY warn_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED
)
UPDATE feedback_clock c SET warned_at = %(now)s FROM due WHERE c.id = due.id RETURNING c.id
"""


def notice_breaches(*, now: datetime, limit: int = LIMIT) -> int:
    """Mark the clocks that passed their deadline, log each breach and alert people, once. Returns how many."""
    with scope(access.live_client_ids()):
        claimed = _claim(CLAIM_OVERDUE, now, limit)
        Conversation.objects.filter(id__in={clock.conversation_id for clock in claimed}, breached=False).update(
            breached=True, updated_at=now
        )
        alerts.breached(claimed, now)
    return len(claimed)


def warn(*, now: datetime, limit: int = LIMIT) -> int:
    """Alert people about the clocks that reached their warning point, once. Returns how many clocks did."""
    with scope(access.live_client_ids()):
        claimed = _claim(CLAIM_WARNINGS, now, limit)
        alerts.warned([clock for clock in claimed if clock.due_at >= now], now)
    return len(claimed)


@transaction.atomic
def _claim(sql: str, now: datetime, limit: int) -> list[Clock]:
    with connection.cursor() as cursor:
        cursor.execute(sql, {"now": now, "limit": limit})
        ids = [row[0] for row in cursor.fetchall()]
    return list(Clock.objects.filter(id__in=ids))
