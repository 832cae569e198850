"""Versions of an interaction that is stored already: repeated, edited, re-rated, deleted, in any order."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from clients.networks.types import Incoming

from . import bulk, rollup, triage
from .arrivals import Arrival, Key, Receipt
from .models import Correction, Interaction, Revision

FIND = f"""
SELECT i.channel_id, i.external_id, i.id, i.conversation_id
FROM {bulk.table(Interaction, ("channel_id", "external_id"))} JOIN clients_channel ch ON ch.id = v.channel_id
JOIN feedback_interaction i
    ON i.client_id = ch.client_id AND i.channel_id = v.channel_id AND i.external_id = v.external_id
"""
CLASH = "This interaction is stored with other content: send `edited_at`, the time of the change, to update it."


def stored(keys: Iterable[Key]) -> dict[Key, tuple[int, int]]:
    """(id, conversation id) of those of these interactions that are stored."""
    rows = bulk.run(FIND, [{"channel_id": channel, "external_id": external} for channel, external in keys])
    return {(channel, external): (id, conversation) for channel, external, id, conversation in rows}


def reasons(found: triage.Assessment) -> list[dict]:
    return [{"code": reason.code, "words": reason.words} for reason in found.reasons]


def remember_first(arrivals: Iterable[Arrival], inserted: dict[Key, tuple[int, int]]) -> None:
    """An interaction that we first see edited: its earlier versions may still come."""
    Revision.objects.bulk_create(
        Revision(
            client_id=arrival.channel.client_id,
            interaction_id=inserted[arrival.key][0],
            at=arrival.item.edited_at,
            text=arrival.item.text,
            stars=arrival.item.stars,
        )
        for arrival in arrivals
    )


def take(arrivals: Sequence[Arrival], now: datetime) -> list[tuple[Receipt, bool]]:
    """For each arrival of a stored interaction: its receipt, and whether the conversation must be derived anew."""
    ids = {key: id for key, (id, _) in stored({arrival.key for arrival in arrivals}).items()}
    rows = Interaction.objects.in_bulk(ids.values())
    return [_take(arrival, rows[ids[arrival.key]], now) for arrival in arrivals]


def _take(arrival: Arrival, row: Interaction, now: datetime) -> tuple[Receipt, bool]:
    item = arrival.item
    if row.edited_at is None and item.edited_at is None and _differs(row, item):
        return Receipt("error", row.id, row.conversation_id, CLASH), False
    changed = _learn_original(row, item) or _edit(row, item)
    if _delete(row, item) or changed:
        changed = True
        row.updated_at = now
        row.save()
        rollup.mark(row.client_id, {row.received_at})
    return Receipt("updated" if changed else "duplicate", row.id, row.conversation_id), changed


def _differs(row: Interaction, item: Incoming) -> bool:
    return item.deleted_at is None and row.deleted_at is None and (row.text, row.stars) != (item.text, item.stars)


def _delete(row: Interaction, item: Incoming) -> bool:
    """What its author took back is not shown any more; when it was written and answered stays counted."""
    if item.deleted_at is None or row.deleted_at is not None and row.deleted_at <= item.deleted_at:
        return False
    row.deleted_at, row.text, row.reasons = item.deleted_at, "", []
    return True


def _learn_original(row: Interaction, item: Incoming) -> bool:
    """A message whose deletion overtook it: its promise is chosen by what it said, its text stays unknown."""
    if row.deleted_at is None or row.edited_at is not None or item.deleted_at is not None or item.edited_at is not None:
        return False
    before = row.first_sentiment, row.first_question, row.stars
    found = triage.assess(item.text, item.stars, row.kind)
    row.first_sentiment, row.first_question, row.stars = found.sentiment, found.question, item.stars
    row.sentiment, row.question = found.sentiment, found.question
    row.urgency, row.language = found.urgency, found.language
    return before != (row.first_sentiment, row.first_question, row.stars)


def _edit(row: Interaction, item: Incoming) -> bool:
    """Keep this version if it is unknown, and show it if it is the newest."""
    at = item.edited_at or row.received_at
    if item.deleted_at is not None or item.edited_at == row.edited_at:
        return False
    if row.edited_at is None:
        Revision.objects.create(
            client_id=row.client_id, interaction=row, at=row.received_at, text=row.text, stars=row.stars
        )
    _, created = Revision.objects.get_or_create(
        client_id=row.client_id, interaction=row, at=at, defaults={"text": item.text, "stars": item.stars}
    )
    if created and item.edited_at is None:
        found = triage.assess(item.text, item.stars, row.kind)
        row.first_sentiment, row.first_question = found.sentiment, found.question
    if created and (row.edited_at is None or at > row.edited_at):
        _show(row, item)
    return created


def _show(row: Interaction, item: Incoming) -> None:
    """The newest version's content; what a person corrected stays."""
    row.edited_at, row.stars = item.edited_at, item.stars
    row.text = item.text if row.deleted_at is None else ""
    found = triage.assess(item.text, item.stars, row.kind)
    corrected = set(Correction.objects.filter(interaction=row).values_list("field", flat=True))
    for field in {"language", "urgency", "sentiment", "question"} - corrected:
        setattr(row, field, getattr(found, field))
    row.reasons = reasons(found)
