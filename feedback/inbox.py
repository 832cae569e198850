"""Takes in what a network says, by whatever way it came: once each, in any order, with the same end."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.db import transaction

from clients.models import Channel

from . import bulk, clocks, facts, outgoing, rollup, triage, versions
from .arrivals import Arrival, Key, Receipt
from .models import BlockedAuthor, Conversation, Interaction, Step
from .records import ConversationRecord

THREAD = ("client_id", "channel_id", "thread_id")
FIND = f"""
SELECT c.channel_id, c.thread_id, coalesce(c.merged_into_id, c.id) FROM feedback_conversation c
JOIN {bulk.table(Conversation, THREAD)} USING ({", ".join(THREAD)})
"""
ONCE = "ON CONFLICT DO NOTHING RETURNING id"
Placed = tuple[Arrival, int]  # with the conversation's id


@transaction.atomic
def receive(arrivals: Sequence[Arrival], *, now: datetime) -> list[Receipt]:
    """Take in a batch, one receipt each in the same order; what is known already changes nothing.

    The scope of every client concerned must be open. A version of a known interaction (its `edited_at` or
    `deleted_at`) updates it if it is news; other content without `edited_at` is an error.
    """
    first = {arrival.key: arrival for arrival in reversed(arrivals)}
    stored = versions.stored(first)
    fresh = [first[key] for key in sorted(first) if key not in stored]
    rows, begun = _begin(fresh, now)
    touched = {row["conversation_id"] for row in rows}
    _lock(touched.union(conversation for _, conversation in stored.values()) - begun.ids)
    inserted = _insert(fresh, rows)
    receipts, stale = _answer(arrivals, inserted, now)
    new = [(arrival, inserted[arrival.key][1]) for arrival in fresh if arrival.key in inserted]
    stale |= _block(new)
    stale |= {row["conversation_id"] for arrival, row in zip(fresh, rows, strict=True) if arrival.key not in inserted}
    spoken = {conversation for arrival, conversation in new if arrival.item.direction == "in"}
    Conversation.objects.filter(id__in=spoken - begun.ids, snoozed_until__isnull=False).update(snoozed_until=None)
    _mark(new)
    wanted = outgoing.wanted(arrivals)
    revised = [receipt.id for receipt in receipts if receipt.status == "updated"]
    outgoing.arrived(wanted, begun.ids, [(one, inserted[one.key][0]) for one, _ in new], revised)
    begun.leave_out(stale)
    begun.save()
    clocks.refresh((touched | stale) - begun.ids, now=now)
    answered = {conversation for arrival, conversation in new if arrival.item.direction == "out"}
    outgoing.answered(wanted, answered)
    return receipts


def _begin(fresh: list[Arrival], now: datetime) -> tuple[list[dict], clocks.Change]:
    """The rows of these arrivals in their conversations.

    New threads are stored here, with what follows from these rows alone; their clocks are saved later.
    """
    threads = _threads(fresh)
    new = _new({arrival.thread: arrival.channel for arrival in fresh if arrival.thread not in threads}, now)
    threads |= {(one.channel_id, one.thread_id): one.id for one in new}
    ids = bulk.reserve(Interaction, len(fresh))
    rows = [_row(id, one, threads[one.thread], now) for id, one in zip(ids, fresh, strict=True)]
    begun = clocks.begin(new, facts.first(rows), now=now)
    stored = {id for (id,) in bulk.insert(Conversation, new, ONCE)}
    if lost := begun.ids - stored:
        _join(fresh, rows)
        begun.leave_out(lost)
    return rows, begun


def _threads(arrivals: Iterable[Arrival]) -> dict[Key, int]:
    """The conversation of each thread that is stored."""
    clients = {arrival.thread: arrival.channel.client_id for arrival in arrivals}
    asked = [dict(zip(THREAD, (client, *thread), strict=True)) for thread, client in clients.items()]
    return {(channel, thread): id for channel, thread, id in bulk.run(FIND, asked)}


def _new(channels: Mapping[Key, Channel], now: datetime) -> list[ConversationRecord]:
    ids = bulk.reserve(Conversation, len(channels))
    return [
        ConversationRecord(
            id=id,
            client_id=channels[key].client_id,
            agency_id=channels[key].client.agency_id,
            channel_id=channels[key].id,
            thread_id=key[1],
            received_at=now,
            version=1,
            created_at=now,
            updated_at=now,
        )
        for id, key in zip(ids, sorted(channels), strict=True)
    ]


def _join(fresh: list[Arrival], rows: list[dict]) -> None:
    """Somebody else began a thread meanwhile: the rows belong to that conversation."""
    threads = _threads(fresh)
    for arrival, row in zip(fresh, rows, strict=True):
        row["conversation_id"] = threads[arrival.thread]


def _lock(conversation_ids: set[int]) -> None:
    """In one order, so that two batches never wait for each other."""
    list(Conversation.objects.select_for_update().filter(id__in=conversation_ids).order_by("id").values_list("id"))


def _insert(arrivals: list[Arrival], rows: list[dict]) -> dict[Key, tuple[int, int]]:
    """Store these interactions; returns (id, conversation id) of those that nobody stored meanwhile."""
    stored = {id for (id,) in bulk.insert(Interaction, rows, ONCE)}
    inserted = {
        arrival.key: (row["id"], row["conversation_id"])
        for arrival, row in zip(arrivals, rows, strict=True)
        if row["id"] in stored
    }
    versions.remember_first([a for a in arrivals if a.item.edited_at is not None and a.key in inserted], inserted)
    return inserted


def _row(id: int, arrival: Arrival, conversation_id: int, now: datetime) -> dict:
    item, channel = arrival.item, arrival.channel
    found = triage.assess(item.text, item.stars, item.kind)
    return {
        "id": id,
        "client_id": channel.client_id,
        "agency_id": channel.client.agency_id,
        "channel_id": channel.id,
        "conversation_id": conversation_id,
        "external_id": item.external_id,
        "parent_external_id": item.parent_id or "",
        "direction": item.direction,
        "kind": item.kind,
        "author_id": item.author.id,
        "author_name": item.author.name,
        "automated": item.author.bot,
        "text": item.text,
        "stars": item.stars,
        "received_at": item.created_at,
        "ingested_at": now,
        "edited_at": item.edited_at,
        "deleted_at": item.deleted_at,
        "updated_at": now,
        "language": found.language,
        "urgency": found.urgency,
        "sentiment": found.sentiment,
        "question": found.question,
        "reasons": versions.reasons(found),
        "first_sentiment": found.sentiment,
        "first_question": found.question,
    }


def _answer(
    arrivals: Sequence[Arrival], inserted: Mapping[Key, tuple[int, int]], now: datetime
) -> tuple[list[Receipt], set[int]]:
    """The receipts, and the conversations in which a known interaction changed."""
    created = {key: Receipt("created", *ids) for key, ids in inserted.items()}
    receipts = [created.pop(arrival.key, None) for arrival in arrivals]
    known = [place for place, receipt in enumerate(receipts) if receipt is None]
    changed = set()
    for place, (receipt, news) in zip(known, versions.take([arrivals[n] for n in known], now), strict=True):
        receipts[place] = receipt
        if news:
            changed.add(receipt.conversation_id)
    return receipts, changed


def _mark(new: Iterable[Placed]) -> None:
    instants = defaultdict(set)
    for arrival, _ in new:
        instants[arrival.channel.client_id].add(arrival.item.created_at)
    rollup.mark_many(instants)


def _block(new: Iterable[Placed]) -> set[int]:
    """A blocked author's conversation is spam from their first message on; returns these conversations."""
    channels = {arrival.channel.id for arrival, _ in new}
    blocked = set(BlockedAuthor.objects.filter(channel_id__in=channels).values_list("channel_id", "author_id"))
    steps = [
        Step(
            client_id=arrival.channel.client_id,
            conversation_id=conversation,
            at=arrival.item.created_at,
            action="block",
            reason="blocked author",
        )
        for arrival, conversation in new
        if arrival.item.direction == "in" and (arrival.channel.id, arrival.item.author.id) in blocked
    ]
    Step.objects.bulk_create(steps)
    return {step.conversation_id for step in steps}
