"""How long a post may be on each network, counted as the network counts. Pure; browsers get the same data.

Sources: docs.x.com/fundamentals/counting-characters · docs.bsky.app (300 graphemes, 3,000 bytes) ·
docs.joinmastodon.org (500 characters, each link 23, handles without their domain) · LinkedIn Posts API (3,000) ·
Instagram Graph API (2,200 characters, 30 hashtags) · Google Business Profile localPosts (1,500).
"""

import re
import unicodedata
from dataclasses import asdict, dataclass

import regex

VERSION = "2026-11"
LINK = r"https?://[^\s<>\"']*[^\s<>\"'.,;:!?)\]]"
HANDLE = r"(?<![\w@/])@(\w[\w.-]*)@[\w-]+(?:\.[\w-]+)+"
HASHTAG = r"(?<![\w&])#\w*[^\W\d]\w*"
# The characters that X counts once; all others, and each emoji, count twice.
LIGHT = ((0, 4351), (8192, 8205), (8208, 8223), (8242, 8247))


@dataclass(frozen=True, slots=True)
class Limit:
    """`length` in units of `counts`: characters, graphemes or weighted; 0 means no limit. `link` is a link's length."""

    length: int = 0
    counts: str = "characters"
    link: int = 0
    size: int = 0
    hashtags: int = 0


LIMITS = {
    "sandbox": Limit(2_000),
    "x": Limit(280, "weighted", link=23),
    "bluesky": Limit(300, "graphemes", size=3_000),
    "mastodon": Limit(500, "graphemes", link=23),
    "linkedin": Limit(3_000),
    "instagram": Limit(2_200, hashtags=30),
    "google": Limit(1_500),
    "facebook": Limit(63_206),
    "xing": Limit(420),
}
FREE = Limit()


def limit(network: str) -> Limit:
    """The network's limit; one that allows everything where none is known."""
    return LIMITS.get(network, FREE)


def count(network: str, text: str) -> int:
    """The length of the text as the network counts it."""
    rule = limit(network)
    text = unicodedata.normalize("NFC", text)
    if network == "mastodon":
        text = re.sub(HANDLE, r"@\1", text)
    links = re.findall(LINK, text) if rule.link else []
    if links:
        text = re.sub(LINK, "", text)
    return _units(rule, text) + rule.link * len(links)


def problems(network: str, text: str) -> list[str]:
    """What the network would refuse about the text, each as a sentence; empty where it fits."""
    rule, found = limit(network), []
    if rule.length and (used := count(network, text)) > rule.length:
        found.append(f"{used - rule.length} too long: {network} takes {rule.length} {rule.counts}, this has {used}.")
    if rule.size and (size := len(text.encode())) > rule.size:
        found.append(f"{size - rule.size} bytes too long: {network} takes {rule.size}, this has {size}.")
    if rule.hashtags and (tags := len(re.findall(HASHTAG, text))) > rule.hashtags:
        found.append(f"{tags - rule.hashtags} hashtags too many: {network} takes {rule.hashtags}, this has {tags}.")
    return found


def table() -> dict:
    """The data itself, for browsers and integrations."""
    return {"version": VERSION, "networks": {network: asdict(rule) for network, rule in LIMITS.items()}}


def _units(rule: Limit, text: str) -> int:
    if rule.counts == "characters":
        return len(text)
    graphemes = regex.findall(r"\X", text)
    if rule.counts == "graphemes":
        return len(graphemes)
    return sum(2 if _emoji(cluster) else sum(map(_weight, cluster)) for cluster in graphemes)


def _emoji(cluster: str) -> bool:
    return bool(regex.search(r"\p{Extended_Pictographic}|\p{Regional_Indicator}|️⃣", cluster)) and len(cluster) > 1


def _weight(character: str) -> int:
    return 1 if any(low <= ord(character) <= high for low, high in LIGHT) else 2
