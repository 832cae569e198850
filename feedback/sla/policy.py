"""Which promise holds for a message: ordered rules with versions that are never edited in place."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, Protocol


class Hours(Protocol):
    """A calendar's arithmetic; only business time counts, in whole seconds."""

    def add(self, start: datetime, seconds: int) -> datetime: ...
    def elapsed(self, a: datetime, b: datetime) -> int: ...
    def opens(self, t: datetime) -> datetime: ...


@dataclass(frozen=True, slots=True)
class Context:
    """What is known about a conversation before its first fact.

    `hours` measures response times where no policy applies; without it the first rule's calendar does.
    """

    channel: Any = None
    campaign: Any = None
    vip: bool = False
    hours: Hours | None = None


class Inputs(NamedTuple):
    channel: Any
    kind: str
    sentiment: str
    stars: int | None
    question: bool
    campaign: Any
    vip: bool


@dataclass(frozen=True, slots=True)
class Match:
    """Conditions that must all hold; an empty collection or None asks nothing."""

    channels: Collection = frozenset()
    kinds: Collection[str] = frozenset()
    sentiments: Collection[str] = frozenset()
    stars_min: int | None = None
    stars_max: int | None = None
    question: bool | None = None
    campaigns: Collection = frozenset()
    vip: bool | None = None

    def matches(self, inputs: Inputs) -> bool:
        return (
            (not self.kinds or inputs.kind in self.kinds)
            and (not self.sentiments or inputs.sentiment in self.sentiments)
            and (self.question is None or self.question == inputs.question)
            and (self.vip is None or self.vip == inputs.vip)
            and (not self.channels or inputs.channel in self.channels)
            and (not self.campaigns or inputs.campaign in self.campaigns)
            and self._stars_match(inputs.stars)
        )

    def _stars_match(self, stars: int | None) -> bool:
        low, high = self.stars_min, self.stars_max
        if low is None and high is None:
            return True
        return stars is not None and (low is None or low <= stars) and (high is None or stars <= high)


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a promise. Targets and `warn_before` are business seconds, None promises nothing.

    `reopen_days` are days of 24 hours; `minimum_grace` are plain seconds.
    """

    id: Any
    number: int
    valid_from: datetime
    hours: Hours
    first: int | None = None
    next: int | None = None
    resolution: int | None = None
    warn_percent: int | None = None
    warn_before: int | None = None
    reopen_days: int = 7
    pause_first: bool = False
    minimum_grace: int = 1800
    severity: str = "normal"

    def target(self, kind: str) -> int | None:
        return getattr(self, kind)

    def warning(self, target: int) -> int | None:
        """Business seconds after the start at which to warn; 0 warns at once; None never warns."""
        if self.warn_percent is not None:
            return target * self.warn_percent // 100
        if self.warn_before is not None:
            return max(0, target - self.warn_before)
        return None


@dataclass(frozen=True, slots=True)
class Rule:
    """A condition and its promise through time; deleted means `archived_at` is set, nothing is removed."""

    id: Any
    match: Match
    versions: tuple[Version, ...]
    archived_at: datetime | None = None

    def version(self, at: datetime) -> Version | None:
        """The version in force at `at`; None before the first one and once archived."""
        if self.archived_at is not None and self.archived_at <= at:
            return None
        best = None
        for version in self.versions:
            if version.valid_from <= at and (best is None or _age(best) < _age(version)):
                best = version
        return best


def choose(rules: Sequence[Rule], inputs: Inputs, at: datetime) -> Version | None:
    """The version of the first rule that matches; before every rule's time the earliest versions count."""
    return pick(rules, inputs, at)[1]


def pick(rules: Sequence[Rule], inputs: Inputs, at: datetime) -> tuple[Rule | None, Version | None]:
    """As `choose`, together with the rule."""
    found = _first(rules, inputs, at)
    if found[1] is not None:
        return found
    earliest = min((v.valid_from for rule in rules for v in rule.versions), default=at)
    return _first(rules, inputs, earliest) if at < earliest else found


def check(
    *,
    first: int | None = None,
    next: int | None = None,
    resolution: int | None = None,
    warn_percent: int | None = None,
    warn_before: int | None = None,
    reopen_days: int = 7,
    minimum_grace: int = 1800,
    severity: str = "normal",
) -> list[tuple[str, str]]:
    """What is wrong with a version before it is saved, as (field, message); empty when it may be saved."""
    targets = {"first": first, "next": next, "resolution": resolution}
    errors = [(name, "must be a whole number above 0") for name, t in targets.items() if not _whole(t, 1)]
    if not errors and first is not None and resolution is not None and first > resolution:
        errors.append(("first", "must not be longer than resolution"))
    if not _whole(warn_percent, 1, 100):
        errors.append(("warn_percent", "must be between 1 and 100"))
    if not _whole(warn_before, 1):
        errors.append(("warn_before", "must be a whole number above 0"))
    if warn_percent is not None and warn_before is not None:
        errors.append(("warn_before", "warn by percent or by time, not both"))
    for name, value in (("reopen_days", reopen_days), ("minimum_grace", minimum_grace)):
        if value is None or not _whole(value, 0):
            errors.append((name, "must be a whole number of at least 0"))
    if severity not in ("normal", "critical"):
        errors.append(("severity", "must be normal or critical"))
    return errors


def _age(version: Version) -> tuple[datetime, int]:
    return version.valid_from, version.number


def _first(rules: Sequence[Rule], inputs: Inputs, at: datetime) -> tuple[Rule | None, Version | None]:
    for rule in rules:
        if rule.match.matches(inputs):
            version = rule.version(at)
            if version is not None:
                return rule, version
    return None, None


def _whole(value: Any, low: int, high: float = float("inf")) -> bool:
    return value is None or (type(value) is int and low <= value <= high)
