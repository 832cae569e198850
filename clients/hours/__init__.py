"""Business time: `spans` counts it, `document` says what a calendar may look like."""

from .document import Invalid, Spec, parse, shown
from .spans import END, FIRST_YEAR, HORIZON, LAST_YEAR, HorizonError, Hours, Intervals, Table

__all__ = [
    "END", "FIRST_YEAR", "HORIZON", "LAST_YEAR",
    "HorizonError", "Hours", "Intervals", "Invalid", "Spec", "Table", "parse", "shown",
]
