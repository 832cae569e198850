"""Derives every clock, every pause and the status of a conversation from its facts, in whatever order."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from .clock import Timeline
from .facts import ACTIONS, Deleted, Fact, Message, Rating, Reply, Step, in_order
from .policy import Context, Hours, Inputs, Rule, Version, pick
from .running import Running

CLOSED = frozenset({"resolved", "archived"})
SILENT = frozenset({"spam", "merged"})  # nothing is promised here any more
WAITING = frozenset({"waiting_customer", "waiting_client"})


def replay(
    facts: Iterable[Fact], rules: Sequence[Rule], live_from: datetime, context: Context = Context()  # noqa: B008
) -> Timeline:
    """The conversation after all its facts; the same for every order in which they are handed in.

    A clock that starts before `live_from` is imported history: measured, but `live` is False. The result
    does not depend on the present moment: ask `outcome_at` and `state` for it. `rules` holds archived
    rules and old versions too, or the past would be judged by the present. What the calendars raise for
    instants they do not know, or for a deadline beyond their horizon, passes through.
    """
    conversation = _Conversation(rules, live_from, context)
    for fact in in_order(facts):
        conversation.take(fact)
    return conversation.finish()


class _Conversation:
    """The state between two facts. `response` is the clock of the customer's latest turn, open or not."""

    __slots__ = ("rules", "live_from", "context", "spare_hours", "timeline", "runs", "messages", "deleted",
                 "stars", "sentiment", "campaign", "vip", "turn", "cases", "first_given", "response",
                 "resolution", "unanswered", "answerable", "closed_at")  # fmt: skip

    def __init__(self, rules: Sequence[Rule], live_from: datetime, context: Context):
        self.rules, self.live_from, self.context = rules, live_from, context
        self.campaign, self.vip = context.campaign, context.vip
        self.spare_hours = context.hours or _any_hours(rules)
        self.timeline = Timeline()
        self.runs: list[Running] = []
        self.messages: dict = {}
        self.deleted: set = set()
        self.stars: dict = {}
        self.unanswered: set = set()
        self.sentiment = self.response = self.resolution = self.closed_at = None
        self.turn = self.cases = 0
        self.first_given = self.answerable = False

    def take(self, fact: Fact) -> None:
        _TAKE[fact.rank](self, fact)

    def finish(self) -> Timeline:
        for run in self.runs:
            clock = run.clock
            clock.late_ingest = (
                clock.live and clock.due_at is not None and clock.due_at < run.message.ingested_at
            )
            self.timeline.clocks.append(clock)
            self.timeline.pauses += run.pauses
        return self.timeline

    # What customers do

    def message(self, fact: Message) -> None:
        if fact.id in self.deleted:
            return
        timeline = self.timeline
        timeline.first_customer_at = timeline.first_customer_at or fact.at
        timeline.last_customer_at = fact.at
        self.messages[fact.id] = fact
        if timeline.status not in SILENT:
            self.customer_turn(fact.at, fact)

    def rating(self, fact: Rating) -> None:
        message = self.messages.get(fact.message)
        if message is None or fact.message in self.deleted or not fact.changed:
            return
        self.stars[fact.message] = fact.stars
        if self.timeline.status in SILENT:
            return
        replied = self.timeline.last_reply_at is not None and self.timeline.last_reply_at >= message.at
        if fact.recovered and replied:
            self.recover(fact.at)
            return
        self.judge_anew(fact.at)
        if not fact.recovered:
            self.customer_turn(fact.at, message)

    def recover(self, at: datetime) -> None:
        status = self.timeline.status
        self.close(at, status if status in CLOSED else "resolved", "recovered")
        self.timeline.resolved_as = "recovered"

    def delete(self, fact: Deleted) -> None:
        self.deleted.add(fact.message)
        self.unanswered.discard(fact.message)
        if not self.unanswered and self.response is not None and self.response.open:
            self.response.stop(fact.at, "deleted")
            self.answerable = False
            self.first_given = self.first_given and self.response.clock.kind != "first"

    def customer_turn(self, at: datetime, message: Message) -> None:
        """The customer wants something: wakes a closed or waiting conversation, starts what does not run."""
        if self.timeline.status in CLOSED:
            self.reopen(at)
        elif self.timeline.status == "waiting_customer":
            self.resume(at)
        if self.response is None or not self.response.open:
            self.turn += 1
            self.unanswered = set()
            self.response = self.start("next" if self.first_given else "first", self.turn, at, message)
            self.first_given = self.answerable = True
        self.unanswered.add(message.id)
        self.start_resolution(at, message)

    # What we do

    def reply(self, fact: Reply) -> None:
        if self.timeline.first_customer_at is None:
            return
        self.timeline.last_reply_at = fact.at
        if self.answerable and self.timeline.status not in SILENT:
            self.response.answer(fact.at)
            self.answerable = False
            self.unanswered = set()

    def step(self, fact: Step) -> None:
        if fact.action not in ACTIONS:
            raise ValueError(f"unknown action {fact.action!r}")
        if self.timeline.status not in SILENT or fact.action == "merge":
            _STEPS[fact.action](self, fact)

    def close(self, at: datetime, status: str, reason: str) -> None:
        for run in self.open_runs():
            run.stop(at, reason)
        if self.timeline.status not in CLOSED:
            self.closed_at = at
        self.timeline.status = status

    def reopen(self, at: datetime) -> None:
        """Within the policy's days the same case goes on, later a new one begins with the next message."""
        if self.timeline.status not in CLOSED:
            return
        self.timeline.status, self.timeline.resolved_as = "open", None
        if self.is_new_case(at):
            self.resolution, self.first_given = None, False
        elif self.resolution is not None:
            self.resolution.reopen(at)

    def reopen_by_hand(self, fact: Step) -> None:
        self.reopen(fact.at)
        if self.cases and self.resolution is None:
            self.start_resolution(fact.at, next(reversed(self.messages.values())))

    def is_new_case(self, at: datetime) -> bool:
        run = self.resolution or self.response
        if run is None or run.version is None:
            return False
        return at - self.closed_at > timedelta(days=run.version.reopen_days)

    def wait(self, at: datetime, status: str) -> None:
        if self.timeline.status in CLOSED:
            return
        for run in self.open_runs():
            if run.pausable and run.clock.paused_at is None:
                run.pause(at)
        self.timeline.status = status

    def resume(self, at: datetime) -> None:
        if self.timeline.status not in WAITING:
            return
        for run in self.open_runs():
            if run.clock.paused_at is not None:
                run.resume(at)
        self.timeline.status = "open"

    def needs_no_reply(self, fact: Step) -> None:
        if self.response is not None and self.response.open and self.response.clock.kind == "next":
            self.response.stop(fact.at, "no_reply_needed")
            self.answerable = False

    def learn(self, fact: Step) -> None:
        """A person's word on the sentiment, the VIP flag or the campaign holds from here on."""
        setattr(self, fact.action, fact.value)
        self.judge_anew(fact.at)

    # Clocks

    def start(self, kind: str, cycle: int, at: datetime, message: Message) -> Running:
        inputs = self.inputs(message)
        run = Running(kind, cycle, at, message, inputs, at >= self.live_from)
        rule, version = pick(self.rules, inputs, run.chosen_at)
        run.promise(rule, version, self.hours(version))
        if self.timeline.status in WAITING and run.pausable:
            run.pause(at)
        self.runs.append(run)
        return run

    def start_resolution(self, at: datetime, message: Message) -> None:
        if self.resolution is None and at >= self.live_from:
            self.cases += 1
            self.resolution = self.start("resolution", self.cases, at, message)

    def judge_anew(self, at: datetime, current: bool = False) -> None:
        """Choose again for the open clocks: among the policies they started with, or the `current` ones."""
        for run in self.open_runs():
            if current:
                run.chosen_at = at
            inputs = self.inputs(run.message)
            rule, version = pick(self.rules, inputs, run.chosen_at)
            run.change(at, inputs, rule, version, self.hours(version))

    def open_runs(self) -> Iterator[Running]:
        for run in (self.response, self.resolution):
            if run is not None and run.open:
                yield run

    def inputs(self, message: Message) -> Inputs:
        return Inputs(
            self.context.channel, message.kind, self.sentiment or message.sentiment,
            self.stars.get(message.id, message.stars), message.question, self.campaign, bool(self.vip),
        )  # fmt: skip

    def hours(self, version: Version | None) -> Hours | None:
        return self.spare_hours if version is None else version.hours


