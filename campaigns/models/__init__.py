"""What is planned, approved and published for a client."""

from .campaign import Campaign
from .media import Attachment, Media
from .plan import Cadence, MixTarget, Slot, Template
from .post import ApprovalLink, Decision, Post, Publication, PublishingRule

__all__ = [
    "ApprovalLink", "Attachment", "Cadence", "Campaign", "Decision", "Media", "MixTarget", "Post", "Publication",
    "PublishingRule", "Slot", "Template",
]  # fmt: skip
