"""Text to HTML and back: what people write stays text, what a page holds becomes it."""

import re
from html import escape, unescape

UNREAD = {"script", "style", "head", "title", "template", "noscript", "iframe", "object", "svg", "math"}
BREAKS = {"br", "tr", "li", "dt", "dd"}
BLOCKS = {"p", "div", "ul", "ol", "dl", "table", "blockquote", "pre", "section", "article", "header", "footer", "hr"}
BLOCKS |= {f"h{level}" for level in range(1, 7)}
INLINE = set(
    "a abbr acronym address area aside audio b base basefont bdi bdo big body button canvas caption center cite code"
    " col colgroup data del details dfn dir em embed fieldset figcaption figure font form frame html i img input ins"
    " kbd label legend link main map mark meta meter nav nobr optgroup option output param picture progress q rp rt"
    " ruby s samp select small source span strike strong sub summary sup tbody td textarea tfoot th thead time track tt"
    " u var video wbr".split()
)
TAG = re.compile(r"/?([a-z][a-z0-9]*)([-:][^\s/>]*)?(?=[\s/]|$)", re.IGNORECASE)
VALUE = re.compile(r"""\b(href|alt)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"']+))""", re.IGNORECASE)
LONGEST, LONGEST_TAG = 1_000_000, 4_000  # characters that are read
LINK = re.compile(r"""https?://[^\s<>"']*[^\s<>"'.,;:!?)\]]""", re.IGNORECASE)


def plain(html: str, *, lines: bool = False) -> str:
    """What a reader sees of the HTML, as paragraphs; an address behind other words stands after them in brackets.

    `lines`: the line breaks of the source count, as on sites that make paragraphs of them. What only looks like a tag
    stays. Takes time in proportion to the length, whatever is left open.
    """
    reader = _Reader(lines)
    first, *pieces = html[:LONGEST].split("<")
    reader.say(first)
    for piece in pieces:
        reader.take(piece)
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


class _Reader:
    """Takes the pieces of HTML that begin with a <, one after the other."""

    def __init__(self, lines: bool):
        self.lines = lines
        self.parts: list[str] = []
        self.hidden = ""  # the tag or comment whose end is waited for
        self.link: tuple[str, int] = "", 0

    def take(self, piece: str) -> None:
        if self.hidden == "!--" or not self.hidden and piece.startswith("!--"):
            self._comment(piece)
            return
        head, closed, rest = piece.partition(">")
        found = TAG.match(head)
        name = found[1].lower() if found else ""
        known = name in UNREAD or name in BREAKS or name in BLOCKS or name in INLINE or bool(found and found[2])
        if not closed or not (known or piece[:1] in ("!", "?")):
            self.say("<" + piece)
            return
        self._tag("" if found and found[2] else name, head)
        self.say(rest)

    def say(self, text: str) -> None:
        text = _unescaped(text)
        self._add(text if self.lines else re.sub(r"\s+", " ", text))

    def _comment(self, piece: str) -> None:
        _, closed, rest = piece.partition("-->")
        self.hidden = "" if closed else "!--"
        self.say(rest)

    def _tag(self, name: str, head: str) -> None:
        ends = head.startswith("/")
        if self.hidden:
            if name == "body" or ends and name == self.hidden:  # a head need not have an end
                self.hidden = ""
        elif name in UNREAD:
            self.hidden = "" if ends or head.endswith("/") else name
        elif name in BREAKS:
            self._add("" if ends else "\n")
        elif name in BLOCKS:
            self._add("\n\n")
        elif name == "a":
            self._link(head, ends)
        elif name == "img":
            self._add(_value("alt", head))

    def _link(self, head: str, ends: bool) -> None:
        address, start = self.link
        self.link = ("" if ends else _value("href", head)), len(self.parts)
        words = "".join(self.parts[start:]).strip()
        if ends and address.lower().startswith(("http://", "https://")) and words.rstrip("/") != address.rstrip("/"):
            self._add(f" ({address})" if words else address)

    def _add(self, text: str) -> None:
        if not self.hidden:
            self.parts.append(text)


def _value(name: str, head: str) -> str:
    found = next((match for match in VALUE.finditer(head[:LONGEST_TAG]) if match[1].lower() == name), None)
    return _unescaped(found[2] or found[3] or found[4] or "").strip() if found else ""


def _unescaped(text: str) -> str:
    try:
        return unescape(text)
    except ValueError:  # a character of thousands of digits
        return text
