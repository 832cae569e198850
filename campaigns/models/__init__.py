"""What is planned, approved and published for a client, and what it does."""

from .campaign import Campaign
from .link import Click, ClickDay, LinkCheck, ShortLink
from .measure import Cohort, NumbersDay, Observation, Snapshot, StaleDay
from .post import ApprovalLink, Decision, Post, Publication, PublishingRule, Question

__all__ = [
    "ApprovalLink", "Campaign", "Click", "ClickDay", "Cohort", "Decision", "LinkCheck", "NumbersDay", "Observation",
    "Post", "Publication", "PublishingRule", "Question", "ShortLink", "Snapshot", "StaleDay",
]  # fmt: skip
