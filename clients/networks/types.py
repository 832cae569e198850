"""What the product and any network say to each other: plain records and the classes of failure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

Direction = Literal["in", "out"]
Kind = Literal["comment", "mention", "review", "message"]


@dataclass(frozen=True, slots=True)
class Author:
    id: str
    name: str
    bot: bool = False


@dataclass(frozen=True, slots=True)
class Incoming:
    """One interaction as its network shows it now; times are aware UTC, `edited_at` orders its versions.

    A deleted interaction has `deleted_at` and may have lost its text. `stars` is 1 to 5 or None.
    """

    external_id: str
    thread_id: str
    direction: Direction
    kind: Kind
    author: Author
    text: str
    created_at: datetime
    parent_id: str | None = None
    stars: int | None = None
    edited_at: datetime | None = None
    deleted_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Changes in the network's order, the cursor to go on from, and whether more are waiting there now."""

    items: list[Incoming]
    cursor: str
    more: bool


@dataclass(frozen=True, slots=True)
class Delivered:
    """A reply the network holds; `external_id` is the id under which polls and webhooks will show it."""

    external_id: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Media:
    """A picture or video as it is sent; `alt` says what it shows, at `url` a network may fetch it itself for a day."""

    name: str
    mime: str
    content: bytes = field(repr=False)
    alt: str = ""
    url: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Draft:
    """What is to be published; `key` is the same at every attempt for one post on one channel."""

    key: str
    text: str
    title: str = ""
    link: str = ""
    media: tuple[Media, ...] = ()
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Published:
    """A post the network holds, under the id that its comments and numbers name."""

    external_id: str
    url: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Numbers:
    """Counters of a post or a whole channel since it began; None where the network doesn't tell."""

    impressions: int | None = None
    reach: int | None = None
    views: int | None = None
    reactions: int | None = None
    comments: int | None = None
    shares: int | None = None
    clicks: int | None = None
    followers: int | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """A piece of news of the client's own homepage, as text; `at` is None where the feed has no date."""

    id: str
    title: str
    text: str
    link: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Account:
    """What a connector needs to know of a channel; `secret` holds further credentials by name.

    `trusted`: its address may lead into our own network; one that somebody typed in may not.
    """

    url: str
    account: str
    token: str = field(default="", repr=False)
    secret: dict[str, str] = field(default_factory=dict, repr=False)
    trusted: bool = True


@dataclass(frozen=True, slots=True)
class Renewed:
    """Credentials to be kept instead of those of the same name, and when they expire (None: never)."""

    credentials: dict[str, str] = field(repr=False)
    expires_at: datetime | None = None


class NetworkError(Exception):
    """The network did not do what was asked; the class says what may be done next. Never carries a token."""


class _Answered(NetworkError):
    """The network said no, with this status and, where it sent JSON, this answer."""

    def __init__(self, reason: str, status: int | None = None, answer: object = None):
        super().__init__(reason)
        self.reason, self.status, self.answer = reason, status, answer


class Refused(_Answered):
    """A definite no: nothing happened there, the same request will be refused again."""


class NotSent(NetworkError):
    """The request never left completely (name, connection, TLS): nothing happened there, safe to repeat."""


class Unknown(NetworkError):
    """It may or may not have happened (lost answer, 5xx, unreadable answer): ask, never repeat blindly."""


class Limited(NetworkError):
    """Nothing happened there; the network wants `retry_after` seconds of silence."""

    def __init__(self, retry_after: float):
        super().__init__(f"rate limited for {retry_after:g} s")
        self.retry_after = retry_after


class Unauthorized(_Answered):
    """Nothing happened there; the token is invalid, expired or lacks a right: the channel needs attention."""


class Connector(Protocol):
    """The functions a network's module offers, as far as its registry entry says. Each may raise any NetworkError."""

    def publish(self, account: Account, draft: Draft) -> Published:
        """Publishes one post, sent exactly once; `draft.key` names it for `find_post`."""

    def find_post(self, account: Account, draft: Draft, since: datetime) -> Published | None:
        """The post of this key, made at `since` or later. Absence proves something only as the registry says."""

    def numbers(self, account: Account, external_id: str) -> Numbers:
        """The counters of one post, or of the channel where `external_id` is empty."""

    def entries(self, account: Account) -> list[Entry]:
        """What the client's own homepage tells, newest as it lists it; for entries that say `lists`."""

    def renew(self, account: Account) -> Renewed:
        """New credentials in place of those that will expire; for entries that say `renews`."""

    def poll(self, account: Account, cursor: str) -> Page:
        """The changes after `cursor`; the empty cursor begins at the first one."""

    def reply(
        self, account: Account, thread_id: str, parent_id: str | None, text: str, key: str
    ) -> Delivered:
        """Writes one reply, sent exactly once; `key` names it for `find_reply`."""

    def find_reply(
        self, account: Account, thread_id: str, key: str, text: str = "", since: datetime | None = None
    ) -> Delivered | None:
        """The reply sent with `key`; networks without keys look for `text` in the thread, written at `since` or later.

        Absence proves something only as the registry's entry says.
        """

    def verify(self, account: Account, headers: Mapping[str, str], raw_body: bytes) -> bool:
        """Whether the webhook is from the network, unchanged and fresh; constant-time, never raises."""

    def challenge(self, account: Account, query: Mapping[str, str]) -> str | None:
        """The answer to a network that `challenges` a webhook's address with this query; None where it isn't ours."""

    def parse(self, raw_body: bytes) -> list[Incoming]:
        """What a verified webhook tells; ValueError where it cannot be read."""

    def concerns(self, account: Account, raw_body: bytes) -> bool:
        """Whether a verified webhook of a network that only `pokes` is about this account; ValueError as `parse`."""

    def delivery_id(self, headers: Mapping[str, str]) -> str:
        """The same for each repetition of one webhook; empty where the network gives none."""
