"""Reads a mail: who wrote it, in which thread it stands, what it says without what it quotes."""

import email.policy
import re
from dataclasses import dataclass
from email.message import EmailMessage
from email.parser import BytesParser
from email.utils import getaddresses

from clients.networks import markup

LONGEST = 20_000  # characters of a text
MOST_LINES = 2_000
PRECEDENCES = {"bulk", "junk", "list", "auto_reply"}
ROBOTS = re.compile(r"(mailer-daemon|postmaster|no-?reply|do-?not-?reply|nicht-?antworten)@", re.IGNORECASE)
ID = re.compile(r"<([^<>\s]{1,500})>")
# From such a line on a mail repeats the one it answers.
QUOTES = re.compile(
    r"^(?:(?:Am|On|Le|Il|El|Op) .{0,200}(?:schrieb|wrote|écrit|scritto|escribió|schreef).{0,100}:"
    r"|-{2,} ?(?:(?:Ursprüngliche|Weitergeleitete|Original) ?-?Nachricht|(?:Original|Forwarded) Message) ?-{2,}"
    r"|_{20,})\s*$",
    re.IGNORECASE,
)
HEADED = re.compile(r"^\*?(?:Von|From):\*? ", re.IGNORECASE)
SENT = re.compile(r"^\*?(?:Gesendet|Sent|Datum|Date):\*? ", re.IGNORECASE)
WROTE = re.compile(r"(?:schrieb|wrote|écrit|scritto|escribió|schreef).{0,100}:\s*$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Mail:
    """`id` and `references` without their brackets, oldest first; `address` in lower case; `automatic`: no person."""

    id: str
    references: tuple[str, ...]
    sender: str
    address: str
    name: str
    subject: str
    text: str
    automatic: bool

    @property
    def thread(self) -> str:
        """The id of the mail that began it."""
        return self.references[0] if self.references else self.id


def read(raw: bytes) -> Mail:
    """Of a whole mail or its beginning. `address` is where an answer goes, `sender` who sent it. Never raises."""
    message = BytesParser(policy=email.policy.default).parsebytes(raw)
    sender, name = _person(_header(message, "From"))
    reply_to, reply_name = _person(_header(message, "Reply-To"))
    references = tuple(ID.findall(_header(message, "References"))) or tuple(ID.findall(_header(message, "In-Reply-To")))
    return Mail(
        id=next(iter(ID.findall(_header(message, "Message-ID"))), ""),
        references=references,
        sender=sender,
        address=reply_to or sender,
        name=(reply_name if reply_to and reply_to != sender else name) or reply_to or sender,
        subject=" ".join(_header(message, "Subject").split())[:300],
        text=unquoted(_body(message))[:LONGEST],
        automatic=_automatic(message, sender),
    )


def unquoted(text: str) -> str:
    """Without the mail that it answers; all of it where nothing else is there."""
    lines = text.replace("\r\n", "\n").split("\n")[:MOST_LINES]
    end = next((place for place in range(len(lines)) if _quote_begins(lines, place)), len(lines))
    kept = lines[:end]
    while kept and (not kept[-1].strip() or kept[-1].startswith(">")):
        kept.pop()
    return "\n".join(kept).strip() or text.strip()


def _quote_begins(lines: list[str], place: int) -> bool:
    line = lines[place].strip()
    if QUOTES.match(line):
        return True
    if HEADED.match(line):
        return any(SENT.match(other.strip()) for other in lines[place + 1 : place + 4])
    broken = f"{line} {lines[place + 1].strip()}" if place + 1 < len(lines) else ""
    return bool(broken and WROTE.search(broken) and QUOTES.match(broken))


def _automatic(message: EmailMessage, sender: str) -> bool:
    """RFC 3834, and what machines wrote before there was one."""
    submitted = _header(message, "Auto-Submitted").partition(";")[0].strip().lower()
    return (
        submitted not in ("", "no")
        or _header(message, "Precedence").strip().lower() in PRECEDENCES
        or any(_header(message, name) for name in ("List-Id", "List-Unsubscribe", "X-Autoreply", "X-Autorespond"))
        or _header(message, "Return-Path").strip() == "<>"
        or bool(ROBOTS.match(sender))
    )


def _header(message: EmailMessage, name: str) -> str:
    """The parser of a header may fail on what people send."""
    try:
        return str(message.get(name) or "")
    except Exception:
        return ""


def _person(header: str) -> tuple[str, str]:
    """The first address, in lower case, with its name; of a Reply-To with many only one gets an answer."""
    for name, address in getaddresses([header]):
        if re.fullmatch(r"[^@\s<>]+@[^@\s<>]+", address):
            return address.lower(), " ".join(name.split())
    return "", ""


def _body(message: EmailMessage) -> str:
    """The plain part, else the HTML as text; '' where there is neither."""
    try:
        part = message.get_body(("plain", "html"))
    except Exception:  # a structure that is none
        part = message
    if part is None or part.get_content_maintype() != "text":
        return ""
    text = _decoded(part)
    return markup.plain(text) if part.get_content_subtype() == "html" else text


def _decoded(part: EmailMessage) -> str:
    content = part.get_payload(decode=True) or b""
    try:
        return content.decode(part.get_content_charset("utf-8"), "replace")
    except (LookupError, ValueError):
        return content.decode("utf-8", "replace")
