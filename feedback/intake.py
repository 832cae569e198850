"""Reads one interaction from what a stranger sent, and says by field what is wrong with it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta, tzinfo
from email.utils import parsedate_to_datetime
from typing import Any

from clients.networks.types import Author, Incoming
from clients.refusal import Refused

from .models import Direction, Kind

MAX_ID, MAX_NAME, MAX_TEXT = 500, 500, 100_000
OLDEST = datetime(1995, 1, 1, tzinfo=UTC)
AHEAD = timedelta(days=1)
FIELDS = frozenset({
    "client", "channel", "external_id", "thread_id", "parent_id", "direction", "kind", "author", "text", "stars",
    "created_at", "edited_at", "deleted_at",
})  # fmt: skip
AUTHOR_FIELDS = frozenset({"id", "name", "bot"})
DIRECTIONS, KINDS = frozenset(Direction.values), frozenset(Kind.values)


def read(item: Any, *, now: datetime, zone: tzinfo | None = None) -> Incoming:
    """The interaction in a JSON object of the bulk shape. Raises Refused, naming the field.

    Dates without an offset are read in `zone`, or refused.
    """
    if not isinstance(item, Mapping):
        raise Refused("item", "must be an object")
    if unknown := item.keys() - FIELDS:
        raise Refused(sorted(map(str, unknown))[0], "is not a field of an interaction")
    author = item.get("author")
    if not isinstance(author, Mapping):
        raise Refused("author", "must be an object with id and name")
    if unknown := author.keys() - AUTHOR_FIELDS:
        raise Refused(f"author.{sorted(map(str, unknown))[0]}", "is not a field of an author")
    bot = author.get("bot", False)
    if not isinstance(bot, bool):
        raise Refused("author.bot", "must be true or false")
    return _incoming(item, Author(_id(author.get("id"), "author.id"), _name(author.get("name")), bot), now, zone)


def _incoming(item: Mapping, author: Author, now: datetime, zone: tzinfo | None) -> Incoming:
    return Incoming(
        external_id=_id(item.get("external_id"), "external_id"),
        thread_id=_id(item.get("thread_id"), "thread_id"),
        direction=_one_of(item.get("direction"), "direction", DIRECTIONS),
        kind=_one_of(item.get("kind"), "kind", KINDS),
        author=author,
        text=text(item.get("text"), "text", MAX_TEXT, empty=True),
        created_at=instant(item.get("created_at"), "created_at", now, zone=zone),
        parent_id=None if item.get("parent_id") in (None, "") else _id(item["parent_id"], "parent_id"),
        stars=stars(item.get("stars")),
        edited_at=_optional_instant(item, "edited_at", now, zone),
        deleted_at=_optional_instant(item, "deleted_at", now, zone),
    )


def text(value: Any, field: str, longest: int, *, empty: bool = False) -> str:
    """A string PostgreSQL can store, of at most `longest` characters. Raises Refused."""
    if not isinstance(value, str):
        raise Refused(field, "is required" if value is None else "must be a string")
    if len(value) > longest:
        raise Refused(field, f"must have at most {longest:,} characters, not {len(value):,}")
    if not empty and not value.strip():
        raise Refused(field, "must not be empty")
    if "\0" in value:
        raise Refused(field, "must not contain the character NUL")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise Refused(field, "must not contain half of a surrogate pair") from None
    return value


def _id(value: Any, field: str) -> str:
    if type(value) is int:
        value = str(value)
    return text(value, field, MAX_ID)


def _name(value: Any) -> str:
    return "" if value is None else text(value, "author.name", MAX_NAME, empty=True)


def _one_of(value: Any, field: str, allowed: frozenset) -> str:
    if not isinstance(value, str) or value not in allowed:
        raise Refused(field, f"must be one of {', '.join(sorted(allowed))}")
    return value


def stars(value: Any) -> int | None:
    if value is None:
        return None
    if type(value) is not int or not 1 <= value <= 5:
        raise Refused("stars", "must be a whole number from 1 to 5")
    return value


def _optional_instant(item: Mapping, field: str, now: datetime, zone: tzinfo | None) -> datetime | None:
    return None if item.get(field) is None else instant(item[field], field, now, zone=zone)


def instant(value: Any, field: str, now: datetime, *, zone: tzinfo | None = None) -> datetime:
    """An ISO 8601 or RFC 2822 instant in UTC; without an offset it is read in `zone`, or refused. Raises Refused."""
    if not isinstance(value, str):
        raise Refused(field, "is required" if value is None else "must be a string like 2026-03-27T15:45:00Z")
    moment = _parse(value.strip(), field)
    if moment.tzinfo is None:
        if zone is None:
            raise Refused(field, "needs an offset, as in 2026-03-27T15:45:00Z")
        moment = moment.replace(tzinfo=zone)
    try:
        moment = moment.astimezone(UTC)
    except OverflowError:
        moment = datetime.min.replace(tzinfo=UTC)
    if moment < OLDEST:
        raise Refused(field, f"must not be before {OLDEST:%Y}")
    if moment > now + AHEAD:
        raise Refused(field, "must not lie in the future")
    return moment


def _parse(value: str, field: str) -> datetime:
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        pass
    try:
        return parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError, OverflowError):
        raise Refused(field, "must be an ISO 8601 or RFC 2822 date, like 2026-03-27T15:45:00Z") from None


def defused(item: Incoming) -> Incoming:
    """A network's item as PostgreSQL can store it: without NUL and half surrogates, cut to our lengths."""
    return replace(
        item,
        external_id=_clean(item.external_id, MAX_ID),
        thread_id=_clean(item.thread_id, MAX_ID),
        parent_id=item.parent_id and _clean(item.parent_id, MAX_ID),
        text=_clean(item.text, MAX_TEXT),
        author=Author(_clean(item.author.id, MAX_ID), _clean(item.author.name, MAX_NAME), item.author.bot),
        stars=item.stars if item.stars in (1, 2, 3, 4, 5) else None,
    )


def _clean(value: str, longest: int) -> str:
    return value.replace("\0", "").encode("utf-8", "replace").decode()[:longest]


def storable(item: Incoming, now: datetime) -> bool:
    """Whether a network's item can be kept at all: it needs its ids and a believable time."""
    return bool(item.external_id and item.thread_id) and OLDEST <= item.created_at <= now + AHEAD
