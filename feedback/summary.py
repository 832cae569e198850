"""What a list shows of a conversation, derived from its timeline and messages so that no list reads the messages."""

from datetime import datetime

from . import bulk
from .facts import Told
from .models import Conversation, Outcome, Urgency
from .records import ClockRecord, ConversationRecord
from .sla import Timeline

FIELDS = (
    "status", "resolved_as", "historic", "author_id", "author_name", "preview", "kind", "language", "sentiment",
    "urgency", "stars", "started_at", "received_at", "answered_at", "due_at", "warn_at", "breached", "met",
    "updated_at",
)  # fmt: skip
UPDATE = f"""
UPDATE feedback_conversation c
SET {", ".join(f"{name} = v.{name}" for name in FIELDS)}, version = c.version + 1
FROM {bulk.table(Conversation, ("id", *FIELDS))} WHERE c.id = v.id
"""
SEVERITY = [Urgency.NORMAL, Urgency.HIGH, Urgency.CRITICAL]
PREVIEW = 200


def write(
    conversation: ConversationRecord, timeline: Timeline, clocks: list[ClockRecord], told: Told, live_from: datetime
) -> None:
    """Set the derived fields of a conversation, without saving it."""
    conversation.status = timeline.status
    conversation.resolved_as = timeline.resolved_as or ""
    conversation.historic = timeline.last_customer_at is not None and timeline.last_customer_at < live_from
    conversation.started_at = timeline.first_customer_at
    conversation.received_at = timeline.last_customer_at or told.last_at or conversation.received_at
    conversation.answered_at = timeline.last_reply_at
    _write_people(conversation, told)
    running = [c for c in clocks if c.live and c.stopped_at is None and c.paused_at is None and c.due_at]
    conversation.due_at = min((c.due_at for c in running), default=None)
    conversation.warn_at = min((c.warn_at for c in running if c.warn_at), default=None)
    conversation.breached = any(c.outcome == Outcome.BREACHED for c in clocks)
    conversation.met = any(c.outcome == Outcome.MET for c in clocks)


def _write_people(conversation: ConversationRecord, told: Told) -> None:
    if not told.messages:
        return
    first, last = told.messages[0], told.messages[-1]
    waiting = [m for m in told.messages if conversation.answered_at is None or m.received_at > conversation.answered_at]
    conversation.author_id, conversation.author_name = first.author_id, first.author_name
    conversation.kind, conversation.language = first.kind, first.language
    conversation.preview = last.text[:PREVIEW]
    conversation.sentiment = told.sentiment or last.sentiment
    conversation.urgency = max((m.urgency for m in waiting or [last]), key=SEVERITY.index)
    conversation.stars = next((m.stars for m in reversed(told.messages) if m.stars is not None), None)


def save(conversations: list[ConversationRecord], now: datetime) -> None:
    """Write the summaries with one statement."""
    for conversation in conversations:
        conversation.updated_at = now
    bulk.run(UPDATE, conversations)
