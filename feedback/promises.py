"""How a promise is told to people: until when, and why its clock stands still."""

from dataclasses import dataclass
from datetime import datetime

from clients.hours import HorizonError, Hours

from .models import Clock, Conversation, Status

WAITS = {Status.WAITING_CUSTOMER: "customer", Status.WAITING_CLIENT: "client"}


@dataclass(frozen=True)
class Promise:
    """`why` the clock stands still: closed, customer, client, or '' while it runs; `until` the next opening."""

    due: datetime | None = None
    warn: datetime | None = None
    why: str = ""
    until: datetime | None = None


def of_conversation(row: Conversation, hours: Hours, now: datetime) -> Promise:
    """The worst of its running promises, by the client's own hours."""
    if row.due_at is None:
        return Promise(why=WAITS.get(row.status, ""))
    return _running(row.due_at, row.warn_at, hours, now)


def of_clock(clock: Clock, status: str, hours: Hours, now: datetime) -> Promise:
    """`hours` are those that the clock counts by."""
    if clock.paused_at is not None:
        return Promise(clock.due_at, clock.warn_at, WAITS.get(status, "customer"))
    return _running(clock.due_at, clock.warn_at, hours, now)


def _running(due: datetime | None, warn: datetime | None, hours: Hours, now: datetime) -> Promise:
    if due is None or due < now or hours.is_open(now):
        return Promise(due, warn)
    try:
        return Promise(due, warn, "closed", hours.opens(now))
    except HorizonError:
        return Promise(due, warn, "closed")
