"""The news of a client's own homepage as RSS or Atom: read when somebody asks for them; nothing goes out."""

import calendar
import io
from datetime import UTC, datetime
from time import struct_time
from urllib.parse import urljoin

import feedparser

from clients.networks import http, markup
from clients.networks.types import Account, Entry, Refused

LARGEST = 2 * 1024 * 1024  # bytes of a feed
MOST = 100  # entries
TEXT, TITLE, ADDRESS = 5_000, 300, 2_000  # characters
ACCEPT = "application/atom+xml, application/rss+xml, application/xml;q=0.9, */*;q=0.5"


def entries(account: Account) -> list[Entry]:
    """The feed's entries as it lists them, at most 100; Refused where there is no feed."""
    answer = http.call("GET", account.url, headers={"Accept": ACCEPT}, trusted=account.trusted)
    if len(answer.content) > LARGEST:
        raise Refused(f"the feed has more than {LARGEST:,} bytes")
    # Entities of its own can make a small feed a huge one; without its NULs UTF-16 reads as ASCII.
    if b"<!ENTITY" in answer.content.replace(b"\0", b""):
        raise Refused("the feed declares entities")
    known = {"content-type": answer.headers.get("Content-Type", ""), "content-location": account.url}
    # As a stream: feedparser opens files and addresses that are given as words.
    found = feedparser.parse(io.BytesIO(answer.content), response_headers=known, sanitize_html=False)
    if not found.get("version"):
        raise Refused("there is no RSS or Atom at this address")
    return [_entry(entry, account.url) for entry in found.entries[:MOST]]


def _entry(entry: dict, base: str) -> Entry:
    shown = next((part.get("value") for part in entry.get("content", ())), "")
    link = _address(base, entry.get("link", ""))
    return Entry(
        id=(entry.get("id") or link)[:ADDRESS],
        title=markup.plain(entry.get("title") or "")[:TITLE],
        text=markup.plain(shown or entry.get("summary") or "")[:TEXT],
        link=link,
        at=_moment(entry.get("published_parsed") or entry.get("updated_parsed")),
    )


def _address(base: str, link: str) -> str:
    """Absolute, and nothing that a browser would run."""
    try:
        whole = urljoin(base, link.strip())
    except ValueError:
        return ""
    return whole if link and whole.startswith(("http://", "https://")) and len(whole) <= ADDRESS else ""


def _moment(parsed: struct_time | None) -> datetime | None:
    try:
        return datetime.fromtimestamp(calendar.timegm(parsed), UTC) if parsed else None
    except (OverflowError, ValueError, OSError):
        return None
