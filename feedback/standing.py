"""How the clients stand right now: what waits for an answer, what is late, what is due next."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Min, Q

from .models import Conversation, Sentiment


@dataclass(frozen=True)
class Standing:
    """Conversations with a running promise: how many, how many are past due, how many of those are complaints, and the
    next due instant."""

    open: int = 0
    overdue: int = 0
    complaints: int = 0
    next_due: datetime | None = None


def of_clients(client_ids: Iterable[int], now: datetime) -> dict[int, Standing]:
    """By client; those without a running promise are missing."""
    late = Q(due_at__lt=now)
    angry = late & Q(sentiment=Sentiment.NEGATIVE)
    rows = (
        Conversation.objects.filter(client_id__among=list(client_ids), due_at__isnull=False)
        .values("client_id")
        .annotate(
            open=Count("id"),
            overdue=Count("id", filter=late),
            complaints=Count("id", filter=angry),
            next_due=Min("due_at", filter=~late),
        )
        .order_by()
    )
    return {row.pop("client_id"): Standing(**row) for row in rows}
