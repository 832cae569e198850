"""Response times the slow and plain way, sharing no code with the product: a second opinion for the tests."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MINUTE = timedelta(minutes=1)
PERCENTILES = {"median": 50, "p90": 90, "p95": 95}


@dataclass(frozen=True, eq=False)
class Hours:
    """Weekly hours [start, end) in a zone, none on closed dates; `opened` replaces the hours of a date."""

    zone: str
    week: tuple[tuple[tuple[str, str], ...], ...]
    closed: frozenset[date] = frozenset()
    opened: tuple[tuple[date, tuple[tuple[str, str], ...]], ...] = ()


@dataclass(frozen=True)
class Turn:
    """A customer waiting: since when, and when the answer came (None: not yet)."""

    kind: str
    thread_id: str
    asked_at: datetime
    answered_at: datetime | None = field(default=None)


def hours(zone: str, week: Mapping, closed: Iterable = (), opened: Mapping | None = None) -> Hours:
    """From {"mon": [["09:00", "17:00"]], …}, dates (or their ISO text) and {date: [["10:00", "14:00"]]}."""
    return Hours(
        zone,
        tuple(tuple(map(tuple, week.get(day, ()))) for day in DAYS),
        frozenset(map(_day, closed)),
        tuple((_day(day), tuple(map(tuple, spans))) for day, spans in (opened or {}).items()),
    )


def _day(value) -> date:
    return value if isinstance(value, date) else date.fromisoformat(value)


def instant(created_at: str | datetime) -> datetime:
    """UTC from ISO 8601, RFC 2822 or "Tue Oct 31 22:10:47 +0000 2017"."""
    if isinstance(created_at, datetime):
        return created_at.astimezone(UTC)
    for parse in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            return parse(created_at).astimezone(UTC)
        except (ValueError, TypeError):
            continue
    return datetime.strptime(created_at, "%a %b %d %H:%M:%S %z %Y").astimezone(UTC)


def turns(rows: Iterable[dict]) -> list[Turn]:
    """The turns of one brand, thread by thread, in order of (created_at, "in" before "out", external_id)."""
    threads: dict[str, list[dict]] = {}
    for row in sorted(rows, key=_order):
        threads.setdefault(row["thread_id"], []).append(row)
    return [turn for thread_id, thread in threads.items() for turn in _thread_turns(thread_id, thread)]


def _order(row: dict) -> tuple:
    return instant(row["created_at"]), row["direction"] != "in", row["external_id"]


def _thread_turns(thread_id: str, thread: list[dict]) -> list[Turn]:
    found: list[Turn] = []
    asked_at = None
    for row in thread:
        at = instant(row["created_at"])
        kind = "next" if found else "first"
        if row["direction"] == "in" and asked_at is None:
            asked_at = at
        elif row["direction"] == "out" and asked_at is not None:
            found.append(Turn(kind, thread_id, asked_at, at))
            asked_at = None
    if asked_at is not None:
        found.append(Turn("next" if found else "first", thread_id, asked_at))
    return found


def is_open(at: datetime, opening: Hours) -> bool:
    """Whether the local wall clock at this instant stands in an interval of its local date."""
    local = at.astimezone(ZoneInfo(opening.zone))
    minute = local.hour * 60 + local.minute
    return any(start <= minute < end for start, end in _intervals(local.date(), opening))


@lru_cache(20_000)
def _intervals(day: date, opening: Hours) -> list[tuple[int, int]]:
    """Minutes of the local date; "24:00" is 1440."""
    spans = () if day in opening.closed else opening.week[day.weekday()]
    return [(_minute(start), _minute(end)) for start, end in dict(opening.opened).get(day, spans)]


def _minute(clock: str) -> int:
    return int(clock[:2]) * 60 + int(clock[3:5])


@lru_cache(20_000)
def _open_minutes(day: date, opening: Hours) -> tuple[bool, ...]:
    """For each of the 1,440 minutes of a UTC date whether it is open (edges and offsets are full minutes)."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return tuple(is_open(midnight + timedelta(minutes=minute), opening) for minute in range(1_440))


def business_seconds(start: datetime, end: datetime, opening: Hours) -> int:
    """Open seconds in [start, end), minute by minute; 0 when end is not after start. Whole seconds only."""
    at, end = start.astimezone(UTC), end.astimezone(UTC)
    total = 0
    while at < end:
        until = min(end, at.replace(second=0) + MINUTE)
        if _open_minutes(at.date(), opening)[at.hour * 60 + at.minute]:
            total += (until - at).seconds
        at = until
    return total


def due(start: datetime, target_seconds: int, opening: Hours, horizon_days: int = 400) -> datetime:
    """The instant when so many open seconds have passed since start. Raises ValueError beyond the horizon."""
    at, left = start.astimezone(UTC), target_seconds
    while at < start + timedelta(days=horizon_days):
        until = at.replace(second=0) + MINUTE
        if _open_minutes(at.date(), opening)[at.hour * 60 + at.minute]:
            step = (until - at).seconds
            if left <= step:
                return at + timedelta(seconds=left)
            left -= step
        at = until
    raise ValueError(f"no {target_seconds} open seconds within {horizon_days} days")


def percentile(values: Iterable[int], percent: int) -> int | None:
    """percentile_disc: the smallest observed value whose cumulative share reaches percent; None of none."""
    ordered = sorted(values)
    for rank, value in enumerate(ordered, start=1):
        if rank * 100 >= percent * len(ordered):
            return value
    return None


def response_times(rows: Iterable[dict], opening: Hours) -> dict:
    """n, answered, open; the same for first and next with {median, p90, p95} of business and wall seconds."""
    found = turns(rows)
    kinds = {kind: _kind([one for one in found if one.kind == kind], opening) for kind in ("first", "next")}
    return _counts(found) | kinds


def _kind(found: list[Turn], opening: Hours) -> dict:
    spans = [(turn.asked_at, turn.answered_at) for turn in found if turn.answered_at]
    measured = {
        "business": [business_seconds(asked, answered, opening) for asked, answered in spans],
        "wall": [int((answered - asked).total_seconds()) for asked, answered in spans],
    }
    shares = {
        name: {label: percentile(values, percent) for label, percent in PERCENTILES.items()}
        for name, values in measured.items()
    }
    return _counts(found) | shares


def _counts(found: list[Turn]) -> dict:
    answered = sum(turn.answered_at is not None for turn in found)
    return {"n": len(found), "answered": answered, "open": len(found) - answered}
