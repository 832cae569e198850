"""Channels without a usable API: people carry texts there and back, nothing is called."""

from collections.abc import Mapping
from datetime import datetime

from clients.networks.types import Account, Delivered, Incoming, Page, Refused


def poll(account: Account, cursor: str) -> Page:
    return Page([], cursor, False)


def reply(account: Account, thread_id: str, parent_id: str | None, text: str, key: str) -> Delivered:
    raise Refused("this channel is answered by hand")


def find_reply(
    account: Account, thread_id: str, key: str, text: str = "", since: datetime | None = None
) -> Delivered | None:
    return None


def verify(account: Account, headers: Mapping[str, str], raw_body: bytes) -> bool:
    return False


def parse(raw_body: bytes) -> list[Incoming]:
    raise ValueError("a manual channel has no webhooks")


def delivery_id(headers: Mapping[str, str]) -> str:
    return ""
