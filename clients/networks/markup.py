"""Text to HTML and back: what people write stays text, what a page holds becomes it."""

import re
from html import escape
from html.parser import HTMLParser

UNREAD = {"script", "style", "head", "title", "template", "noscript", "iframe", "object", "svg", "math"}
BREAKS = {"br", "tr", "li", "dt", "dd"}
BLOCKS = {"p", "div", "ul", "ol", "dl", "table", "blockquote", "pre", "section", "article", "header", "footer", "hr"}
BLOCKS |= {f"h{level}" for level in range(1, 7)}
LONGEST = 1_000_000  # characters of HTML that are read
LINK = re.compile(r"""https?://[^\s<>"']*[^\s<>"'.,;:!?)\]]""", re.IGNORECASE)


def plain(html: str, *, lines: bool = False) -> str:
    """What a reader sees of the HTML, as paragraphs; an address behind other words stands after them in brackets.

    `lines`: the line breaks of the source count, as on sites that make paragraphs of them.
    """
    reader = _Reader(lines)
    reader.feed(html[:LONGEST])
    reader.close()
    return _tidy("".join(reader.parts))


def paragraphs(text: str) -> list[str]:
    """The paragraphs of a text as HTML without their <p>: all of it escaped, addresses made links."""
    found = re.split(r"\n\s*\n", text.replace("\r\n", "\n").strip())
    return ["<br>\n".join(map(_linked, part.split("\n"))) for part in found if part.strip()]


def quoted(text: str) -> str:
    """The text as HTML that shows just it; square brackets too, in which some sites see commands."""
    return escape(text).replace("[", "&#091;").replace("]", "&#093;")


def _linked(line: str) -> str:
    parts, end = [], 0
    for match in LINK.finditer(line):
        address = quoted(match[0])
        parts += [quoted(line[end : match.start()]), f'<a href="{address}">{address}</a>']
        end = match.end()
    return "".join([*parts, quoted(line[end:])])


def _tidy(text: str) -> str:
    lines = [re.sub(r"[ \t\f\v\xa0]+", " ", line).strip() for line in text.split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


class _Reader(HTMLParser):
    def __init__(self, lines: bool):
        super().__init__(convert_charrefs=True)
        self.lines = lines
        self.parts: list[str] = []
        self.hidden = 0
        self.link: tuple[str, int] | None = None

    def handle_starttag(self, tag, attrs):
        if tag in UNREAD:
            self.hidden += 1
        elif tag == "body":  # the head before it need not have an end
            self.hidden = 0
        elif tag in BREAKS:
            self._add("\n")
        elif tag in BLOCKS:
            self._add("\n\n")
        elif tag == "a":
            self.link = next((value or "" for name, value in attrs if name == "href"), ""), len(self.parts)
        elif tag == "img":
            self._add(next((value or "" for name, value in attrs if name == "alt"), ""))

    def handle_endtag(self, tag):
        if tag in UNREAD:
            self.hidden = max(0, self.hidden - 1)
        elif tag in BLOCKS:
            self._add("\n\n")
        elif tag == "a" and self.link:
            self._end_link(*self.link)

    def handle_data(self, data):
        self._add(data if self.lines else re.sub(r"\s+", " ", data))

    def _end_link(self, address: str, start: int) -> None:
        words = "".join(self.parts[start:]).strip()
        if address.lower().startswith(("http://", "https://")) and words.rstrip("/") != address.rstrip("/"):
            self._add(f" ({address})" if words else address)
        self.link = None

    def _add(self, text: str) -> None:
        if not self.hidden:
            self.parts.append(text)
