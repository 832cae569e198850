"""What is stored about conversations, told as the facts that the engine replays."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from . import sla
from .models import Conversation, Direction, Interaction, Revision, Step

COLUMNS = (
    "id", "conversation_id", "direction", "automated", "received_at", "ingested_at", "edited_at", "deleted_at", "kind",
    "stars", "first_sentiment", "first_question", "sentiment", "urgency", "language", "author_id", "author_name",
    "text",
)  # fmt: skip


@dataclass(slots=True)
class Told:
    """The facts of one conversation, and its undeleted customer messages in their order."""

    facts: list[sla.Fact] = field(default_factory=list)
    messages: list[tuple] = field(default_factory=list)
    last_at: datetime | None = None
    sentiment: str | None = None


def load(conversations: Iterable[Conversation]) -> dict[int, Told]:
    """The facts of these conversations, with a fixed number of queries."""
    told: dict[int, Told] = defaultdict(Told)
    interactions = Interaction.objects.filter(conversation__in=conversations).order_by("received_at", "id")
    rows = list(interactions.values_list(*COLUMNS, named=True))
    revisions = _revisions([row.id for row in rows if row.edited_at is not None])
    for row in rows:
        _tell(told[row.conversation_id], row, revisions.get(row.id, ()))
    for step in Step.objects.filter(conversation__in=conversations).order_by("at", "id"):
        one = told[step.conversation_id]
        one.facts.append(sla.Step(step.at, step.id, step.action, step.value))
        if step.action == "sentiment":
            one.sentiment = step.value
    return told


def _revisions(interaction_ids: list[int]) -> dict[int, list[Revision]]:
    found: dict[int, list[Revision]] = defaultdict(list)
    if interaction_ids:
        for revision in Revision.objects.filter(interaction_id__in=interaction_ids).order_by("at"):
            found[revision.interaction_id].append(revision)
    return found


def _tell(told: Told, row, revisions) -> None:
    told.last_at = row.received_at
    if row.direction == Direction.OUT:
        if not row.automated:
            told.facts.append(sla.Reply(row.received_at, row.id))
        return
    stars = revisions[0].stars if revisions else row.stars
    told.facts.append(
        sla.Message(row.received_at, row.id, row.ingested_at, row.kind, stars, row.first_sentiment, row.first_question)
    )
    for before, after in zip(revisions, revisions[1:], strict=False):
        if row.kind == "review":
            told.facts.append(
                sla.Rating(after.at, after.id, row.id, before.stars, after.stars, before.text != after.text)
            )
    if row.deleted_at is not None:
        told.facts.append(sla.Deleted(row.deleted_at, row.id, row.id))
    else:
        told.messages.append(row)
