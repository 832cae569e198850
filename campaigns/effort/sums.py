"""The arithmetic of time and money: billing in steps, the forecast of a month, and whether it stays in its budget."""

from collections.abc import Mapping
from dataclasses import dataclass

OK, AT_RISK, OVER, UNKNOWN = "ok", "at_risk", "over", "unknown"
NEAR = 0.9  # of the budget in the forecast: at risk


def billed(seconds: Mapping[tuple, int], step: int) -> int:
    """Minutes to bill: each sum (of a person, activity and day) rounded up to whole steps; with step 0 to a minute."""
    size = (step or 1) * 60
    return sum(-(-one // size) * (step or 1) for one in seconds.values() if one > 0)


def forecast(spent: int, days_passed: int, days: int) -> int:
    """What a month will have cost at the pace of its open days so far; what is spent where none has passed yet."""
    if days_passed <= 0 or days <= days_passed:
        return spent
    return round(spent * days / days_passed)


def standing(spent: int, ahead: int, budget: int) -> str:
    """Of what is spent and forecast against the budget, in one unit; unknown without a budget."""
    if not budget:
        return UNKNOWN
    if spent > budget:
        return OVER
    return AT_RISK if ahead > budget * NEAR else OK


def cost(minutes: int, hour_cents: int | None) -> int | None:
    """What the time costs in cents; None while it is not known what an hour costs."""
    return None if hour_cents is None else round(minutes * hour_cents / 60)


@dataclass(frozen=True, slots=True)
class Worth:
    """Of one layer: how many of each kind, what it is worth in cents, and how many have no value to add."""

    counts: dict[str, int]
    cents: int
    without_value: int
