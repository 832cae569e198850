"""Whether a list of conversations may look different now, and how much waits in each view of it."""

from datetime import datetime

from django.db.models import Count, Q, QuerySet

from agency.models import User


def version(rows: QuerySet, now: datetime) -> str:
    """Grows with each change of one of the conversations and each snooze that ends: one query, by two indexes."""
    changed = rows.order_by("-updated_at", "-id").values_list("updated_at", flat=True)[:1]
    slept = rows.filter(snoozed_until__lte=now).order_by("-snoozed_until").values_list("snoozed_until", flat=True)[:1]
    return "-".join(f"{at.timestamp():.6f}" for at in sorted(changed.union(slept, all=True)))


def counts(rows: QuerySet, user: User, now: datetime) -> dict[str, int]:
    """Conversations with a running promise that nobody put off: all, those of the user, those of nobody."""
    awake = rows.filter(Q(snoozed_until=None) | Q(snoozed_until__lte=now), due_at__isnull=False)
    return awake.order_by().aggregate(
        all=Count("id"),
        mine=Count("id", filter=Q(assignee=user)),
        unassigned=Count("id", filter=Q(assignee=None)),
    )
