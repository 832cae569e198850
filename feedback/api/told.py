"""What webhooks tell of conversations, messages, promises, imports and reports, in the API's fields."""

from rest_framework import serializers

from agency.fields import Moment

from ..outgoing import ACTIONS
from .reports import ReportRow
from .shapes import ClockShape, ConversationShape, InteractionShape


class ToldConversation(ConversationShape):
    historic = campaign = sla = clocks = None


class ToldPlace(serializers.Serializer):
    id = serializers.IntegerField()
    client = serializers.CharField(help_text="Slug.")
    channel = serializers.CharField(help_text="Slug.")
    thread_id = serializers.CharField(help_text="The network's.")


class ToldInteraction(InteractionShape):
    ingested_at = updated_at = reasons = None


class ToldClock(ClockShape):
    paused_at = stop_reason = live = noticed_at = None


class ToldImport(serializers.Serializer):
    id = serializers.IntegerField()
    client = serializers.CharField(help_text="Slug.")
    channel = serializers.CharField(help_text="Slug.")
    filename = serializers.CharField()
    state = serializers.ChoiceField(["done", "failed"])
    size = serializers.IntegerField(help_text="Bytes.")
    done_lines = serializers.IntegerField()
    created = serializers.IntegerField()
    updated = serializers.IntegerField()
    duplicates = serializers.IntegerField()
    refused = serializers.IntegerField()
    error = serializers.CharField()
    finished_at = Moment()


class AboutConversation(serializers.Serializer):
    conversation = ToldConversation()
    action = serializers.ChoiceField(ACTIONS, required=False, help_text="With conversation.updated.")
    by = serializers.EmailField(required=False, allow_null=True, help_text="Who of us; null: the network told.")


class AboutInteraction(serializers.Serializer):
    interaction = ToldInteraction()


class AboutClock(serializers.Serializer):
    clock = ToldClock()
    conversation = ToldPlace()


class AboutImport(serializers.Serializer):
    vars()["import"] = ToldImport()


class ToldReport(ReportRow):
    released_at = Moment(help_text="From then on it never changes.")


class AboutReport(serializers.Serializer):
    report = ToldReport()
    by = serializers.EmailField(help_text="Who released it.")
