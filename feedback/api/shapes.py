"""The JSON of conversations, their clocks, messages, replies and notes, as the API takes and shows it.

Lists are long and their rows wide: the rows are written by hand, the fields describe them.
"""

from collections.abc import Collection

from rest_framework import serializers

from agency.conventions.expansions import Expansion
from agency.fields import Moment, shown
from campaigns.api.expansions import CAMPAIGN

from .. import sla
from ..models import Clock, Conversation, Direction, Kind, Note, Reply, Sentiment, Status, Urgency
from . import filters
from .filters import SLA, sla_of


class AuthorShape(serializers.Serializer):
    id = serializers.CharField(help_text="The network's id of the person.")
    name = serializers.CharField(required=False)


class WriterShape(AuthorShape):
    bot = serializers.BooleanField(required=False, default=False, help_text="true: no human wrote this.")


class ReasonShape(serializers.Serializer):
    code = serializers.CharField()
    words = serializers.ListField(child=serializers.CharField(), help_text="The words that were the reason.")


class InteractionShape(serializers.Serializer):
    """One message as the network shows it now, and what triage or a person made of it. Rows are `filters.messages`."""

    id = serializers.IntegerField()
    client = serializers.CharField(help_text="Slug.")
    channel = serializers.CharField(help_text="Slug.")
    conversation = serializers.IntegerField()
    external_id = serializers.CharField()
    parent_id = serializers.CharField(allow_null=True)
    direction = serializers.ChoiceField(Direction.values)
    kind = serializers.ChoiceField(Kind.values)
    author = WriterShape()
    text = serializers.CharField(help_text="Text as it was written, no HTML.")
    stars = serializers.IntegerField(allow_null=True)
    created_at = Moment(help_text="The network's time.")
    ingested_at = Moment(help_text="When we heard of it.")
    edited_at = Moment(allow_null=True)
    deleted_at = Moment(allow_null=True)
    updated_at = Moment()
    language = serializers.CharField()
    urgency = serializers.ChoiceField(Urgency.values)
    sentiment = serializers.ChoiceField(Sentiment.values)
    question = serializers.BooleanField()
    reasons = ReasonShape(many=True, help_text="Why triage says so.")

    def to_representation(self, row) -> dict:
        return {
            "id": row.id,
            "client": row.client_slug,
            "channel": row.channel_slug,
            "conversation": row.conversation_id,
            "external_id": row.external_id,
            "parent_id": row.parent_external_id or None,
            "direction": row.direction,
            "kind": row.kind,
            "author": {"id": row.author_id, "name": row.author_name, "bot": row.automated},
            "text": row.text,
            "stars": row.stars,
            "created_at": shown(row.received_at),
            "ingested_at": shown(row.ingested_at),
            "edited_at": shown(row.edited_at),
            "deleted_at": shown(row.deleted_at),
            "updated_at": shown(row.updated_at),
            "language": row.language,
            "urgency": row.urgency,
            "sentiment": row.sentiment,
            "question": row.question,
            "reasons": row.reasons,
        }


def _messages(view, names: Collection[tuple]) -> dict[tuple, list]:
    found: dict[tuple, list] = {}
    for row in filters.last_messages(view, [id for (id,) in names], LAST):
        found.setdefault((row.conversation_id,), []).append(InteractionShape(row).data)
    return found


LAST = 10
MESSAGES = Expansion("messages", ("id",), InteractionShape, "inbox:read", _messages, many=True)


class ClockShape(serializers.Serializer):
    """One promise on the conversation; its outcome is as of this very answer."""

    kind = serializers.ChoiceField(["first", "next", "resolution"])
    cycle = serializers.IntegerField(help_text="The customer's turn; for a resolution the case.")
    started_at = Moment()
    due_at = Moment(allow_null=True)
    outcome = serializers.ChoiceField(["open", "met", "breached", "cancelled", "measured"])
    stopped_at = Moment(allow_null=True)
    target_seconds = serializers.IntegerField(allow_null=True, help_text="Business seconds.")
    paused_at = Moment(allow_null=True, help_text="It stands still since then.")
    stop_reason = serializers.CharField(allow_null=True)
    late_ingest = serializers.BooleanField(help_text="It was past due already when we heard of the message.")
    live = serializers.BooleanField(help_text="false: imported history, which alerts nobody.")
    business_seconds = serializers.IntegerField(allow_null=True)
    wall_seconds = serializers.IntegerField(allow_null=True)
    noticed_at = Moment(allow_null=True, help_text="When its breach was seen; the breach itself is at due_at.")

    def to_representation(self, row: Clock) -> dict:
        return {
            "kind": row.kind,
            "cycle": row.cycle,
            "started_at": shown(row.started_at),
            "due_at": shown(row.due_at),
            "outcome": sla.outcome_at(row, self.context["now"]),
            "stopped_at": shown(row.stopped_at),
            "target_seconds": row.target_seconds,
            "paused_at": shown(row.paused_at),
            "stop_reason": row.stop_reason or None,
            "late_ingest": row.late_ingest,
            "live": row.live,
            "business_seconds": row.business_seconds,
            "wall_seconds": row.wall_seconds,
            "noticed_at": shown(row.noticed_at),
        }


