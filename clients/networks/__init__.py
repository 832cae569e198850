"""Which networks exist and what each of them can do."""

from dataclasses import dataclass

from clients.networks import feed, mail, manual, sandbox, wordpress
from clients.networks.types import Connector


@dataclass(frozen=True, slots=True)
class Network:
    """A network's abilities; `text_length` of a reply in characters (None: no limit), `read_lag` in seconds.

    `absence_is_proof`: what is not found after twice the read lag was never made. `address`: of its API; empty where
    each channel has its own, which is one of `schemes`. `needs`: without what nothing works: `url`, `account`, or
    credentials by name. `every`: seconds between two polls. `counts`: it tells numbers. `lists`: its entries can be
    read. `proven`: seen working with the network itself or a real server of its kind; else only against its
    documentation. `pictures`: how many a post may have. `retired`: the network is gone, its channels stay readable.
    """

    slug: str
    name: str
    connector: Connector
    polls: bool = False
    every: int = 60
    replies: bool = False
    publishes: bool = False
    webhooks: bool = False
    manual: bool = False
    counts: bool = False
    lists: bool = False
    renews: bool = False
    retired: bool = False
    proven: bool = False
    address: str = ""
    schemes: tuple[str, ...] = ("https", "http")
    needs: tuple[str, ...] = ()
    pictures: int = 0
    text_length: int | None = None
    absence_is_proof: bool = False
    read_lag: float = 0.0


class UnknownNetwork(KeyError):
    """No network has this slug; the message lists those there are."""

    def __str__(self) -> str:
        return f"unknown network {self.args[0]!r}; known: {', '.join(names())}"


_ENTRIES = (
    Network("amazon", "Amazon", manual, manual=True, proven=True, pictures=10),
    Network(
        "email", "E-mail", mail, polls=True, replies=True, proven=True, schemes=("imaps",),
        needs=("url", "account", "password"),
    ),
    Network("feed", "Feed (RSS or Atom)", feed, lists=True, proven=True, needs=("url",)),
    Network("googleplus", "Google+", manual, retired=True, proven=True),
    Network("kununu", "kununu", manual, manual=True, proven=True),
    Network("manual", "Manual channel", manual, manual=True, proven=True, pictures=10),
    Network(
        "sandbox", "Sandbox", sandbox, polls=True, every=15, replies=True, publishes=True, webhooks=True,
        counts=True, proven=True, pictures=10, text_length=2000, absence_is_proof=True, read_lag=5.0,
    ),
    Network(
        "wordpress", "WordPress", wordpress, polls=True, replies=True, publishes=True, counts=True, proven=True,
        schemes=("https",), needs=("url", "account", "password"), pictures=10, text_length=65_525,
        absence_is_proof=True, read_lag=30.0,
    ),
    Network("xing", "XING", manual, manual=True, proven=True, pictures=10),
)  # fmt: skip
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


def listed() -> tuple[Network, ...]:
    """Every network, by its slug."""
    return tuple(_BY_SLUG[slug] for slug in names())
