"""Decides when a client is open, and counts the business time between instants.

An instant is open when its local wall-clock time lies in one of the intervals [start, end) of its local date.
So a round-the-clock day lasts 23 or 25 hours when the clocks change, an edge in a skipped hour acts at the
jump, and an edge in a doubled hour acts in both passes. Counting is in whole UTC seconds, fractions cut off.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple
from zoneinfo import ZoneInfo

FIRST_YEAR, LAST_YEAR = 1990, 2101
HORIZON = 400 * 86_400  # seconds a walk may reach ahead

_NEVER = "the calendar is not open long enough within 400 days"
_YEARS = f"business time is known for the years {FIRST_YEAR} to {LAST_YEAR} only"
_DAY = 86_400
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY = date(1970, 1, 1).toordinal()
_SECOND = timedelta(seconds=1)
_from_epoch = datetime.fromtimestamp

END = (date(LAST_YEAR + 1, 1, 1).toordinal() - _EPOCH_DAY) * _DAY  # the first epoch second no longer known

Intervals = Sequence[tuple[int, int]]  # minutes of the local day; the end is exclusive and may be 1440


class HorizonError(ValueError):
    """The answer lies more than 400 days ahead, or outside the years 1990 to 2101."""


class Table(NamedTuple):
    """Business time over the epoch seconds [first, last).

    `edges` alternate opening and closing; `totals[k]` open seconds lie before edge k (one total more).
    """

    first: int
    last: int
    edges: tuple[int, ...]
    totals: tuple[int, ...]


_NOTHING = Table(0, 0, (), (0,))


class Hours:
    """The opening hours of one calendar.

    `zone` is an IANA name; `week` holds seven lists of intervals, Monday first; a date in `opened` has these
    intervals instead; other dates in `closed` or in `holidays(year)` have none. Instants are aware datetimes.
    """

    def __init__(self, zone: str, week: Sequence[Intervals], closed: frozenset[date] = frozenset(),
                 opened: Mapping[date, Intervals] | None = None,
                 holidays: Callable[[int], frozenset[date]] = lambda year: frozenset()):
        self.zone = ZoneInfo(zone)
        self._week = tuple(_seconds(intervals) for intervals in week)
        self._closed = frozenset(closed)
        self._opened = {_day_number(day): _seconds(intervals) for day, intervals in (opened or {}).items()}
        self._holidays = holidays
        self._table = _NOTHING

    def add(self, start: datetime, seconds: int) -> datetime:
        """The instant (UTC) at which `seconds` of open time after `start` are used up; see `add_seconds`."""
        since = start - _EPOCH  # written out here and in add_seconds: every deadline comes this way
        return _from_epoch(self.add_seconds(since.days * _DAY + since.seconds, seconds), UTC)

    def elapsed(self, a: datetime, b: datetime) -> int:
        """Open seconds from `a` to `b`; negative when `b` is the earlier one."""
        return self.elapsed_seconds(_epoch(a), _epoch(b))

    def opens(self, t: datetime) -> datetime:
        """`t` itself (UTC, whole second) when open, else the next opening; HorizonError beyond 400 days."""
        return _datetime(self.opens_seconds(_epoch(t)))

    def is_open(self, t: datetime) -> bool:
        second = _epoch(t)
        return bool(bisect_right(self.table(second, second).edges, second) & 1)

    def local_day(self, t: datetime) -> date:
        return t.astimezone(self.zone).date()

    def day_bounds(self, day: date) -> tuple[datetime, datetime]:
        """UTC bounds [from, to) of a local day: from the first instant of this date to the first of the next.

        Days tile time; a date the zone skipped is empty (from == to). HorizonError outside 1990 to 2101.
        """
        if not FIRST_YEAR <= day.year <= LAST_YEAR:
            raise HorizonError(_YEARS)
        number = _day_number(day)
        return _datetime(self._day_start(number)), _datetime(self._day_start(number + 1))

    def add_seconds(self, start: int, seconds: int) -> int:
        """The earliest epoch second by which `seconds` were open; used up at closing means due at closing.

        `add_seconds(start, 0)` is `start`, open or not. ValueError below zero, HorizonError beyond 400 days.
        """
        if seconds < 0:
            raise ValueError("seconds must not be negative")
        table = self._table
        if not table.first <= start < table.last:
            table = self.table(start, start)
        due = _reach(table, start, seconds)
        if due is None:
            due = _reach(self._ahead(start), start, seconds)
        if due is None or due > start + HORIZON:
            raise HorizonError(_NEVER)
        return due

    def elapsed_seconds(self, a: int, b: int) -> int:
        """Open seconds from epoch second `a` to `b`; negative when `b` is the earlier one."""
        table = self.table(a, b) if a <= b else self.table(b, a)
        return _open_before(table, b) - _open_before(table, a)

    def opens_seconds(self, t: int) -> int:
        """`t` when open, else the next opening, in epoch seconds; HorizonError beyond 400 days."""
        opening = _opening(self.table(t, t), t)
        if opening is None:
            opening = _opening(self._ahead(t), t)
        if opening is None or opening > t + HORIZON:
            raise HorizonError(_NEVER)
        return opening

    def table(self, first: int, last: int) -> Table:
        """The step function, covering at least the epoch seconds `first` to `last`, both included."""
        table = self._table
        if first < table.first or last >= table.last:
            # Threads may build it twice: the value is never changed, only replaced as a whole.
            table = self._table = self._cover(table, _year_of(first), _year_of(last))
        return table

    def _ahead(self, start: int) -> Table:
        return self.table(start, min(start + HORIZON, END - 1))

    def _cover(self, table: Table, first: int, last: int) -> Table:
        table = self._year(first) if table is _NOTHING else table
        while table.first > _year_start(first):
            table = _joined(self._year(_year_of(table.first - 1)), table)
        while table.last < _year_start(last + 1):
            table = _joined(table, self._year(_year_of(table.last)))
        return table

    def _year(self, year: int) -> Table:
        exceptions = self._exceptions(year)
        edges = []
        for begin, end, offset in _pieces(self.zone.key, year):
            for opening, closing in self._local(begin + offset, end + offset, exceptions):
                _append(edges, max(begin, opening - offset), min(end, closing - offset))
        return Table(_year_start(year), _year_start(year + 1), tuple(edges), _totals(edges))

    def _local(self, first: int, last: int, exceptions: Mapping) -> Iterator[tuple[int, int]]:
        for day in range(first // _DAY, (last - 1) // _DAY + 1):
            for start, end in exceptions.get(day, self._week[(day + 3) % 7]):  # 1970-01-01 was a Thursday
                yield day * _DAY + start, day * _DAY + end

    def _exceptions(self, year: int) -> dict[int, tuple]:
        # A year of UTC reaches a few hours into the local dates of its neighbours.
        shut = self._closed.union(*(self._holidays(near) for near in (year - 1, year, year + 1)))
        return {_day_number(day): () for day in shut} | self._opened

    def _day_start(self, day: int) -> int:
        midnight = day * _DAY
        years = {_utc_year(midnight - 2 * _DAY), _utc_year(midnight + 2 * _DAY)}
        pieces = (piece for year in sorted(years) for piece in _pieces(self.zone.key, year))
        return next(max(begin, midnight - offset) for begin, end, offset in pieces if end + offset > midnight)


def _reach(table: Table, start: int, seconds: int) -> int | None:
    if seconds == 0:
        return start
    _, _, edges, totals = table
    k = bisect_right(edges, start)
    target = totals[k] + seconds + (start - edges[k - 1] if k & 1 else 0)
    k = bisect_left(totals, target, k)
    return edges[k - 1] - (totals[k] - target) if k < len(totals) else None


def _open_before(table: Table, t: int) -> int:
    _, _, edges, totals = table
    k = bisect_right(edges, t)
    return totals[k] + (t - edges[k - 1] if k & 1 else 0)


def _opening(table: Table, t: int) -> int | None:
    k = bisect_right(table.edges, t)
    if k & 1:
        return t
    return table.edges[k] if k < len(table.edges) else None


def _append(edges: list[int], start: int, end: int) -> None:
    if start >= end:
        return
    if edges and start <= edges[-1]:
        edges[-1] = max(edges[-1], end)
    else:
        edges.extend((start, end))


def _totals(edges: Sequence[int]) -> tuple[int, ...]:
    lengths = (end - start for start, end in zip(edges[::2], edges[1::2], strict=True))
    totals = [0]
    for total in accumulate(lengths):
        totals.extend((totals[-1], total))
    return tuple(totals)


def _joined(earlier: Table, later: Table) -> Table:
    base = earlier.totals[-1]
    totals = earlier.totals + tuple(base + total for total in later.totals[1:])
    return Table(earlier.first, later.last, earlier.edges + later.edges, totals)


@lru_cache(maxsize=4096)
def _pieces(zone: str, year: int) -> tuple[tuple[int, int, int], ...]:
    """(begin, end, offset): the stretches of a UTC year in which the zone's offset, in seconds, stays."""
    info, pieces = ZoneInfo(zone), []
    begin, last = _year_start(year), _year_start(year + 1)
    # No zone ever changed twice within six days in these years, so a look a day misses nothing.
    for t in range(begin, last, _DAY):
        if _offset(info, t) != _offset(info, t + _DAY):
            change = _change(info, t, t + _DAY)
            pieces.append((begin, change, _offset(info, begin)))
            begin = change
    pieces.append((begin, last, _offset(info, begin)))
    return tuple(piece for piece in pieces if piece[0] < piece[1])


def _change(info: ZoneInfo, before: int, after: int) -> int:
    offset = _offset(info, before)
    while after - before > 1:
        middle = (before + after) // 2
        before, after = (middle, after) if _offset(info, middle) == offset else (before, middle)
    return after


def _offset(info: ZoneInfo, t: int) -> int:
    return datetime.fromtimestamp(t, info).utcoffset() // _SECOND


def _epoch(t: datetime) -> int:
    since = t - _EPOCH
    return since.days * _DAY + since.seconds


def _datetime(second: int) -> datetime:
    return _from_epoch(second, UTC)


def _day_number(day: date) -> int:
    return day.toordinal() - _EPOCH_DAY


def _seconds(intervals: Intervals) -> tuple[tuple[int, int], ...]:
    return tuple(sorted((start * 60, end * 60) for start, end in intervals))


def _year_start(year: int) -> int:
    return _day_number(date(year, 1, 1)) * _DAY


def _utc_year(second: int) -> int:
    return date.fromordinal(second // _DAY + _EPOCH_DAY).year


def _year_of(second: int) -> int:
    if not _year_start(FIRST_YEAR) <= second < END:
        raise HorizonError(_YEARS)
    return _utc_year(second)
