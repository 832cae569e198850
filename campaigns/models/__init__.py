"""What is planned, approved and published for a client, and what it does."""

from .campaign import Campaign
from .effort import Assumption, Contract, LockedMonth, Outcome, TimeEntry
from .link import Click, ClickDay, LinkCheck, ShortLink
from .measure import Cohort, NumbersDay, Observation, Snapshot, StaleDay
from .media import Attachment, Media
from .plan import Cadence, CalendarFeed, MixTarget, Slot, Template
from .post import ApprovalLink, Decision, Post, Publication, PublishingRule, Question
from .strategy import Goal, Strategy

__all__ = [
    "ApprovalLink", "Assumption", "Attachment", "Cadence", "CalendarFeed", "Campaign", "Click", "ClickDay",
    "Cohort", "Contract", "Decision", "Goal", "LinkCheck", "LockedMonth", "Media", "MixTarget", "NumbersDay",
    "Observation", "Outcome", "Post", "Publication", "PublishingRule", "Question", "ShortLink", "Slot",
    "Snapshot", "StaleDay", "Strategy", "Template", "TimeEntry",
]  # fmt: skip
