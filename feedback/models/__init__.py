"""What the public says to a client, what we promised about it, and the work that follows from both."""

from .conversation import (
    BlockedAuthor,
    Conversation,
    Correction,
    Direction,
    Interaction,
    Kind,
    Note,
    Revision,
    Sentiment,
    Status,
    Step,
    Urgency,
)
from .export import Export
from .promise import Alert, Clock, Outcome, Pause, Policy, PolicyVersion
from .report import Report
from .rollup import DirtyDay, ServiceDay, VolumeDay
from .saved import SavedReply
from .work import Import, InboundEvent, Refusal, Reply

__all__ = [
    "Alert",
    "BlockedAuthor",
    "Clock",
    "Conversation",
    "Correction",
    "Direction",
    "DirtyDay",
    "Export",
    "Import",
    "InboundEvent",
    "Interaction",
    "Kind",
    "Note",
    "Outcome",
    "Pause",
    "Policy",
    "PolicyVersion",
    "Refusal",
    "Reply",
    "Report",
    "Revision",
    "SavedReply",
    "Sentiment",
    "ServiceDay",
    "Status",
    "Step",
    "Urgency",
    "VolumeDay",
]
