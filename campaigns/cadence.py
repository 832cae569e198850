"""Whether a channel speaks often enough: how long it has been silent, and when it will be, by what is planned."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

AHEAD = 5  # days before a gap in which it is announced: enough to write a post and have it approved
OK, AT_RISK, SILENT = "ok", "at_risk", "silent"


@dataclass(frozen=True, slots=True)
class Standing:
    """`days_since` the last post (None: there was none); `gap` is the first and last silent day of the one that is on
    or comes next, the last one None where nothing planned ends it."""

    state: str
    days_since: int | None
    gap: tuple[date, date | None] | None


def pause(least: int) -> int | None:
    """How many days may pass after a post before the channel counts as silent; None: any number."""
    return -(-7 // least) if least else None


def standing(sent: Iterable[date], planned: Iterable[date], *, least: int, since: date, today: date) -> Standing:
    """How a channel stands that is to have `least` posts a week since then.

    Silent is each day without a post on which the last one is more than the pause ago; of a channel that never had
    one, the promise counts as the first. Planned days that are over count for nothing.
    """
    last = max((day for day in sent if day <= today), default=None)
    days_since = None if last is None else (today - last).days
    allowed = pause(least)
    if allowed is None:
        return Standing(OK, days_since, None)
    gap = _gap(last or min(since, today), sorted({day for day in planned if day >= today}), allowed, today)
    if gap[0] <= today:
        return Standing(SILENT, days_since, gap)
    return Standing(AT_RISK if gap[0] <= today + timedelta(days=AHEAD) else OK, days_since, gap)


def _gap(last: date, coming: list[date], allowed: int, today: date) -> tuple[date, date | None]:
    """The first gap that isn't over yet."""
    for day in coming:
        first, end = last + timedelta(days=allowed + 1), day - timedelta(days=1)
        if first <= end and end >= today:
            return first, end
        last = max(last, day)
    return last + timedelta(days=allowed + 1), None
