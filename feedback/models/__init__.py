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
from .criticism import Case, CaseStep, Disclosure, Incident, IncidentEntry, Playbook
from .export import Export
from .promise import Alert, Clock, Outcome, Pause, Policy, PolicyVersion
from .report import Report
from .rollup import DirtyDay, ServiceDay, VolumeDay
from .saved import SavedReply
from .work import Import, InboundEvent, Refusal, Reply

__all__ = [
    "Alert",
    "BlockedAuthor",
    "Case",
    "CaseStep",
    "Clock",
    "Conversation",
    "Correction",
    "Direction",
    "DirtyDay",
    "Export",
    "Disclosure",
    "Import",
    "InboundEvent",
    "Incident",
    "IncidentEntry",
    "Interaction",
    "Kind",
    "Note",
    "Outcome",
    "Pause",
    "Playbook",
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
