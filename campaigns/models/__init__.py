"""What is planned, approved and published for a client, and what it does."""

from .campaign import Campaign
from .link import Click, ClickDay, LinkCheck, ShortLink
from .measure import Cohort, NumbersDay, Observation, Snapshot, StaleDay
from .media import Attachment, Media
from .plan import Cadence, MixTarget, Slot, Template
from .post import ApprovalLink, Decision, Post, Publication, PublishingRule, Question
from .strategy import Goal, Strategy

__all__ = [
    "ApprovalLink", "Attachment", "Cadence", "Campaign", "Click", "ClickDay", "Cohort", "Decision", "Goal", "LinkCheck",
    "Media", "MixTarget", "NumbersDay", "Observation", "Post", "Publication", "PublishingRule", "Question",
    "ShortLink", "Slot", "Snapshot", "StaleDay", "Strategy", "Template",
]  # fmt: skip
