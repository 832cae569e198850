"""What comes in and what became of it, in the words that every way of intake shares."""

from dataclasses import dataclass

from clients.models import Channel
from clients.networks.types import Incoming

Key = tuple[int, str]


@dataclass(frozen=True, slots=True)
class Arrival:
    """One interaction as it came in on a channel of ours; the channel comes with its client."""

    channel: Channel
    item: Incoming

    @property
    def key(self) -> Key:
        return self.channel.id, self.item.external_id

    @property
    def thread(self) -> Key:
        return self.channel.id, self.item.thread_id


@dataclass(slots=True)
class Receipt:
    """What became of an arrival: created, updated, duplicate or error, with the interaction's id."""

    status: str
    id: int | None = None
    conversation_id: int | None = None
    error: str = ""
