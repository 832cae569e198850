"""Reads what networks say: values of a sure kind out of their JSON, plain text out of their HTML."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from html.parser import HTMLParser

from clients.networks.types import Unknown

BLOCKS = {"p", "div", "li", "ul", "ol", "blockquote", "h1", "h2", "h3", "h4", "h5", "h6", "pre"}


@contextmanager
def answers() -> Iterator[None]:
    """An answer of another shape than expected is Unknown: what was asked may have happened."""
    try:
        yield
    except (KeyError, IndexError, TypeError, AttributeError, ValueError, OverflowError, RecursionError) as error:
        raise Unknown(f"unreadable answer: {type(error).__name__} {error}"[:300]) from None


def header(headers: Mapping[str, str], name: str) -> str:
    """By its lower-case name; empty where it is missing."""
    return next((str(value) for key, value in headers.items() if key.lower() == name), "")


def text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(f"text expected, not {type(value).__name__}")
    return value


def name(value: object) -> str:
    """An id: a text, or a number as a text; never empty."""
    if not value or isinstance(value, bool) or not isinstance(value, str | int):
        raise ValueError("an id expected")
    return str(value)


def moment(value: object) -> datetime:
    """ISO 8601 with its offset, or seconds since 1970, as aware UTC."""
    if isinstance(value, int) and not isinstance(value, bool):
        return datetime.fromtimestamp(value, UTC)
    found = datetime.fromisoformat(text(value))
    if found.tzinfo is None:
        raise ValueError("a time with its offset expected")
    return found.astimezone(UTC)


def count(value: object) -> int | None:
    """A counter, also one that is told as text; None where it is not told."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError("a number expected")
    return int(value)


def total(*values: object) -> int | None:
    """The sum of the counters that are told; None where none is."""
    known = [number for number in map(count, values) if number is not None]
    return sum(known) if known else None


def code(answer: object, *way: str) -> object:
    """What stands at the end of this way through an answer of failure, None where nothing does."""
    for step in way:
        answer = answer.get(step) if isinstance(answer, dict) else None
    return answer


def plain(html: str) -> str:
    """The text that a browser would show, paragraphs an empty line apart."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return re.sub(r"\n{3,}", "\n\n", "".join(reader.parts)).strip()


def same(one: str, other: str) -> bool:
    """Whether two texts say the same but for white space and the servers in handles, which networks write anew."""
    return _bare(one) == _bare(other)


def _bare(told: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"(@[\w.-]+)@[\w.-]+\w", r"\1", told)).strip()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list) -> None:
        if tag == "br":
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in BLOCKS:
            self.parts.append("\n\n")

    def handle_data(self, data: str) -> None:
        self.parts.append(data)
