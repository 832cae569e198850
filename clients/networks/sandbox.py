"""The sandbox network's connector: its JSON over HTTP, translated to and from the plain records."""

import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from dataclasses import fields
from datetime import UTC, datetime
from typing import get_args
from urllib.parse import quote

from clients.networks import http, reading
from clients.networks.types import (
    Account,
    Author,
    Delivered,
    Direction,
    Draft,
    Incoming,
    Kind,
    Numbers,
    Page,
    Published,
    Refused,
    Unknown,
)

PAGE_ITEMS = 200
CLOCK_SECONDS = 300  # how far a webhook's timestamp may be off
WEBHOOK_SECRET = "webhook_secret"  # its name among the account's secrets


def poll(account: Account, cursor: str) -> Page:
    """Up to 200 changes; an item edited or deleted since comes again."""
    answer = _read(account, "interactions", cursor=cursor, limit=PAGE_ITEMS)
    try:
        return Page(_items(answer), _text(answer["cursor"]), answer["more"] is True)
    except (KeyError, TypeError, ValueError) as error:
        raise Unknown(f"unreadable page: {error}") from None


def reply(account: Account, thread_id: str, parent_id: str | None, text: str, key: str) -> Delivered:
    payload = {"thread_id": thread_id, "parent_id": parent_id, "text": text, "key": key}
    return _delivered(_write(account, "replies", payload), "id")


def find_reply(
    account: Account, thread_id: str, key: str, text: str = "", since: datetime | None = None
) -> Delivered | None:
    """None only where the network itself says so: another 404 (a wrong address, a proxy) is no absence."""
    try:
        answer = _read(account, "replies", key=key)
    except Refused as error:
        if error.status == 404 and _code(error.answer) == "no_such_reply":
            return None
        raise
    return _delivered(answer, "external_id")


def publish(account: Account, draft: Draft) -> Published:
    payload = {"key": draft.key, "text": draft.text, "title": draft.title, "link": draft.link}
    return _published(account, _write(account, "posts", payload))


def find_post(account: Account, draft: Draft, since: datetime) -> Published | None:
    """By its key; None only where the network itself says so."""
    try:
        answer = _read(account, "posts", key=draft.key)
    except Refused as error:
        if error.status == 404 and _code(error.answer) == "no_such_post":
            return None
        raise
    return _published(account, answer)


def numbers(account: Account, external_id: str) -> Numbers:
    answer = _read(account, "numbers", post=external_id)
    if not isinstance(answer, dict) or any(type(value) is not int for value in answer.values()):
        raise Unknown("unreadable numbers")
    return Numbers(**{field.name: answer.get(field.name) for field in fields(Numbers)})


def verify(account: Account, headers: Mapping[str, str], raw_body: bytes) -> bool:
    """Signature: v1=hex(HMAC-SHA256(secret, id.timestamp.body)); the timestamp is at most 5 minutes off."""
    secret = account.secret.get(WEBHOOK_SECRET) or ""
    stamp = reading.header(headers, "sandbox-timestamp")
    signed = b".".join((_bytes(delivery_id(headers)), _bytes(stamp), raw_body))
    wanted = "v1=" + hmac.new(_bytes(secret), signed, hashlib.sha256).hexdigest()
    given = _bytes(reading.header(headers, "sandbox-signature"))
    return hmac.compare_digest(wanted.encode(), given) and bool(secret) and _fresh(stamp)


def parse(raw_body: bytes) -> list[Incoming]:
    try:
        return _items(json.loads(raw_body))
    except RecursionError:
        raise ValueError("nested too deeply") from None


def delivery_id(headers: Mapping[str, str]) -> str:
    return reading.header(headers, "sandbox-id")


def _read(account: Account, what: str, **params) -> object:
    return http.read(_url(account, what), token=account.token, params=params, trusted=account.trusted)


def _write(account: Account, what: str, payload: dict) -> object:
    return http.write(_url(account, what), token=account.token, payload=payload, trusted=account.trusted)


def _url(account: Account, what: str) -> str:
    return f"{account.url.rstrip('/')}/api/{quote(account.account, safe='')}/{what}"


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "replace")


def _code(answer: object) -> object:
    return answer.get("code") if isinstance(answer, dict) else None


def _fresh(stamp: str) -> bool:
    readable = stamp.isascii() and stamp.isdigit() and len(stamp) <= 12
    return readable and abs(time.time() - int(stamp)) <= CLOCK_SECONDS


def _delivered(answer: object, id_field: str) -> Delivered:
    try:
        return Delivered(_text(answer[id_field]), _moment(answer["created_at"]))
    except (KeyError, TypeError, ValueError) as error:
        raise Unknown(f"unreadable answer: {error}") from None


def _published(account: Account, answer: object) -> Published:
    try:
        id = _text(answer["id"])
        return Published(id, f"{_url(account, 'posts')}#{quote(id)}", _moment(answer["created_at"]))
    except (KeyError, TypeError, ValueError) as error:
        raise Unknown(f"unreadable answer: {error}") from None


def _items(answer: object) -> list[Incoming]:
    if not isinstance(answer, dict) or not isinstance(answer.get("items"), list):
        raise ValueError("items: a list is expected")
    return [_incoming(item, place) for place, item in enumerate(answer["items"])]


def _incoming(item: dict, place: int) -> Incoming:
    try:
        return Incoming(
            external_id=_text(item["external_id"]),
            thread_id=_text(item["thread_id"]),
            direction=_one_of(item["direction"], get_args(Direction)),
            kind=_one_of(item["kind"], get_args(Kind)),
            author=_author(item["author"]),
            text=_text(item["text"]),
            created_at=_moment(item["created_at"]),
            parent_id=_optional(_text, item.get("parent_id")),
            stars=_optional(_stars, item.get("stars")),
            edited_at=_optional(_moment, item.get("edited_at")),
            deleted_at=_optional(_moment, item.get("deleted_at")),
        )
    except (KeyError, TypeError, AttributeError, ValueError, OverflowError) as error:
        raise ValueError(f"items[{place}]: {error}") from None


def _author(data: dict) -> Author:
    return Author(_text(data["id"]), _text(data["name"]), data.get("bot") is True)


def _optional(read, value):
    return None if value is None else read(value)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(f"text expected, not {type(value).__name__}")
    return value


def _one_of(value: object, known: tuple[str, ...]) -> str:
    if value not in known:
        raise ValueError(f"one of {', '.join(known)} expected")
    return value


def _stars(value: object) -> int:
    if type(value) is not int or not 1 <= value <= 5:
        raise ValueError("1 to 5 stars expected")
    return value


def _moment(value: object) -> datetime:
    moment = datetime.fromisoformat(_text(value))
    if moment.tzinfo is None:
        raise ValueError("a time with its offset expected")
    return moment.astimezone(UTC)
