"""What opening hours mean for given instants: when a promise is due, how much business time lies between two."""

from collections.abc import Sequence
from datetime import datetime

import numpy as np

from . import hours_bulk
from .hours import HorizonError, Hours
from .refusal import Refused


def due(hours: Hours, target: int, starts: Sequence[datetime]) -> list[tuple[int, int, int]]:
    """(start, opens, due) in epoch seconds for a target in business seconds. Raises Refused naming the start."""
    seconds = _epochs(starts)
    try:
        ends = hours_bulk.add_many(hours, seconds, target)
        opens = [hours.opens_seconds(int(start)) for start in seconds]
    except HorizonError:
        raise _unreachable(hours, target, seconds) from None
    return list(zip(seconds.tolist(), opens, ends.tolist(), strict=True))


def elapsed(hours: Hours, pairs: Sequence[tuple[datetime, datetime]]) -> list[tuple[int, int, int]]:
    """(from, to, business seconds) in epoch seconds. Raises Refused naming a pair that ends before it starts."""
    for place, (first, last) in enumerate(pairs):
        if first > last:
            raise Refused(f"pairs[{place}]", "ends before it starts")
    first, last = _epochs([pair[0] for pair in pairs]), _epochs([pair[1] for pair in pairs])
    between = hours_bulk.elapsed_many(hours, first, last)
    return list(zip(first.tolist(), last.tolist(), between.tolist(), strict=True))


def _epochs(instants: Sequence[datetime]) -> np.ndarray:
    """Whole seconds; fractions are cut off."""
    return np.array([int(instant.timestamp() // 1) for instant in instants], np.int64)


def _unreachable(hours: Hours, target: int, seconds: np.ndarray) -> Refused:
    for place, start in enumerate(seconds.tolist()):
        try:
            hours.opens_seconds(start)
            hours.add_seconds(start, target)
        except HorizonError as error:
            return Refused(f"starts[{place}]", str(error), "beyond_horizon")
    return Refused("target_seconds", "lies more than 400 days ahead", "beyond_horizon")
