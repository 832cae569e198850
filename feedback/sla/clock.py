"""What a clock is and what it says at a moment: only here is decided what is overdue."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from .policy import Hours

CANCELS = frozenset({"spam", "merge", "block", "no_reply_needed", "deleted"})


@dataclass(slots=True)
class Clock:
    """One promise (or, without a target, one measurement) on one conversation.

    `outcome` is what the facts alone decide. A clock may be breached and not stopped: its deadline had
    passed when a pause, a change of policy or a reopening came. Ask `outcome_at` for a moment.
    """

    kind: str  # first | next | resolution
    cycle: int  # the customer's turn; for a resolution the case
    started_at: datetime
    message: Any
    message_kind: str
    sentiment: str
    stars: int | None
    live: bool
    rule: Any = None
    version: Any = None
    severity: str = "normal"
    target: int | None = None  # business seconds; None promises nothing
    due_at: datetime | None = None
    warn_at: datetime | None = None
    paused_seconds: int = 0  # business seconds of the pauses that ended
    paused_at: datetime | None = None
    stopped_at: datetime | None = None
    stop_reason: str | None = None  # reply resolve archive recovered, or one of CANCELS
    outcome: str = "open"  # open | met | breached | cancelled | measured
    breached_at: datetime | None = None
    answered_at: datetime | None = None
    business_seconds: int | None = None
    wall_seconds: int | None = None
    late_ingest: bool = False
    grace: bool = False


@dataclass(slots=True)
class Pause:
    """A span in which one clock (kind, cycle) stood still; `business_seconds` is None until it ends."""

    kind: str
    cycle: int
    from_at: datetime
    to_at: datetime | None = None
    business_seconds: int | None = None


@dataclass(slots=True)
class Timeline:
    """Everything derived from a conversation's facts; clocks in the order in which they started."""

    clocks: list[Clock] = field(default_factory=list)
    pauses: list[Pause] = field(default_factory=list)
    status: str = "open"  # open | waiting_customer | waiting_client | resolved | archived | spam | merged
    resolved_as: str | None = None
    first_customer_at: datetime | None = None
    last_customer_at: datetime | None = None
    last_reply_at: datetime | None = None


def overdue(clock: Clock, at: datetime) -> bool:
    """Whether the deadline lies before `at`, or before the pause in which the clock stands.

    At the deadline itself it is still kept.
    """
    return clock.due_at is not None and clock.due_at < (clock.paused_at or at)


def outcome_at(clock: Clock, now: datetime) -> str:
    """The clock's outcome as of `now`, which must not lie before the clock's last fact."""
    if clock.outcome == "open" and overdue(clock, now):
        return "breached"
    return clock.outcome


def state(clocks: Iterable[Clock], now: datetime) -> str:
    """One word for a conversation: breached, at_risk, ok, met or none (nothing promised)."""
    clocks = list(clocks)
    outcomes = [outcome_at(clock, now) for clock in clocks]
    if "breached" in outcomes:
        return "breached"
    running = [c for c, outcome in zip(clocks, outcomes, strict=True) if outcome == "open" and c.due_at]
    if any(c.warn_at and c.warn_at <= (c.paused_at or now) for c in running):
        return "at_risk"
    return "ok" if running else "met" if "met" in outcomes else "none"


def alert_at(hours: Hours, severity: str, at: datetime) -> datetime:
    """When people hear of an alert that arose at `at`: at the next opening, at once if it is critical."""
    return at if severity == "critical" else hours.opens(at)


def seconds_between(a: datetime, b: datetime) -> int:
    """Whole seconds of wall time, each instant cut to its second as the calendars do."""
    span = b - a
    return span.days * 86400 + span.seconds + (b.microsecond < a.microsecond)