def _any_hours(rules: Sequence[Rule]) -> Hours | None:
    return next((version.hours for rule in rules for version in rule.versions), None)


_TAKE = (
    _Conversation.message, _Conversation.rating, _Conversation.delete, _Conversation.reply,
    _Conversation.step,
)  # fmt: skip

_STEPS = {
    "resolve": lambda c, fact: c.close(fact.at, "resolved", "resolve"),
    "archive": lambda c, fact: c.close(fact.at, "archived", "archive"),
    "spam": lambda c, fact: c.close(fact.at, "spam", "spam"),
    "block": lambda c, fact: c.close(fact.at, "spam", "block"),
    "merge": lambda c, fact: c.close(fact.at, "merged", "merge"),
    "reopen": _Conversation.reopen_by_hand,
    "wait_customer": lambda c, fact: c.wait(fact.at, "waiting_customer"),
    "wait_client": lambda c, fact: c.wait(fact.at, "waiting_client"),
    "resume": lambda c, fact: c.resume(fact.at),
    "no_reply_needed": _Conversation.needs_no_reply,
    "policies": lambda c, fact: c.judge_anew(fact.at, current=True),
    "moved": lambda c, fact: c.judge_anew(fact.at, current=True),
    "sentiment": _Conversation.learn,
    "vip": _Conversation.learn,
    "campaign": _Conversation.learn,
    "not_spam": lambda c, fact: None,  # `in_order` already left out what it takes back
}
