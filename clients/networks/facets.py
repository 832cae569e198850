"""Marks links, hashtags and handles in a text as Bluesky wants them told: by their places, counted in bytes."""

import re
from collections.abc import Callable

PARTS = re.compile(
    r"(?P<link>https?://[^\s<>\"']*[^\s<>\"'.,;:!?)\]])"
    r"|(?<![\w@/.])@(?P<handle>(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?\.)+[a-zA-Z][a-zA-Z0-9-]*[a-zA-Z0-9])"
    r"|(?<![\w&#/])#(?P<tag>(?=\w*[^\W\d_])\w{1,64})"
)


def facets(text: str, resolve: Callable[[str], str | None]) -> list[dict]:
    """What the parts of the text are; `resolve` says whose a handle is, None for nobody's, which stays plain text."""
    return [
        {"index": _place(match), "features": [feature]}
        for match in PARTS.finditer(text)
        if (feature := _feature(match, resolve))
    ]


def _feature(match: re.Match, resolve: Callable[[str], str | None]) -> dict | None:
    kind, value = match.lastgroup, match[match.lastgroup]
    if kind == "link":
        return {"$type": "app.bsky.richtext.facet#link", "uri": value}
    if kind == "tag":
        return {"$type": "app.bsky.richtext.facet#tag", "tag": value}
    did = resolve(value)
    return {"$type": "app.bsky.richtext.facet#mention", "did": did} if did else None


def _place(match: re.Match) -> dict[str, int]:
    start = len(match.string[: match.start()].encode())
    return {"byteStart": start, "byteEnd": start + len(match[0].encode())}
