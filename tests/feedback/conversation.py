"""Words in which the tests of the SLA engine tell a conversation: a calendar Mo-Fr 9-17 in the zone UTC."""

from datetime import UTC, datetime, timedelta
from itertools import count

from clients.hours import Hours
from feedback.sla import Context, Match, Message, Reply, Rule, Step, Version, replay

DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
BEFORE = MONDAY - timedelta(days=60)
MINUTE, HOUR = 60, 3600

_ids = count(1)


def weekly(opening, closing, days=5):
    week = [[(opening * 60, closing * 60)]] * days + [[]] * (7 - days)
    return Hours("UTC", week)


OFFICE = weekly(9, 17)


def at(words, week=0):
    """at("Mo 9:15") is in the week of 2 March 2026, `week` says how many weeks later."""
    day, clock = words.split()
    hour, minute = clock.split(":")
    return MONDAY + timedelta(weeks=week, days=DAYS.index(day), hours=int(hour), minutes=int(minute))


def _when(words):
    return at(words) if isinstance(words, str) else words


def said(words, ingested=None, **fields):
    when = _when(words)
    return Message(when, next(_ids), _when(ingested) if ingested else when, **fields)


def replied(words):
    return Reply(_when(words), next(_ids))


def did(words, action, value=None):
    return Step(_when(words), next(_ids), action, value)


def version(number=1, valid_from=BEFORE, hours=OFFICE, **fields):
    return Version(number, number, valid_from, hours, **fields)


def promise(**fields):
    """One rule for everything."""
    return [Rule("all", Match(), (version(**fields),))]


NOTHING = []
TWO_HOURS = promise(first=2 * HOUR, next=2 * HOUR, resolution=16 * HOUR)


def tell(*facts, rules=TWO_HOURS, live_from=BEFORE, context=None):
    return replay(facts, rules, live_from, context or Context(hours=OFFICE))


def clock(timeline, kind, cycle=None):
    found = [c for c in timeline.clocks if c.kind == kind and cycle in (None, c.cycle)]
    assert len(found) == 1
    return found[0]


def outcomes(timeline):
    return [(c.kind, c.cycle, c.outcome) for c in timeline.clocks]


def stops(timeline):
    return [(c.kind, c.cycle, c.outcome, c.stop_reason) for c in timeline.clocks]
