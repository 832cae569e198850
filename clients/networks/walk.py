"""Reads lists that begin with their newest entry: from there back to what was taken before, page by page."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from clients.networks.types import Refused

OVERLAP = timedelta(minutes=10)  # what a network shows late; taking it in again changes nothing
Entry = TypeVar("Entry")
Reader = Callable[[str], tuple[list[tuple[datetime, Entry]], str]]


@dataclass(frozen=True, slots=True)
class Walk:
    """`floor`: the newest instant of the last whole walk, `top`: of this one, `page`: the network's name for the next.

    Instants are ISO 8601 in UTC. An empty page begins a walk.
    """

    floor: str = ""
    top: str = ""
    page: str = ""

    @property
    def over(self) -> bool:
        return not self.page


def step(walk: Walk, read: Reader) -> tuple[list[Entry], Walk]:
    """The entries of one page and how the walk stands then.

    `read` takes a page's name and returns the entries with their instants, and the next page's name. A page that the
    network knows no more begins the walk anew.
    """
    try:
        entries, following = read(walk.page)
    except Refused:
        if walk.over:
            raise
        entries, following = read("")
    instants = [instant for instant, _ in entries]
    top = max([walk.top, *(instant.isoformat(timespec="microseconds") for instant in instants)])
    arrived = bool(walk.floor and instants) and min(instants) < datetime.fromisoformat(walk.floor) - OVERLAP
    after = Walk(max(walk.floor, top)) if arrived or not following else Walk(walk.floor, top, following)
    return [entry for _, entry in entries], after


def packed(**walks: Walk) -> str:
    """As a cursor."""
    return json.dumps({name: asdict(walk) for name, walk in walks.items()})


def unpacked(cursor: str, *names: str) -> list[Walk]:
    """The walks of a cursor; new ones where it is empty or of another kind."""
    try:
        stored = json.loads(cursor or "{}")
        return [Walk(**stored.get(name, {})) for name in names]
    except (ValueError, TypeError, AttributeError):
        return [Walk() for _ in names]
