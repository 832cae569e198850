"""Decides which JSON documents describe a calendar, and names everything that is wrong with the others."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache
from zoneinfo import available_timezones

from .spans import FIRST_YEAR, LAST_YEAR

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
KEYS = ("zone", "country", "subdivision", "categories", "week", "closed", "open")
MOST_DATES, MOST_INTERVALS, MOST_CATEGORIES, MOST_ERRORS = 1_000, 48, 20, 50

_TIME = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]|24:00")
_CATEGORY = re.compile(r"[a-z_]{1,40}")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

Day = tuple[tuple[int, int], ...]


class Invalid(Exception):
    """The document is refused; `errors` lists (field, message), the field as a path such as `week.mon[0]`."""

    def __init__(self, errors: Iterable[tuple[str, str]]):
        self.errors = list(errors)[:MOST_ERRORS]
        super().__init__("; ".join(f"{field or 'document'}: {message}" for field, message in self.errors))


@dataclass(frozen=True)
class Spec:
    """A calendar in normal form, hashable: intervals in minutes of the local day and sorted, Monday first."""

    zone: str
    country: str | None
    subdivision: str | None
    categories: tuple[str, ...]
    week: tuple[Day, ...]
    closed: tuple[date, ...]
    opened: tuple[tuple[date, Day], ...]

    def document(self) -> dict:
        return {
            "zone": self.zone,
            "country": self.country,
            "subdivision": self.subdivision,
            "categories": list(self.categories),
            "week": {name: _written(day) for name, day in zip(WEEKDAYS, self.week, strict=True)},
            "closed": [day.isoformat() for day in self.closed],
            "open": {day.isoformat(): _written(intervals) for day, intervals in self.opened},
        }


def parse(document: object) -> Spec:
    """The calendar a JSON document describes; Invalid with all that is wrong, the names of holidays apart.

    `zone` and `week` are required. Without a country there are no holidays; `categories` default to public.
    """
    return _Reader().read(document)


class _Reader:
    """Reads on after a mistake, so that one answer names them all."""

    def __init__(self):
        self.errors: list[tuple[str, str]] = []

    def read(self, document: object) -> Spec:
        if not isinstance(document, dict):
            raise Invalid([("", "must be an object")])
        fields = self.mapping("", document, KEYS)
        spec = Spec(
            zone=self.zone(fields),
            country=self.text("country", fields.get("country")),
            subdivision=self.text("subdivision", fields.get("subdivision")),
            categories=self.categories(fields.get("categories", ["public"])),
            week=self.week(fields),
            closed=self.closed(fields.get("closed", [])),
            opened=self.opened(fields.get("open", {})),
        )
        self.contradictions(spec)
        if self.errors:
            raise Invalid(self.errors)
        return spec

    def refuse(self, path: str, message: str) -> None:
        self.errors.append((path, message))

    def mapping(self, path: str, value: object, allowed: tuple[str, ...] = ()) -> dict[str, object]:
        if not isinstance(value, dict):
            self.refuse(path, "must be an object")
            return {}
        for key in value:
            if not isinstance(key, str) or (allowed and key not in allowed):
                self.refuse(_path(path, key), f"unknown key; allowed are {', '.join(allowed) or 'dates'}")
        return {key: value[key] for key in value if isinstance(key, str) and (not allowed or key in allowed)}

    def items(self, path: str, value: object, most: int) -> list:
        if not isinstance(value, list | tuple):
            self.refuse(path, "must be a list")
        elif len(value) > most:
            self.refuse(path, f"has more than {most} entries")
        else:
            return list(value)
        return []

    def text(self, path: str, value: object) -> str | None:
        if value is not None and not isinstance(value, str):
            self.refuse(path, "must be text or null")
            return None
        return value

    def zone(self, fields: dict) -> str:
        zone = fields.get("zone")
        if not isinstance(zone, str):
            self.refuse("zone", "must be the IANA name of a time zone, such as Europe/Berlin")
        elif zone not in zones():
            self.refuse("zone", f"unknown time zone {shown(zone)}; use an IANA name such as Europe/Berlin")
        return zone

    def categories(self, value: object) -> tuple[str, ...]:
        names = self.items("categories", value, MOST_CATEGORIES)
        for i, name in enumerate(names):
            if not isinstance(name, str) or not _CATEGORY.fullmatch(name):
                self.refuse(f"categories[{i}]", "must be the name of a kind of holidays, such as public")
        return tuple(dict.fromkeys(name for name in names if isinstance(name, str)))

    def week(self, fields: dict) -> tuple[Day, ...]:
        before = len(self.errors)
        days = self.mapping("week", fields.get("week"), WEEKDAYS)
        week = tuple(self.day(f"week.{name}", days.get(name, [])) for name in WEEKDAYS)
        if not any(week) and len(self.errors) == before:
            self.refuse("week", "needs at least one open interval")
        return week

    def day(self, path: str, value: object) -> Day:
        pairs = enumerate(self.items(path, value, MOST_INTERVALS))
        read = [(self.interval(f"{path}[{i}]", pair), i) for i, pair in pairs]
        intervals = sorted((pair, i) for pair, i in read if pair)
        for (earlier, _), (later, i) in zip(intervals, intervals[1:], strict=False):
            if later[0] < earlier[1]:
                self.refuse(f"{path}[{i}]", f"overlaps {_clock(earlier[0])}-{_clock(earlier[1])}")
        return tuple(pair for pair, _ in intervals)

    def interval(self, path: str, value: object) -> tuple[int, int] | None:
        if not isinstance(value, list | tuple) or len(value) != 2:
            return self.refuse(path, 'must be a pair such as ["09:00", "17:00"]')
        if not all(isinstance(time, str) and _TIME.fullmatch(time) for time in value) or value[0] == "24:00":
            return self.refuse(path, "needs times HH:MM from 00:00 to 23:59; only an end may be 24:00")
        start, end = _minutes(value[0]), _minutes(value[1])
        if end <= start:
            return self.refuse(path, "must end after it starts; a span over midnight is written as two")
        return start, end

    def closed(self, value: object) -> tuple[date, ...]:
        days = enumerate(self.items("closed", value, MOST_DATES))
        return tuple(sorted({day for i, text in days if (day := self.a_date(f"closed[{i}]", text))}))

    def opened(self, value: object) -> tuple[tuple[date, Day], ...]:
        entries = self.mapping("open", value)
        if len(entries) > MOST_DATES:
            self.refuse("open", f"has more than {MOST_DATES} entries")
            return ()
        days = [self.opened_day(_path("open", key), key, value) for key, value in entries.items()]
        return tuple(sorted((day, intervals) for day, intervals in days if day))

    def opened_day(self, path: str, key: str, value: object) -> tuple[date | None, Day]:
        if value == []:
            self.refuse(path, "needs an interval; a date without any belongs in closed")
        return self.a_date(path, key), self.day(path, value)

    def a_date(self, path: str, value: object) -> date | None:
        try:
            day = date.fromisoformat(value) if isinstance(value, str) and _DATE.fullmatch(value) else None
        except ValueError:
            day = None
        if day is None or not FIRST_YEAR <= day.year <= LAST_YEAR:
            return self.refuse(path, f"must be a date YYYY-MM-DD in {FIRST_YEAR} to {LAST_YEAR}")
        return day

    def contradictions(self, spec: Spec) -> None:
        if spec.country is None and spec.subdivision is not None:
            self.refuse("subdivision", "must be null without a country")
        if spec.country is not None and not spec.categories and not self.errors:
            self.refuse("categories", "needs at least one category when a country is given")
        closed = set(spec.closed)
        for day, _ in spec.opened:
            if day in closed:
                self.refuse(f"open.{day}", "the date is also in closed")


@cache
def zones() -> frozenset[str]:
    """The time zones a calendar may name; whatever this machine calls its own is not among them."""
    return frozenset(available_timezones() - {"localtime", "Factory", "posixrules"})


def shown(text: str) -> str:
    """Text of a stranger, short and printable, for a message."""
    return repr(text if len(text) <= 40 else text[:40] + "…")


def _path(parent: str, key: object) -> str:
    name = key if isinstance(key, str) else type(key).__name__
    name = name if name.isprintable() and 0 < len(name) <= 40 else shown(name)
    return f"{parent}.{name}" if parent else name


def _minutes(time: str) -> int:
    return int(time[:2]) * 60 + int(time[3:])


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _written(day: Day) -> list[list[str]]:
    return [[_clock(start), _clock(end)] for start, end in day]
