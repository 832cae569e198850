"""What is stored about conversations, told as the facts that the engine replays."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from operator import attrgetter, itemgetter
from typing import NamedTuple

from . import sla
from .models import Direction, Interaction, Revision, Step


class Said(NamedTuple):
    """An interaction as far as anything is derived from it: these columns of its row."""

    id: int
    conversation_id: int
    direction: str
    automated: bool
    received_at: datetime
    ingested_at: datetime
    edited_at: datetime | None
    deleted_at: datetime | None
    kind: str
    stars: int | None
    first_sentiment: str
    first_question: bool
    sentiment: str
    urgency: str
    language: str
    author_id: str
    author_name: str
    text: str


COLUMNS = Said._fields
IN_ORDER = ("received_at", "id")


@dataclass(slots=True)
class Told:
    """The facts of one conversation, and its undeleted customer messages in their order."""

    facts: list[sla.Fact] = field(default_factory=list)
    messages: list[Said] = field(default_factory=list)
    last_at: datetime | None = None
    sentiment: str | None = None


def load(conversation_ids: Collection[int]) -> dict[int, Told]:
    """The facts of these conversations, with a fixed number of queries."""
    told: dict[int, Told] = defaultdict(Told)
    interactions = Interaction.objects.filter(conversation_id__in=conversation_ids).order_by(*IN_ORDER)
    said = [Said(*row) for row in interactions.values_list(*COLUMNS)]
    revisions = _revisions([one.id for one in said if one.edited_at is not None])
    for one in said:
        _tell(told[one.conversation_id], one, revisions.get(one.id, ()))
    for step in Step.objects.filter(conversation_id__in=conversation_ids).order_by("at", "id"):
        one = told[step.conversation_id]
        one.facts.append(sla.Step(step.at, step.id, step.action, step.value))
        if step.action == "sentiment":
            one.sentiment = step.value
    return told


def first(rows: Iterable[dict]) -> dict[int, Told]:
    """The facts of conversations of which nothing is known but these interactions, each in its first version."""
    told: dict[int, Told] = defaultdict(Told)
    for one in sorted(map(Said._make, map(itemgetter(*COLUMNS), rows)), key=attrgetter(*IN_ORDER)):
        _tell(told[one.conversation_id], one, ())
    return told


def _revisions(interaction_ids: list[int]) -> dict[int, list[Revision]]:
    found: dict[int, list[Revision]] = defaultdict(list)
    if interaction_ids:
        for revision in Revision.objects.filter(interaction_id__in=interaction_ids).order_by("at"):
            found[revision.interaction_id].append(revision)
    return found


def _tell(told: Told, row: Said, revisions: Sequence[Revision]) -> None:
    told.last_at = row.received_at
    if row.direction == Direction.OUT:
        if not row.automated:
            told.facts.append(sla.Reply(row.received_at, row.id))
        return
    if row.deleted_at is None:
        told.messages.append(row)
    if row.automated:  # a newsletter or an absence note is kept, but nobody waits for an answer to it
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
