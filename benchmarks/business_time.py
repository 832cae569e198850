"""Business time against the libraries businesstimedelta and business-duration, and arrays against one by one.

Every contestant answers questions about the same calendar (Monday to Friday 9 to 17 in Berlin, the holidays of
Bavaria), and their answers are compared. A busy machine interrupts long work more often than short work, which
would bend the ratios; so everybody works in pieces of about a millisecond, each counted with its best time.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from time import perf_counter
from zoneinfo import ZoneInfo

import businesstimedelta
import numpy as np
import pytz
from business_duration import businessDuration
from holidays import country_holidays

from clients import calendars
from clients.hours import Hours
from clients.hours_bulk import add_many, elapsed_many

ZONE, LAND, YEARS = "Europe/Berlin", "BY", range(2024, 2030)
FIRST = int(datetime(2025, 1, 1, tzinfo=UTC).timestamp())
SPAN, LONGEST, MOST_HOURS = 3 * 365 * 86_400, 30 * 86_400, 40
FEW, MANY, BATCH, ROUNDS = 100, 20_000, 10_000, 7

Work = Callable[[Sequence], Sequence]


def run() -> list[dict]:
    """Rows {name, value, unit, target, ok}; `target` is None where a row only informs."""
    hours = calendars.build(calendars.default(subdivision=LAND))
    hours.table(FIRST, FIRST + 2 * SPAN)
    return [*_against_libraries(hours), *_bulk_against_scalar(hours), _building()]


def _against_libraries(hours: Hours) -> Iterator[dict]:
    few, many = _questions(FEW), _questions(MANY)
    rule, days = _rule(), _holidays()
    add, their_add, elapsed, their_elapsed, duration = _rates([
        (lambda rows: [hours.add(a, n) for a, _, n in rows], _pieces(many, 1_000)),
        (lambda rows: [_add(rule, a, n) for a, _, n in rows], _pieces(few, 1)),
        (lambda rows: [hours.elapsed(a, b) for a, b, _ in rows], _pieces(many, 1_000)),
        (lambda rows: [_elapsed(rule, a, b) for a, b, _ in rows], _pieces(few, 1)),
        (lambda rows: [_duration(days, a, b) for a, b, _ in rows], _pieces(few, 1)),
    ])
    yield _row("add, one by one", add, "rows/s")
    yield _row("elapsed, one by one", elapsed, "rows/s")
    yield _row("add against businesstimedelta", add / their_add, "x", 200)
    yield _row("elapsed against businesstimedelta", elapsed / their_elapsed, "x", 200)
    yield _row("elapsed against business-duration", elapsed / duration, "x")
    yield _same("answers unlike businesstimedelta", [
        (hours.add(a, n), hours.elapsed(a, b)) != (_add(rule, a, n), _elapsed(rule, a, b))
        for a, b, n in few])
    yield _same("answers unlike business-duration", [
        hours.elapsed(a, b) != _duration(days, a, b) for a, b, _ in few])


def _bulk_against_scalar(hours: Hours) -> Iterator[dict]:
    rows = _numbers(MANY)
    columns = [np.array(piece).T for piece in _pieces(rows, BATCH)]
    works = (
        lambda some: [hours.add_seconds(a, n) for a, _, n in some],
        lambda some: [hours.elapsed_seconds(a, b) for a, b, _ in some],
        lambda some: add_many(hours, some[0], some[2]),
        lambda some: elapsed_many(hours, some[0], some[1]),
    )
    add, elapsed, bulk_add, bulk_elapsed = _rates([
        *((work, _pieces(rows, 1_000)) for work in works[:2]), *((work, columns) for work in works[2:])])
    yield _row("add, in bulk", bulk_add, "rows/s")
    yield _row("elapsed, in bulk", bulk_elapsed, "rows/s")
    yield _row("add in bulk against one by one", bulk_add / add, "x", 3)
    yield _row("elapsed in bulk against one by one", bulk_elapsed / elapsed, "x", 3)
    yield _same("bulk answers unlike one by one", [
        one != other for work, bulk in zip(works[:2], works[2:], strict=True)
        for one, other in zip(work(rows), bulk(np.array(rows).T).tolist(), strict=True)])


def _building() -> dict:
    """Milliseconds for the first five years of a calendar whose zone and holidays others have used before."""
    days = frozenset(_holidays())
    week = [[(9 * 60, 17 * 60)]] * 5 + [[]] * 2
    best = min(_timed(lambda: Hours(ZONE, week, closed=days).table(FIRST, FIRST + 5 * 365 * 86_400))
               for _ in range(ROUNDS))
    return _row("building five years of a calendar", best * 1_000, "ms")


def _numbers(n: int) -> list[tuple[int, int, int]]:
    """(start, a later instant, a budget) in whole seconds."""
    numbers = Random(n)
    starts = (FIRST + numbers.randrange(SPAN) for _ in range(n))
    return [(a, a + numbers.randrange(LONGEST), numbers.randrange(1, MOST_HOURS * 3_600)) for a in starts]


def _questions(n: int) -> list[tuple[datetime, datetime, int]]:
    return [(datetime.fromtimestamp(a, UTC), datetime.fromtimestamp(b, UTC), s) for a, b, s in _numbers(n)]


def _holidays() -> list[date]:
    return sorted(country_holidays("DE", LAND, years=YEARS))


def _rule() -> businesstimedelta.Rules:
    zone = pytz.timezone(ZONE)
    work = businesstimedelta.WorkDayRule(time(9), time(17), working_days=[0, 1, 2, 3, 4], tz=zone)
    return businesstimedelta.Rules([work, businesstimedelta.HolidayRule(set(_holidays()), tz=zone)])


def _add(rule: businesstimedelta.Rules, start: datetime, seconds: int) -> datetime:
    return start + businesstimedelta.BusinessTimeDelta(rule, seconds=seconds)


def _elapsed(rule: businesstimedelta.Rules, a: datetime, b: datetime) -> int:
    return int(rule.difference(a, b).timedelta // timedelta(seconds=1))


def _duration(days: list[date], a: datetime, b: datetime) -> int:
    """business-duration knows no zones and counts fractions of a unit as a float."""
    local = (t.astimezone(ZoneInfo(ZONE)).replace(tzinfo=None) for t in (a, b))
    return round(businessDuration(*local, starttime=time(9), endtime=time(17), holidaylist=days, unit="sec"))


def _pieces(rows: Sequence, size: int) -> list[Sequence]:
    return [rows[i:i + size] for i in range(0, len(rows), size)]


def _rates(contestants: Sequence[tuple[Work, list[Sequence]]]) -> list[float]:
    """Rows a second of each contestant over its pieces of work."""
    rounds = [[[_timed(work, piece) for piece in pieces] for work, pieces in contestants] for _ in range(ROUNDS)]
    best = [sum(map(min, zip(*times, strict=True))) for times in zip(*rounds, strict=True)]
    return [_size(pieces) / seconds for (_, pieces), seconds in zip(contestants, best, strict=True)]


def _size(pieces: list[Sequence]) -> int:
    return sum(piece.shape[1] if isinstance(piece, np.ndarray) else len(piece) for piece in pieces)


def _timed(work: Callable, *given: object) -> float:
    begin = perf_counter()
    work(*given)
    return perf_counter() - begin


def _row(name: str, value: float, unit: str, least: float = 0) -> dict:
    target = f">= {least}" if least else None
    return {"name": name, "value": round(value, 1), "unit": unit, "target": target, "ok": value >= least}


def _same(name: str, unlike: list) -> dict:
    n = int(sum(map(bool, unlike)))
    return {"name": name, "value": n, "unit": f"of {len(unlike)}", "target": "0", "ok": n == 0}


if __name__ == "__main__":
    for row in run():
        print(f"{row['name']:42} {row['value']:>12,} {row['unit']:10} {row['target'] or '':8} "
              f"{'ok' if row['ok'] else 'MISSED'}")
