"""What engagement is: rates that name their denominator, never mixed and never averaged; middles of few numbers."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from statistics import median

COUNTERS = ("impressions", "reach", "views", "reactions", "comments", "shares", "clicks", "followers")
OF_POSTS = COUNTERS[:-1]  # what a post has of its own; followers are its channel's
LARGEST = 10**15  # more is no number of a network
RATES = ("reach", "impressions", "views", "followers")


@dataclass(frozen=True, slots=True)
class Rate:
    """Engagement per denominator (0 … 1 and above) of the `covered` posts that have one, out of `of` posts."""

    kind: str
    value: float | None
    covered: int
    of: int

    def told(self) -> dict:
        return asdict(self)


def rate(kind: str, engagement: int | None, denominator: int | None, covered: int, of: int) -> Rate:
    """Σ engagement / Σ denominator over the covered posts; without a denominator above 0 there is none, which is
    not 0."""
    known = engagement is not None and denominator is not None and denominator > 0
    return Rate(kind, engagement / denominator if known else None, covered, of)


def points(now: float | None, before: float | None) -> float | None:
    """How far a rate moved, in percentage points."""
    return None if now is None or before is None else (now - before) * 100


def difference(now: int | None, before: int | None) -> int | None:
    return None if now is None or before is None else now - before


def middle(values: Iterable[float | None], least: int) -> tuple[float | None, int]:
    """The median of what is known, None where fewer than `least` are, and how many are."""
    known = [value for value in values if value is not None]
    return (median(known) if len(known) >= max(least, 1) else None), len(known)


def middles_of_others(values: Mapping[int, float]) -> dict[int, float]:
    """By key: the median of all the other values, of which there must be one at least."""
    ordered = sorted(values, key=values.__getitem__)
    left = len(ordered) - 1
    found = {}
    for place, key in enumerate(ordered):
        around = [at if at < place else at + 1 for at in ((left - 1) // 2, left // 2)]
        found[key] = sum(values[ordered[at]] for at in around) / 2
    return found
