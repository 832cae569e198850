"""How one clock starts, pauses, changes its promise and stops."""

from datetime import datetime, timedelta

from .clock import CANCELS, Clock, Pause, overdue, seconds_between
from .facts import Message
from .policy import Hours, Inputs, Rule, Version

LONG = timedelta(days=180)  # a calendar refuses walks over 400 days, a conversation may wait longer


class Running:
    """A clock together with what moves it: version, calendar, pauses and the point it counts from.

    due = anchor + budget + pauses since the anchor. The anchor is the start, after a grace the grace's end.
    """

    __slots__ = ("clock", "message", "chosen_at", "hours", "version", "pauses", "resumed_at",
                 "anchor", "budget", "warning", "before")  # fmt: skip

    def __init__(self, kind: str, cycle: int, at: datetime, message: Message, inputs: Inputs, live: bool):
        self.clock = Clock(
            kind, cycle, at, message.id, inputs.kind, inputs.sentiment, inputs.stars, live
        )  # fmt: skip
        self.message = message
        self.chosen_at = at if live else message.ingested_at
        self.hours = self.version = self.resumed_at = None
        self.pauses: list[Pause] = []

    @property
    def open(self) -> bool:
        return self.clock.stopped_at is None

    @property
    def pausable(self) -> bool:
        return self.clock.kind != "first" or (self.version is not None and self.version.pause_first)

    def promise(self, rule: Rule | None, version: Version | None, hours: Hours | None) -> None:
        """Take the version's target; `hours` measures where there is no version."""
        clock = self.clock
        self.version, self.hours = version, hours
        clock.grace, clock.target, clock.due_at, clock.warn_at = False, None, None, None
        clock.rule = rule.id if rule is not None else None
        if version is None:
            clock.version, clock.severity = None, "normal"
            return
        clock.version, clock.severity = version.id, version.severity
        clock.target = version.target(clock.kind)
        if clock.target is not None:
            self.anchor, self.budget, self.before = clock.started_at, clock.target, 0
            self.warning = version.warning(clock.target)
            self._set_deadline()

    def pause(self, at: datetime) -> None:
        self._settle(at)
        self.clock.paused_at = at
        self.pauses.append(Pause(self.clock.kind, self.clock.cycle, at))

    def resume(self, at: datetime) -> None:
        clock, pause = self.clock, self.pauses[-1]
        pause.to_at = self.resumed_at = at
        pause.business_seconds = self._elapsed(pause.from_at, at) or 0
        clock.paused_at = None
        if pause.from_at == at:
            self.pauses.pop()
        clock.paused_seconds += pause.business_seconds
        if pause.business_seconds and clock.due_at is not None and clock.breached_at is None:
            self._set_deadline()

    def answer(self, at: datetime) -> None:
        """The first reply to this turn; it stops the clock unless something else did before."""
        if self.open:
            self.stop(at, "reply")
        clock = self.clock
        clock.answered_at = at
        clock.business_seconds = self._elapsed(clock.started_at, at)
        clock.wall_seconds = seconds_between(clock.started_at, at)

    def stop(self, at: datetime, reason: str) -> None:
        clock = self.clock
        if clock.paused_at is not None:
            self.resume(at)
        self._settle(at)
        clock.stopped_at, clock.stop_reason = at, reason
        if clock.outcome == "open":
            kept = "met" if clock.due_at is not None else "measured"
            clock.outcome = "cancelled" if reason in CANCELS else kept
        if clock.kind == "resolution" and reason not in CANCELS:
            self._measure(at)

    def reopen(self, at: datetime) -> None:
        """Go on with a stopped clock; the span in which it stood counts as a pause, a breach stays."""
        clock = self.clock
        self.pauses.append(Pause(clock.kind, clock.cycle, clock.stopped_at))
        clock.outcome = "breached" if clock.breached_at is not None else "open"
        clock.stopped_at = clock.stop_reason = clock.business_seconds = clock.wall_seconds = None
        self.resume(at)

    def change(self, at: datetime, inputs: Inputs, rule: Rule | None, version: Version | None,
               hours: Hours | None) -> None:  # fmt: skip
        """Judge an open clock anew; start and pauses stay, and so does a deadline that was missed before."""
        clock = self.clock
        clock.sentiment, clock.stars = inputs.sentiment, inputs.stars
        self._settle(at)
        if clock.breached_at is not None or version is self.version:
            return
        if hours is not self.hours:
            self._count_pauses(hours)
        self.promise(rule, version, hours)
        if clock.due_at is not None and self._is_past(at):
            self._give_grace(at)

    def _settle(self, at: datetime) -> None:
        clock = self.clock
        if clock.outcome == "open" and overdue(clock, at):
            clock.outcome, clock.breached_at = "breached", clock.due_at

    def _set_deadline(self) -> None:
        clock = self.clock
        clock.due_at = self._reach(self.budget)
        if self.warning is not None:
            at_once = self.warning == 0 and clock.paused_seconds == self.before
            clock.warn_at = self.hours.opens(self.anchor) if at_once else self._reach(self.warning)

    def _reach(self, seconds: int) -> datetime:
        """The instant at which that many business seconds since the anchor are used up, pauses left out."""
        paused = self.clock.paused_seconds - self.before
        since = self.resumed_at
        if since is None or since - self.anchor < LONG:
            return self.hours.add(self.anchor, seconds + paused)
        used = self.hours.elapsed(self.anchor, since) - paused
        return self.hours.add(since, max(0, seconds - used))

    def _is_past(self, at: datetime) -> bool:
        if self.clock.paused_at is None:
            return self.clock.due_at < at
        return self._used(self.clock.paused_at) >= self.budget

    def _used(self, at: datetime) -> int:
        return self.hours.elapsed(self.anchor, at) - self.clock.paused_seconds + self.before

    def _give_grace(self, at: datetime) -> None:
        clock = self.clock
        running = self.hours.elapsed(clock.paused_at, at) if clock.paused_at is not None else 0
        self.anchor = clock.due_at = at + timedelta(seconds=self.version.minimum_grace)
        self.budget, self.before = 0, clock.paused_seconds + running
        clock.warn_at = at if self.warning is not None else None
        self.warning, clock.grace = None, True

    def _count_pauses(self, hours: Hours | None) -> None:
        self.hours = hours
        for pause in self.pauses:
            if pause.to_at is not None:
                pause.business_seconds = self._elapsed(pause.from_at, pause.to_at) or 0
        self.clock.paused_seconds = sum(p.business_seconds or 0 for p in self.pauses)

    def _measure(self, at: datetime) -> None:
        clock = self.clock
        clock.wall_seconds = seconds_between(clock.started_at, at)
        clock.business_seconds = self._elapsed(clock.started_at, at)
        for pause in self.pauses:
            clock.wall_seconds -= seconds_between(pause.from_at, pause.to_at)
        if clock.business_seconds is not None:
            clock.business_seconds -= clock.paused_seconds

    def _elapsed(self, a: datetime, b: datetime) -> int | None:
        return self.hours.elapsed(a, b) if self.hours is not None else None
