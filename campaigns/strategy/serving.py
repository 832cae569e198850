"""Which goal a post or campaign serves."""

from campaigns.models import Goal
from clients.models import Client
from clients.refusal import Refused


def goal_of(client: Client, slug: str | None, field: str = "goal") -> Goal | None:
    """The client's goal of this slug that still counts. Raises Refused."""
    if not slug:
        return None
    found = Goal.objects.filter(client=client, slug=slug, dropped_at=None).first()
    if found is None:
        raise Refused(field, f"The client has no goal '{slug[:80]}'.", "unknown")
    return found


def goals_of(client: Client) -> list[Goal]:
    """Those that count, by their end."""
    return list(Goal.objects.filter(client=client, dropped_at=None).order_by("ends_on", "id"))
