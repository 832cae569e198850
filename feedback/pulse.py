"""Whether a list of conversations may look different now, and how much waits in each view of it."""

from datetime import datetime

from django.db import connection
from django.db.models import Count, Q, QuerySet

from agency import shared
from agency.models import User
from clients import audit

from .models import Conversation

ACTIVITY = f"""
SELECT ({audit.NEWEST}), (
    SELECT max(newest.updated_at) FROM unnest(%(clients)s) AS of (id), LATERAL (
        SELECT updated_at FROM feedback_conversation WHERE client_id = of.id ORDER BY updated_at DESC, id DESC LIMIT 1
    ) newest
)
"""


def version(rows: QuerySet, now: datetime) -> str:
    """Grows with each change of one of the conversations and each snooze that ends: one query, by two indexes."""
    changed = rows.order_by("-updated_at", "-id").values_list("updated_at", flat=True)[:1]
    slept = rows.filter(snoozed_until__lte=now).order_by("-snoozed_until").values_list("snoozed_until", flat=True)[:1]
    return "-".join(f"{at.timestamp():.6f}" for at in sorted(changed.union(slept, all=True)))


def activity(client_ids: frozenset[int]) -> tuple:
    """Another one with each change of a conversation of these clients and each event in their logs, in one query."""
    with connection.cursor() as cursor:
        cursor.execute(ACTIVITY, {"clients": list(client_ids)})
        return cursor.fetchone()


def counts(client_ids: frozenset[int], user: User, version: str, now: datetime) -> dict[str, int]:
    """Conversations with a running promise that nobody put off: all, those of the user, those of nobody.

    Of many clients they are worked out again once the conversations' `version` grows, or the next minute begins.
    """
    return shared.worked(_counts, client_ids, user.id, shared.as_of(now, client_ids, 1), while_same=version)


def _counts(client_ids: frozenset[int], user_id: int, now: datetime) -> dict[str, int]:
    rows = Conversation.objects.filter(client_id__among=client_ids)
    awake = rows.filter(Q(snoozed_until=None) | Q(snoozed_until__lte=now), due_at__isnull=False)
    return awake.order_by().aggregate(
        all=Count("id"),
        mine=Count("id", filter=Q(assignee=user_id)),
        unassigned=Count("id", filter=Q(assignee=None)),
    )
