"""Response-time promises: clocks are a function of a conversation's facts, the rules and their calendars."""

from .clock import Clock, Pause, Timeline, alert_at, outcome_at, overdue, state
from .facts import ACTIONS, Deleted, Fact, Message, Rating, Reply, Step
from .policy import Context, Hours, Inputs, Match, Rule, Version, check, choose, pick
from .replay import replay

__all__ = [
    "ACTIONS", "Clock", "Context", "Deleted", "Fact", "Hours", "Inputs", "Match", "Message", "Pause",
    "Rating", "Reply", "Rule", "Step", "Timeline", "Version", "alert_at", "check", "choose", "outcome_at",
    "overdue", "pick", "replay", "state",
]  # fmt: skip
