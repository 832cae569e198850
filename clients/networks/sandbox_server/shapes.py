"""What the sandbox network accepts as input, field by field, and how it shows an interaction."""

import secrets
import sqlite3
import time
from collections.abc import Mapping
from datetime import UTC, datetime

KINDS = ("comment", "mention", "review", "message")
DIRECTIONS = ("in", "out")
WORD = 200  # characters of an id, a name or a key
SAID = 100_000  # characters of what a member of the public says
REPLY = 2_000  # characters of a reply


class Trouble(Exception):
    """A request that gets a clean refusal: status, code for programs, message for people."""

    def __init__(self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None):
        super().__init__(message)
        self.status, self.code, self.message, self.headers = status, code, message, headers or {}


def bad(name: str, expected: str) -> Trouble:
    return Trouble(400, "bad_field", f"{name}: {expected}")


def fields(data: object, name: str = "body") -> dict:
    if not isinstance(data, dict):
        raise bad(name, "a JSON object is expected")
    return data


def word(data: dict, name: str, *, least: int = 1, most: int = WORD) -> str:
    value = data.get(name)
    if not isinstance(value, str) or not least <= len(value) <= most:
        raise bad(name, f"a text of {least} to {most} characters is expected")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise bad(name, "half of a surrogate pair") from None
    return value


def optional_word(data: dict, name: str) -> str | None:
    return None if data.get(name) is None else word(data, name)


def flag(data: dict, name: str) -> bool:
    value = data.get(name, False)
    if not isinstance(value, bool):
        raise bad(name, "true or false is expected")
    return value


def one_of(data: dict, name: str, known: tuple[str, ...], default: str | None = None) -> str:
    value = data.get(name, default)
    if value not in known:
        raise bad(name, f"one of {', '.join(known)} is expected")
    return value


def stars(data: dict) -> int | None:
    value = data.get("stars")
    if value is not None and (type(value) is not int or not 1 <= value <= 5):
        raise bad("stars", "1 to 5 or null is expected")
    return value


def moment(data: dict, name: str) -> str:
    """An ISO 8601 time with its offset as UTC; now where it is absent."""
    if data.get(name) is None:
        return now()
    try:
        read = datetime.fromisoformat(word(data, name))
        if read.tzinfo is None:
            raise ValueError
        return read.astimezone(UTC).isoformat()
    except (ValueError, OverflowError):
        raise bad(name, "an ISO 8601 time with its offset is expected") from None


def now() -> str:
    return datetime.now(UTC).isoformat()


def new_id() -> str:
    return secrets.token_hex(8)


def said(data: object) -> dict:
    """The row of something a member of the public says (or, in a history, the account itself)."""
    data = fields(data)
    author = fields(data.get("author"), "author")
    external_id = optional_word(data, "external_id") or new_id()
    return {
        "external_id": external_id,
        "thread_id": optional_word(data, "thread_id") or external_id,
        "parent_id": optional_word(data, "parent_id"),
        "direction": one_of(data, "direction", DIRECTIONS, "in"),
        "kind": one_of(data, "kind", KINDS),
        "author_id": word(author, "id"),
        "author_name": word(author, "name", least=0),
        "author_bot": flag(author, "bot"),
        "text": word(data, "text", least=0, most=SAID),
        "stars": stars(data),
        "created_at": moment(data, "created_at"),
        "key": None,
        "arrived": time.time(),
    }


def reply(data: object) -> dict:
    """The fields of a reply; one that is only too long gets 422."""
    data = fields(data)
    if isinstance(data.get("text"), str) and len(data["text"]) > REPLY:
        raise Trouble(422, "too_long", f"text: at most {REPLY} characters")
    return {
        "thread_id": word(data, "thread_id"),
        "parent_id": optional_word(data, "parent_id"),
        "text": word(data, "text", most=REPLY),
        "key": word(data, "key"),
    }


def post(data: object) -> dict:
    """The fields of a post; one that is only too long gets 422."""
    data = fields(data)
    if isinstance(data.get("text"), str) and len(data["text"]) > REPLY:
        raise Trouble(422, "too_long", f"text: at most {REPLY} characters")
    return {
        "key": word(data, "key"),
        "text": word(data, "text", most=REPLY),
        "title": word(data, "title", least=0),
        "link": word(data, "link", least=0, most=2_000),
    }


def shown(row: sqlite3.Row) -> dict:
    """An interaction as the network shows it now; what was deleted has lost its text."""
    plain = ("external_id", "thread_id", "parent_id", "direction", "kind", "stars", "created_at")
    return {name: row[name] for name in plain} | {
        "author": {"id": row["author_id"], "name": row["author_name"], "bot": bool(row["author_bot"])},
        "text": "" if row["deleted_at"] else row["text"],
        "edited_at": row["edited_at"],
        "deleted_at": row["deleted_at"],
    }
