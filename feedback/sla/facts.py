"""What happened in one conversation: the only input from which clocks are derived.

Every fact carries `at` (aware UTC instant) and `id` (unique among facts of its class, breaks ties).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True)
class Message:
    """A customer's message; `stars` and `sentiment` as they were when it came in, before any correction."""

    rank: ClassVar[int] = 0
    at: datetime
    id: int
    ingested_at: datetime
    kind: str = "comment"
    stars: int | None = None
    sentiment: str = "neutral"
    question: bool = False


@dataclass(frozen=True, slots=True)
class Rating:
    """The stars or the text of a review (`message`: its id) changed."""

    rank: ClassVar[int] = 1
    at: datetime
    id: int
    message: int
    stars_before: int | None
    stars: int | None
    text_changed: bool = False

    @property
    def changed(self) -> bool:
        return self.text_changed or self.stars != self.stars_before

    @property
    def recovered(self) -> bool:
        return self.stars_before in (1, 2) and self.stars in (4, 5)


@dataclass(frozen=True, slots=True)
class Deleted:
    """The customer or the network deleted the message with the id `message`."""

    rank: ClassVar[int] = 2
    at: datetime
    id: int
    message: int


@dataclass(frozen=True, slots=True)
class Reply:
    """A public, human, delivered reply.

    The caller hands in nothing else: bot replies, internal notes, likes, changes of status and replies
    the network refused are no replies.
    """

    rank: ClassVar[int] = 3
    at: datetime
    id: int


@dataclass(frozen=True, slots=True)
class Step:
    """What a person or a rule decided; `action` is one of ACTIONS, `value` the new value of the last five.

    `policies` applies the current policies to the open clocks, `moved` says that other rules apply from here.
    """

    rank: ClassVar[int] = 4
    at: datetime
    id: int
    action: str
    value: Any = None


ACTIONS = (
    "resolve", "archive", "reopen", "wait_customer", "wait_client", "resume", "spam", "not_spam", "block",
    "merge", "no_reply_needed", "policies", "moved", "sentiment", "vip", "campaign",
)  # fmt: skip

Fact = Message | Rating | Deleted | Reply | Step

_ORDER = attrgetter("at", "rank", "id")


def in_order(facts: Iterable[Fact]) -> list[Fact]:
    """Sorted by (at, rank, id), so that message, reply and resolve work within one instant.

    A mark as spam (or a block) that was taken back later is left out: the conversation is counted as if
    it had never been made, so an unanswered turn runs again from its first unanswered message.
    """
    ordered = sorted(facts, key=_ORDER)
    lifted = [n for n, fact in enumerate(ordered) if fact.rank == 4 and fact.action == "not_spam"]
    if not lifted:
        return ordered
    last = lifted[-1]
    return [
        fact
        for n, fact in enumerate(ordered)
        if n > last or fact.rank != 4 or fact.action not in ("spam", "block", "not_spam")
    ]
