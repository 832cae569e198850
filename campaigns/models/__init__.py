"""What is planned, approved and published for a client."""

from .campaign import Campaign
from .post import ApprovalLink, Decision, Post, Publication, PublishingRule, Question

__all__ = ["ApprovalLink", "Campaign", "Decision", "Post", "Publication", "PublishingRule", "Question"]
