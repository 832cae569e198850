"""Reads what a system of the client's own sends us: one interaction or several, in the fields of our own API."""

from datetime import datetime

from agency import strictjson
from clients.networks.types import Incoming
from clients.refusal import Refused

from . import intake

AT_ONCE = 200
TOLD_BY_THE_ADDRESS = ("client", "channel")


def read(body: bytes, *, now: datetime) -> list[Incoming]:
    """The interactions of `{…}` or `{"items": [{…}, …]}`; raises Refused or strictjson.Unreadable.

    What is left out: the thread is the message's own, it is a message that came in, at `now`.
    """
    told = strictjson.loads(body)
    if not isinstance(told, dict):
        raise Refused("", "must be an object")
    if "items" not in told:
        return [_one(told, now)]
    if told.keys() != {"items"}:
        raise Refused(sorted(told.keys() - {"items"})[0], "belongs into an item of items")
    if not isinstance(told["items"], list) or not 0 < len(told["items"]) <= AT_ONCE:
        raise Refused("items", f"must be a list of 1 to {AT_ONCE} interactions")
    return [_at(place, item, now) for place, item in enumerate(told["items"])]


def _at(place: int, item: object, now: datetime) -> Incoming:
    try:
        return _one(item, now)
    except Refused as error:
        errors = [(f"items[{place}].{field}".rstrip("."), text, code) for field, text, code in error.errors]
        raise Refused(errors=errors) from None


def _one(item: object, now: datetime) -> Incoming:
    if not isinstance(item, dict):
        raise Refused("", "must be an object")
    for name in TOLD_BY_THE_ADDRESS:
        if name in item:
            raise Refused(name, "is told by the address")
    usual = {"thread_id": item.get("external_id"), "direction": "in", "kind": "message", "created_at": now.isoformat()}
    return intake.read(usual | item, now=now)
