"""What a goal can be measured by, and how far it is on its way."""

from dataclasses import dataclass
from datetime import date

SUM, LEVEL = "sum", "level"


@dataclass(frozen=True, slots=True)
class Measure:
    """`sum`: counted up from the beginning; `level`: as it stands. `unit` is percent, stars, minutes or count."""

    slug: str
    sort: str
    unit: str = "count"
    falls: bool = False  # whether less is better


MEASURES = {
    one.slug: one
    for one in (
        Measure("posts", SUM),
        Measure("reach", SUM),
        Measure("engagement", SUM),
        Measure("clicks", SUM),
        Measure("reviews", SUM),
        Measure("followers", LEVEL),
        Measure("stars", LEVEL, "stars"),
        Measure("answered", LEVEL, "percent"),
        Measure("in_time", LEVEL, "percent"),
        Measure("first_response", LEVEL, "minutes", falls=True),
    )
}
NEAR = 0.9  # of what was to be reached by today: on its way


@dataclass(frozen=True, slots=True)
class Progress:
    """`share` of the way from start to target, `due` the share that the time passed asks for; None without a value.

    `state`: early (not begun), reached, on_track, behind, missed, unknown (nothing is measured yet).
    """

    value: float | None
    share: float | None
    due: float
    state: str


def progress(measure: Measure, start: float, target: float, begins: date, ends: date, today: date, value) -> Progress:
    """How far a goal is on `today`, by the straight line from its start on its first day to its target on its last."""
    days = (ends - begins).days
    due = min(1.0, max(0.0, (today - begins).days / days))
    if value is None:
        return Progress(None, None, due, "early" if today < begins else "unknown")
    base = 0.0 if measure.sort == SUM else start
    way = target - base
    share = 1.0 if _reached(measure, value, target) else (value - base) / way if way else 0.0
    return Progress(value, share, due, _state(measure, value, target, share, due, begins, ends, today))


def _reached(measure: Measure, value: float, target: float) -> bool:
    return value <= target if measure.falls else value >= target


def _state(measure, value, target, share, due, begins: date, ends: date, today: date) -> str:
    if today < begins:
        return "early"
    if _reached(measure, value, target):
        # A level can still be lost before the day it was promised for; a sum can't.
        return "reached" if measure.sort == SUM or today >= ends else "on_track"
    if today > ends:
        return "missed"
    return "on_track" if share >= due * NEAR else "behind"
