"""Which networks exist and what each of them can do."""

from dataclasses import dataclass

from clients.networks import manual, sandbox
from clients.networks.types import Connector


@dataclass(frozen=True, slots=True)
class Network:
    """A network's abilities; `text_length` of a reply in characters (None: no limit), `read_lag` in seconds.

    `absence_is_proof`: what is not found after twice the read lag was never made. `address`: of its API; empty where
    each channel has its own. `needs`: the credentials without which nothing works. `counts`: it tells numbers.
    `proven`: seen working with the network itself or a real server of its kind; else only against its documentation.
    `every`: seconds from one poll to the next. `pictures`: how many a post may have. `retired`: the network is gone,
    its channels stay readable. `challenges`: it asks a webhook's address to answer before it sends anything there.
    """

    slug: str
    name: str
    connector: Connector
    polls: bool = False
    replies: bool = False
    publishes: bool = False
    webhooks: bool = False
    challenges: bool = False
    manual: bool = False
    counts: bool = False
    renews: bool = False
    retired: bool = False
    proven: bool = False
    address: str = ""
    needs: tuple[str, ...] = ()
    every: int = 60
    pictures: int = 0
    text_length: int | None = None
    absence_is_proof: bool = False
    read_lag: float = 0.0


class UnknownNetwork(KeyError):
    """No network has this slug; the message lists those there are."""

    def __str__(self) -> str:
        return f"unknown network {self.args[0]!r}; known: {', '.join(names())}"


_ENTRIES = (
    Network(
        "sandbox", "Sandbox", sandbox, polls=True, every=15, replies=True, publishes=True, webhooks=True,
        counts=True, proven=True, pictures=10, text_length=2000, absence_is_proof=True, read_lag=5.0,
    ),
    Network("manual", "Manual channel", manual, manual=True, proven=True, pictures=10),
)
_BY_SLUG = {network.slug: network for network in _ENTRIES}


def get(slug: str) -> Network:
    """The network's entry; UnknownNetwork where there is none."""
    try:
        return _BY_SLUG[slug]
    except (KeyError, TypeError):
        raise UnknownNetwork(slug) from None


def names() -> tuple[str, ...]:
    """The slugs of all networks, sorted."""
    return tuple(sorted(_BY_SLUG))
