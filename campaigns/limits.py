"""What a post may be on each network, counted as the network counts. No database; browsers get the same data.

Sources: docs.x.com/fundamentals/counting-characters · docs.bsky.app (300 graphemes, 3,000 bytes) ·
docs.joinmastodon.org (500 characters, each link 23, handles without their domain) · LinkedIn Posts API (3,000) ·
Instagram Graph API (2,200 characters, 30 hashtags; JPEG only, 8 MB, never without a picture) · Google Business Profile
localPosts (1,500; JPEG and PNG, 5 MB) · app.bsky.embed.images (1,000,000 bytes) · X and Mastodon media uploads (5 and
16 MB) · Facebook page photos (4 MB).
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import regex

from clients import networks

VERSION = "2026-11-b"
_WORD = r"\p{L}\p{M}\p{N}_"
# Written so that JavaScript reads them alike, with the flags u and i.
PATTERNS = {
    "link": r"""https?://[^\s<>"']*[^\s<>"'.,;:!?)\]]""",
    # X also makes a link of a name that ends like a domain, unless it belongs to an address of e-mail.
    "domain": rf"(?<![{_WORD}@$#./-])(?:[{_WORD}-]+\.)+"
    r"(?:com|org|net|info|biz|eu|de|at|ch|li|lu|nl|be|fr|it|es|pl|dk|uk|us|io|me|tv|co|ly|gl|app|dev|shop|blog|berlin"
    r"|bayern|hamburg|koeln|cologne|wien|saarland|ruhr|nrw|tirol|swiss)"
    rf"""(?![{_WORD}@-])(?:/[^\s<>"']*[^\s<>"'.,;:!?)\]])?""",
    "handle": rf"(?<![{_WORD}@/])(@[{_WORD}][{_WORD}.-]*)@[{_WORD}-]+(?:\.[{_WORD}-]+)+",
    "hashtag": rf"(?<![{_WORD}&])#[{_WORD}]*[\p{{L}}\p{{M}}_][{_WORD}]*",
}
# The characters that X counts once; all others, and each emoji, count twice.
LIGHT = ((0, 4351), (8192, 8205), (8208, 8223), (8242, 8247))


@dataclass(frozen=True, slots=True)
class Limit:
    """`length` in units of `counts`: characters, graphemes or weighted; 0 means no limit. `link` is a link's length.

    `domains`: a bare domain is a link too; `handles`: the domain of somebody's handle is not counted. `size` in bytes.
    `joins`: when the post's link becomes a part of the text there: never, always, or with_pictures, which take the
    place of its card.
    """

    length: int = 0
    counts: str = "characters"
    link: int = 0
    domains: bool = False
    handles: bool = False
    size: int = 0
    hashtags: int = 0
    joins: str = "never"


LIMITS = {
    "sandbox": Limit(2_000),
    "x": Limit(280, "weighted", link=23, domains=True, joins="always"),
    "bluesky": Limit(300, "graphemes", size=3_000, joins="with_pictures"),
    "mastodon": Limit(500, "graphemes", link=23, handles=True, joins="always"),
    "linkedin": Limit(3_000, joins="with_pictures"),
    "instagram": Limit(2_200, hashtags=30, joins="always"),
    "google": Limit(1_500),
    "facebook": Limit(63_206, joins="with_pictures"),
    "xing": Limit(420, joins="always"),
}
FREE = Limit()
JPEG, PNG, WEBP, GIF = "image/jpeg", "image/png", "image/webp", "image/gif"


@dataclass(frozen=True, slots=True)
class Pictures:
    """Which `types` are taken, of at most `size` bytes each (0: no limit), and how many there must be at `least`.

    How many there may be is told by the network's entry in the registry.
    """

    types: tuple[str, ...] = (JPEG, PNG, WEBP, GIF)
    size: int = 0
    least: int = 0


PICTURES = {
    "x": Pictures(size=5_000_000),
    "bluesky": Pictures(size=1_000_000),
    "mastodon": Pictures(size=16_000_000),
    "linkedin": Pictures((JPEG, PNG, GIF)),
    "instagram": Pictures((JPEG,), 8_000_000, least=1),
    "google": Pictures((JPEG, PNG), 5_000_000),
    "facebook": Pictures(size=4_000_000),
}
ANY = Pictures()


def limit(network: str) -> Limit:
    """The network's limit; one that allows everything where none is known."""
    return LIMITS.get(network, FREE)


def said(network: str, text: str, link: str = "", pictures: int = 0) -> str:
    """The text as it stands there, with the post's link, as it goes out, where it becomes a part of it."""
    joins = limit(network).joins
    joined = joins == "always" or joins == "with_pictures" and pictures
    return f"{text}\n\n{link}" if link and joined and link not in text else text


def linked(text: str, link: str, sent: str) -> str:
    """The text with the address that is `sent` wherever it names the link; longer addresses that begin alike stay."""
    if not link:
        return text
    same = link.rstrip("/")
    return _found("link").sub(lambda found: sent if found[0].rstrip("/") == same else found[0], text)


def count(network: str, text: str) -> int:
    """The length of the text as the network counts it."""
    rule = limit(network)
    text = unicodedata.normalize("NFC", text)
    if rule.handles:
        text = _found("handle").sub(r"\1", text)
    links = 0
    for name in ("link",) * bool(rule.link) + ("domain",) * rule.domains:
        text, found = _found(name).subn("", text)
        links += found
    return _units(rule, text) + rule.link * links


def problems(network: str, text: str) -> list[str]:
    """What the network would refuse about the text, each as a sentence; empty where it fits."""
    rule, found = limit(network), []
    if rule.length and (used := count(network, text)) > rule.length:
        found.append(f"{used - rule.length} too long: {network} takes {rule.length} {rule.counts}, this has {used}.")
    if rule.size and (size := len(text.encode())) > rule.size:
        found.append(f"{size - rule.size} bytes too long: {network} takes {rule.size}, this has {size}.")
    if rule.hashtags and (tags := len(_found("hashtag").findall(text))) > rule.hashtags:
        found.append(f"{tags - rule.hashtags} hashtags too many: {network} takes {rule.hashtags}, this has {tags}.")
    return found


def media_problems(network: str, media: Sequence[tuple[str, int]]) -> list[str]:
    """What the network would refuse about pictures, given as (MIME type, bytes), each as a sentence."""
    rule, most, found = PICTURES.get(network, ANY), networks.get(network).pictures, []
    if len(media) > most:
        found.append(f"{len(media) - most} pictures too many: {network} takes {most}, this has {len(media)}.")
    for place, (mime, size) in enumerate(media, 1):
        if mime not in rule.types:
            found.append(f"Picture {place} is {mime}: {network} takes {', '.join(rule.types)}.")
        if rule.size and size > rule.size:
            found.append(f"Picture {place} is {size - rule.size} bytes too large: {network} takes {rule.size}.")
    return found


def media_missing(network: str, number: int) -> list[str]:
    """Whether the network publishes nothing with so few pictures, as a sentence."""
    least = PICTURES.get(network, ANY).least
    return [f"{network} takes no post with fewer than {least} pictures."] if number < least else []


def table() -> dict:
    """The data itself, for browsers and integrations."""
    texts = {network: asdict(rule) for network, rule in LIMITS.items()}
    media = {
        name: asdict(PICTURES.get(name, ANY)) | {"most": networks.get(name).pictures} for name in networks.names()
    }
    return {"version": VERSION, "networks": texts, "media": media, "patterns": PATTERNS, "weighted_once": LIGHT}


def _found(name: str) -> regex.Pattern:
    return regex.compile(PATTERNS[name], regex.IGNORECASE)


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
