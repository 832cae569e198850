"""Which networks exist and what each of them can do."""

from dataclasses import dataclass

from clients.networks import (
    bluesky,
    facebook,
    feed,
    google,
    instagram,
    linkedin,
    mail,
    manual,
    mastodon,
    own,
    sandbox,
    wordpress,
    youtube,
)
from clients.networks.types import Connector


@dataclass(frozen=True, slots=True)
class Network:
    """A network's abilities; `text_length` of a reply in characters (None: no limit), `read_lag` in seconds.

    `absence_is_proof`: what is not found after twice the read lag was never made. `address`: of its API; empty where
    each channel has its own, which is one of `schemes`. `needs`: without what nothing works: `url`, `account`, or
    credentials by name. `every`: seconds between two polls. `counts`: it tells numbers. `lists`: its entries can be
    read. `proven`: seen working with the network itself or a real server of its kind; else only against its
    documentation. `pictures`: how many a post may have. `retired`: the network is gone, its channels stay readable.
    `challenges`: it asks a webhook's address to answer before it sends anything there. `tags`: it shows a post's tags.
    `pokes`: its webhooks say only that there is news, which is polled. `own`: a system of the client's own, which is
    told what is wrong with what it sends, and whose secret may overlap with the one before.
    """

    slug: str
    name: str
    connector: Connector
    polls: bool = False
    every: int = 60
    replies: bool = False
    publishes: bool = False
    webhooks: bool = False
    challenges: bool = False
    pokes: bool = False
    own: bool = False
    manual: bool = False
    counts: bool = False
    lists: bool = False
    renews: bool = False
    retired: bool = False
    proven: bool = False
    address: str = ""
    schemes: tuple[str, ...] = ("https", "http")
    needs: tuple[str, ...] = ()
    tags: bool = False
    pictures: int = 0
    text_length: int | None = None
    absence_is_proof: bool = False
    read_lag: float = 0.0

    @property
    def takes_posts(self) -> bool:
        """By itself, or from the hands of a person."""
        return self.publishes or self.manual and not self.own

    @property
    def signs_in(self) -> bool:
        """Nobody enters its token: it is bought with other credentials."""
        return self.renews and "token" not in self.needs


class UnknownNetwork(KeyError):
    """No network has this slug; the message lists those there are."""

    def __str__(self) -> str:
        return f"unknown network {self.args[0]!r}; known: {', '.join(names())}"


_ENTRIES = (
    Network("amazon", "Amazon", manual, manual=True, proven=True, pictures=10),
    Network(
        "bluesky", "Bluesky", bluesky, polls=True, replies=True, publishes=True, counts=True, renews=True, proven=True,
        address="https://bsky.social", needs=("account", "app_password"), pictures=4, text_length=300,
        absence_is_proof=True, read_lag=5.0,
    ),
    Network(
        "email", "E-mail", mail, polls=True, replies=True, proven=True, schemes=("imaps",),
        needs=("url", "account", "password"),
    ),
    Network(
        "facebook", "Facebook page", facebook, polls=True, every=120, replies=True, publishes=True, webhooks=True,
        challenges=True, counts=True, renews=True, address="https://graph.facebook.com/v24.0",
        needs=("account", "token"), pictures=10, text_length=8_000, read_lag=60.0,
    ),
    Network("feed", "Feed (RSS or Atom)", feed, lists=True, proven=True, needs=("url",)),
    Network(
        "google", "Google Business Profile", google, polls=True, every=300, replies=True, publishes=True, renews=True,
        webhooks=True, pokes=True, address="https://mybusiness.googleapis.com/v4",
        needs=("account", "refresh_token", "client_id", "client_secret"), pictures=10, text_length=4_096,
        read_lag=120.0,
    ),
    Network("googleplus", "Google+", manual, retired=True, proven=True),
    Network(
        "instagram", "Instagram", instagram, polls=True, every=120, replies=True, publishes=True, webhooks=True,
        challenges=True, counts=True, renews=True, address="https://graph.facebook.com/v24.0",
        needs=("account", "token"), pictures=10, text_length=2_200, read_lag=60.0,
    ),
    Network("kununu", "kununu", manual, manual=True, proven=True),
    Network(
        "linkedin", "LinkedIn page", linkedin, polls=True, every=300, replies=True, publishes=True, counts=True,
        renews=True, address="https://api.linkedin.com/rest", needs=("account", "token"), pictures=20,
        text_length=1_250, read_lag=60.0,
    ),
    Network("manual", "Manual channel", manual, manual=True, proven=True, pictures=10),
    Network(
        "mastodon", "Mastodon", mastodon, polls=True, replies=True, publishes=True, counts=True,
        needs=("url", "token"), pictures=4, text_length=500, read_lag=30.0,
    ),
    Network("own", "Own system", own, webhooks=True, own=True, manual=True, proven=True),
    Network(
        "sandbox", "Sandbox", sandbox, polls=True, every=15, replies=True, publishes=True, webhooks=True,
        counts=True, proven=True, pictures=10, text_length=2000, absence_is_proof=True, read_lag=5.0,
    ),
    Network(
        "wordpress", "WordPress", wordpress, polls=True, replies=True, publishes=True, counts=True, proven=True,
        schemes=("https",), needs=("url", "account", "password"), tags=True, pictures=10, text_length=65_525,
        absence_is_proof=True, read_lag=30.0,
    ),
    Network("xing", "XING", manual, manual=True, proven=True, pictures=10),
    Network(
        "youtube", "YouTube comments", youtube, polls=True, every=300, replies=True, counts=True, renews=True,
        address="https://www.googleapis.com/youtube/v3",
        needs=("account", "refresh_token", "client_id", "client_secret"), text_length=10_000, read_lag=60.0,
    ),
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
