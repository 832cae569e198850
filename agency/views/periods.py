"""Which local days a page is about: the last so many, a month, or from one day to another."""

import re
from dataclasses import dataclass
from datetime import date, timedelta

from clients.refusal import Refused

LENGTHS = ("7", "28", "90")
DEFAULT, FREE = "28", "free"
MOST = 366
FIRST_YEAR, LAST_YEAR = 1990, 2100
DAY = timedelta(days=1)
_MONTH, _DAY = re.compile(r"\d{4}-\d\d"), re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(frozen=True, slots=True)
class Period:
    """From `low` to `high`, both included; `choice` is what was asked for."""

    choice: str
    low: date
    high: date

    @property
    def days(self) -> list[date]:
        return [self.low + number * DAY for number in range((self.high - self.low).days + 1)]

    @property
    def before(self) -> tuple[date, date]:
        """The period of as many days that ends before this one."""
        span = self.high - self.low + DAY
        return self.low - span, self.high - span


def read(choice: str, first: str, last: str, today: date) -> Period:
    """The days that were asked for, of a month those until today. Raises Refused naming the field."""
    if choice == FREE:
        low, high = day("from", first), day("to", last)
        if high < low:
            raise Refused("to", "must not lie before from", "order")
        if (high - low).days >= MOST:
            raise Refused("to", f"{MOST} days at most", "too_long")
        return Period(choice, low, high)
    if choice in LENGTHS:
        return Period(choice, today - (int(choice) - 1) * DAY, today)
    low = first_of(choice)
    high = following(low) - DAY
    return Period(choice, low, min(high, today) if low <= today else high)


def months(today: date, number: int) -> list[date]:
    """The first days of the latest months, this one first."""
    found = [today.replace(day=1)]
    while len(found) < number:
        found.append((found[-1] - DAY).replace(day=1))
    return found


def following(first: date) -> date:
    """The first day of the next month."""
    return (first + 31 * DAY).replace(day=1)


def month(text: str, today: date) -> date:
    """The first day of the month named 2026-11, of today's where none is. Raises Refused."""
    return first_of(text) if text else today.replace(day=1)


def first_of(text: str) -> date:
    """The first day of such a month as 2026-11. Raises Refused."""
    return day("period", f"{text}-01") if _MONTH.fullmatch(text) else _refuse("period")


def day(field: str, text: str) -> date:
    """Such a day as 2026-11-23. Raises Refused."""
    try:
        found = date.fromisoformat(text) if _DAY.fullmatch(text) else _refuse(field)
    except ValueError:
        _refuse(field)
    return found if FIRST_YEAR <= found.year <= LAST_YEAR else _refuse(field)


def _refuse(field: str):
    raise Refused(field, "is no such date", "unreadable")
