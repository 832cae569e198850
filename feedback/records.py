"""Conversations and clocks as plain records, for those who read and write a thousand of them at once."""

from . import bulk
from .models import Clock, Conversation

ConversationRecord = bulk.record(Conversation)
ClockRecord = bulk.record(Clock)
