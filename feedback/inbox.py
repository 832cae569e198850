"""Takes in what a network says, by whatever way it came: once each, in any order, with the same end."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import connection, transaction
from psycopg2.extras import execute_values

from clients.models import Channel

from . import bulk, clocks, rollup, triage, versions
from .arrivals import Arrival, Key, Receipt
from .models import BlockedAuthor, Conversation, Interaction, Step

NEW_THREAD = {name: getattr(Conversation(), name) for name in bulk.fields(Conversation)}


@transaction.atomic
def receive(arrivals: Sequence[Arrival], *, now: datetime) -> list[Receipt]:
    """Take in a batch, one receipt each in the same order; what is known already changes nothing.

    The scope of every client concerned must be open. A version of a known interaction (its `edited_at` or
    `deleted_at`) updates it if it is news; other content without `edited_at` is an error.
    """
    receipts: list[Receipt | None] = [None] * len(arrivals)
    first = {arrival.key: arrival for arrival in reversed(arrivals)}
    stored = {
        (row[0], row[1]): row[2] for row in versions.stored(first, "i.channel_id, i.external_id, i.conversation_id")
    }
    fresh = {key: first[key] for key in sorted(first) if key not in stored}
    threads = _conversations(fresh.values(), set(stored.values()), now)
    inserted = _insert(fresh.values(), threads, now)
    touched = {conversation for _, conversation in inserted.values()}
    known = []
    for place, arrival in enumerate(arrivals):
        if arrival.key in inserted and fresh[arrival.key] is arrival:
            receipts[place] = Receipt("created", *inserted[arrival.key])
        else:
            known.append(place)
    if known:
        told = versions.take([arrivals[place] for place in known], now)
        for place, (receipt, changed) in zip(known, told, strict=True):
            receipts[place] = receipt
            if changed:
                touched.add(receipt.conversation_id)
    _after(fresh, inserted, touched, now)
    return receipts


def _after(fresh: dict[Key, Arrival], inserted: dict[Key, tuple[int, int]], touched: set[int], now: datetime) -> None:
    """What follows from new rows: blocked authors, sums to renew, sleepers to wake, clocks."""
    new = [(fresh[key], conversation) for key, (_, conversation) in inserted.items()]
    _block(new)
    instants = defaultdict(set)
    for arrival, _ in new:
        instants[arrival.channel.client_id].add(arrival.item.created_at)
    rollup.mark_many(instants)
    spoken = [conversation for arrival, conversation in new if arrival.item.direction == "in"]
    Conversation.objects.filter(id__in=spoken, snoozed_until__isnull=False).update(snoozed_until=None)
    clocks.refresh(touched, now=now)


def _conversations(arrivals: Iterable[Arrival], others: set[int], now: datetime) -> dict[Key, int]:
    """The conversation of each thread, made where it is missing; these and the others are locked in one order."""
    channels = {arrival.thread: arrival.channel for arrival in arrivals}
    missing = [_thread(*place, now) for place in sorted(channels.items(), key=lambda pair: pair[0])]
    bulk.insert(Conversation, missing, "ON CONFLICT DO NOTHING")
    threads = _threads(channels)
    locked = Conversation.objects.select_for_update().filter(id__in=others | set(threads.values()))
    list(locked.order_by("id").values_list("id"))
    return threads


def _thread(key: Key, channel: Channel, now: datetime) -> dict:
    return dict(NEW_THREAD) | {
        "client_id": channel.client_id,
        "agency_id": channel.client.agency_id,
        "channel_id": channel.id,
        "thread_id": key[1],
        "received_at": now,
        "created_at": now,
        "updated_at": now,
    }


def _threads(channels: dict) -> dict[Key, int]:
    if not channels:
        return {}
    with connection.cursor() as cursor:
        found = execute_values(
            cursor,
            """
            SELECT c.channel_id, c.thread_id, coalesce(c.merged_into_id, c.id) FROM feedback_conversation c
            JOIN (VALUES %s) v (client_id, channel_id, thread_id) USING (client_id, channel_id, thread_id)
            """,
            [(channel.client_id, *key) for key, channel in channels.items()],
            page_size=len(channels),
            fetch=True,
        )
    return {(channel, thread): id for channel, thread, id in found}


RETURNING = """
ON CONFLICT (client_id, channel_id, external_id) DO NOTHING RETURNING channel_id, external_id, id, conversation_id
"""


def _insert(arrivals: Iterable[Arrival], threads: dict[Key, int], now: datetime) -> dict[Key, tuple[int, int]]:
    """Store these interactions; returns (id, conversation id) of those that nobody stored meanwhile."""
    rows = [_row(arrival, threads[arrival.thread], now) for arrival in arrivals]
    stored = bulk.insert(Interaction, rows, RETURNING)
    inserted = {(channel, external): (id, conversation) for channel, external, id, conversation in stored}
    edited = [a for a in arrivals if a.item.edited_at is not None and a.key in inserted]
    versions.remember_first(edited, inserted)
    return inserted


def _row(arrival: Arrival, conversation_id: int, now: datetime) -> dict:
    item, channel = arrival.item, arrival.channel
    found = triage.assess(item.text, item.stars, item.kind)
    return {
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


def _block(new: list[tuple[Arrival, int]]) -> None:
    """A blocked author's conversation is spam from their first message on."""
    channels = {arrival.channel.id for arrival, _ in new}
    blocked = set(BlockedAuthor.objects.filter(channel_id__in=channels).values_list("channel_id", "author_id"))
    Step.objects.bulk_create(
        Step(
            client_id=arrival.channel.client_id,
            conversation_id=conversation,
            at=arrival.item.created_at,
            action="block",
            reason="blocked author",
        )
        for arrival, conversation in new
        if arrival.item.direction == "in" and (arrival.channel.id, arrival.item.author.id) in blocked
    )