class ConversationShape(serializers.Serializer):
    """A thread on one channel. Rows are those of `filters.visible`, `named`."""

    expansions = (CAMPAIGN, MESSAGES)

    id = serializers.IntegerField()
    client = serializers.CharField(help_text="Slug.")
    channel = serializers.CharField(help_text="Slug.")
    thread_id = serializers.CharField(help_text="The network's.")
    status = serializers.ChoiceField(Status.values)
    resolved_as = serializers.CharField(allow_null=True, help_text="Such as recovered; null without a special end.")
    historic = serializers.BooleanField(help_text="Older than what is watched: measured, but nobody is alerted.")
    author = AuthorShape(help_text="Who began it.")
    preview = serializers.CharField(help_text="The beginning of the customer's last message.")
    kind = serializers.ChoiceField(Kind.values)
    language = serializers.CharField(help_text="ISO 639-1; und: unknown.")
    sentiment = serializers.ChoiceField(Sentiment.values)
    urgency = serializers.ChoiceField(Urgency.values, help_text="Of what waits for an answer.")
    stars = serializers.IntegerField(allow_null=True)
    campaign = serializers.CharField(allow_null=True, help_text="Slug.")
    vip = serializers.BooleanField()
    assignee = serializers.EmailField(allow_null=True, help_text="Who of us has it.")
    snoozed_until = Moment(allow_null=True)
    started_at = Moment(allow_null=True, help_text="First message of the customer.")
    received_at = Moment(help_text="Last message of the customer.")
    answered_at = Moment(allow_null=True, help_text="Last answer of ours.")
    due_at = Moment(allow_null=True, help_text="The next deadline of a running clock.")
    sla = serializers.ChoiceField(SLA, help_text="As of this answer; none: nothing is promised.")
    version = serializers.IntegerField(help_text="Grows with each change.")
    updated_at = Moment()
    clocks = ClockShape(many=True, help_text="The promises, in the order in which they began.")

    def to_representation(self, row: Conversation) -> dict:
        clock = self.fields["clocks"].child.to_representation
        return {
            "id": row.id,
            "client": row.client_slug,
            "channel": row.channel_slug,
            "thread_id": row.thread_id,
            "status": row.status,
            "resolved_as": row.resolved_as or None,
            "historic": row.historic,
            "author": {"id": row.author_id, "name": row.author_name},
            "preview": row.preview,
            "kind": row.kind,
            "language": row.language,
            "sentiment": row.sentiment,
            "urgency": row.urgency,
            "stars": row.stars,
            "campaign": row.campaign_slug,
            "vip": row.vip,
            "assignee": row.assignee_email,
            "snoozed_until": shown(row.snoozed_until),
            "started_at": shown(row.started_at),
            "received_at": shown(row.received_at),
            "answered_at": shown(row.answered_at),
            "due_at": shown(row.due_at),
            "sla": sla_of(row, self.context["now"]),
            "version": row.version,
            "updated_at": shown(row.updated_at),
            "clocks": [clock(one) for one in row.promises],
        }


class NoteShape(serializers.ModelSerializer):
    user = serializers.EmailField(source="user.email")
    at = Moment()

    class Meta:
        model = Note
        fields = ["id", "user", "text", "at"]


class ReplyShape(serializers.ModelSerializer):
    """queued, sending, delivered, failed, or unconfirmed: the network's answer was lost and it is being asked.

    With four eyes: review until a colleague releases it, released where it is then given by hand, returned, dropped.
    """

    client = serializers.CharField(source="client.slug", help_text="Slug.")
    conversation = serializers.IntegerField(source="conversation_id")
    parent_id = serializers.CharField(source="parent_external_id", help_text="The network's id of what it answers.")
    user = serializers.EmailField(source="user.email", help_text="Who wrote it.")
    external_id = serializers.CharField(help_text="The network's id, once it is delivered.")
    error = serializers.CharField(help_text="What the network or the way there said last.")
    created_at = Moment()
    delivered_at = Moment(allow_null=True)
    releaser = serializers.EmailField(
        source="releaser.email", default=None, allow_null=True, help_text="The second pair of eyes."
    )
    released_at = Moment(allow_null=True)
    remark = serializers.CharField(help_text="Why it was returned.")

    class Meta:
        model = Reply
        fields = ["id", "client", "conversation", "parent_id", "user", "text", "then", "state", "attempts", "error",
                  "external_id", "created_at", "delivered_at", "releaser", "released_at", "remark",
                  "version"]  # fmt: skip


class WholeConversation(ConversationShape):
    """With what only its own page needs."""

    merged_into = serializers.IntegerField(allow_null=True, help_text="The conversation its messages are in now.")
    replies = ReplyShape(many=True, help_text="Those on their way or failed; delivered ones are interactions.")
    notes = NoteShape(many=True, help_text="Internal, oldest first.")

    def to_representation(self, row: Conversation) -> dict:
        return super().to_representation(row) | {
            "merged_into": row.merged_into_id,
            "replies": self.fields["replies"].to_representation(row.undelivered),
            "notes": self.fields["notes"].to_representation(row.remarks),
        }


class AnsweredConversation(WholeConversation):
    """With the reply just written."""

    reply = ReplyShape()

    def to_representation(self, row: Conversation) -> dict:
        reply = self.fields["reply"].to_representation(self.context["reply"])
        return super().to_representation(row) | {"reply": reply}
