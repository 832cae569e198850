"""A client's mailbox: what arrives comes in by IMAP, answers go out by SMTP; the conversation is the thread of mails.

The account's name is the login, `url` such as imaps://imap.bakery.example; among its secrets are `password` and, where
they are not the usual, `smtp` (such as smtp://mail.bakery.example:587) and `address` (of the sender).
"""

import imaplib
import json
import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from clients.networks import http, mail_text
from clients.networks.mail_lines import box, send
from clients.networks.mail_text import Mail
from clients.networks.types import Account, Author, Delivered, Incoming, NetworkError, Page, Refused, Unknown

PAGE_ITEMS = 25
MAIL_BYTES = 256 * 1024  # of one mail that are read; what it says stands at its beginning
FIRST_DAYS = 30  # how far back the first poll reads
MOST_FOLDERS = 40
MOST_REFERENCES = 20
SENT_NAMES = ("Sent", "Sent Items", "Gesendet", "Gesendete Objekte", "INBOX.Sent")
FOLDER = re.compile(rb'\((?P<flags>[^)]*)\) (?:"(?:[^"\\]|\\.)*"|NIL) (?P<name>"(?:[^"\\]|\\.)*"|[^"\s]+)$')
ARRIVED = re.compile(rb'INTERNALDATE "([^"]+)"')


def poll(account: Account, cursor: str) -> Page:
    """What arrived and, so that answers given there count, what was sent from there in answer to something."""
    seen = _seen(cursor)
    with http.within(), box(account) as line:
        inbox, rest = _new(line, "INBOX", seen)
        items = [item for mail, at in inbox if (item := _incoming(account, mail, at))]
        sent = _sent_folder(line)
        if sent and not rest:
            written, rest = _new(line, sent, seen)
            items += [_outgoing(mail, at) for mail, at in written if mail.id and mail.references]
    return Page(items, json.dumps(seen), rest)


def reply(account: Account, thread_id: str, parent_id: str | None, text: str, key: str) -> Delivered:
    """A mail to whoever wrote the parent; a copy is laid into the folder of what was sent."""
    with http.within():
        with box(account) as line:
            answered = _find(line, parent_id or thread_id)
        if answered is None or not answered.address:
            raise Refused("the mail to be answered is no longer in the mailbox")
        own = _message_id(account, key)
        content = _letter(_address(account), answered, text, own).as_bytes(policy=SMTP)
        send(account, _address(account), answered.address, content)
        now = datetime.now(UTC)
        with suppress(NetworkError):  # the mail is out: without its copy it is only harder to find
            _keep(account, own, content)
    return Delivered(own, now.replace(microsecond=0))


def find_reply(
    account: Account, thread_id: str, key: str, text: str = "", since: datetime | None = None
) -> Delivered | None:
    """Among what was sent, where we or the mail server lay a copy; that there is none proves nothing."""
    own = _message_id(account, key)
    with http.within(), box(account) as line:
        folder = _sent_folder(line)
        uids = _search(line, folder, own) if folder else []
        return Delivered(own, next(_fetched(line, uids[:1]))[1]) if uids else None


def _incoming(account: Account, mail: Mail, at: datetime) -> Incoming | None:
    """A form on the homepage sends from the mailbox itself, with the customer as whom to answer."""
    own = mail.sender == _address(account)
    if not mail.id or not mail.address or (own and mail.address == mail.sender):
        return _outgoing(mail, at) if mail.id and mail.references else None
    return Incoming(
        external_id=mail.id,
        thread_id=mail.thread,
        direction="in",
        kind="message",
        author=Author(mail.address, mail.name, mail.automatic and not own),
        text=mail.text if mail.references else "\n\n".join(filter(None, (mail.subject, mail.text))),
        created_at=at,
        parent_id=mail.references[-1] if mail.references else None,
    )


def _outgoing(mail: Mail, at: datetime) -> Incoming:
    author = Author(mail.sender, mail.name, mail.automatic)
    return Incoming(mail.id, mail.thread, "out", "message", author, mail.text, at, parent_id=mail.references[-1])


def _letter(sender: str, answered: Mail, text: str, own: str) -> EmailMessage:
    letter = EmailMessage()
    known = answered.subject.lower().startswith(("re:", "aw:"))
    chain = [*answered.references, answered.id]
    try:
        letter["From"], letter["To"] = sender, answered.address
        letter["Subject"] = answered.subject if known else f"Re: {answered.subject}".strip()
        letter["Date"] = format_datetime(datetime.now(UTC))
        letter["Message-ID"] = f"<{own}>"
        letter["In-Reply-To"] = f"<{answered.id}>"
        letter["References"] = " ".join(f"<{id}>" for id in [chain[0], *chain[1:][-MOST_REFERENCES:]])
        letter.set_content(text, cte="quoted-printable")  # not every server takes 8 bits
    except ValueError:
        raise Refused("this mail cannot be written as it should be") from None
    return letter


def _keep(account: Account, own: str, content: bytes) -> None:
    """Unless the server laid a copy there itself."""
    with box(account) as line:
        folder = _sent_folder(line)
        if folder and not _search(line, folder, own):
            line.append(folder, r"(\Seen)", None, content)


def _new(line: imaplib.IMAP4, folder: str, seen: dict) -> tuple[list[tuple[Mail, datetime]], bool]:
    """The next mails of the folder and whether there are more; `seen` is moved on."""
    validity = _open(line, folder)
    before, last = seen.get(folder, (validity, 0))
    if before != validity:  # the server numbered anew
        last = 0
    since = f"SINCE {datetime.now(UTC) - timedelta(days=FIRST_DAYS):%d-%b-%Y}"
    found = _numbers(line.uid("SEARCH", *([f"UID {last + 1}:*"] if last else [since])))
    waiting = sorted(uid for uid in found if uid > last)  # "n:*" always names the newest one
    now = waiting[:PAGE_ITEMS]
    mails = [(mail_text.read(raw), at) for raw, at in _raw(line, now)]
    seen[folder] = [validity, now[-1] if now else last or _newest(line)]
    return mails, len(waiting) > PAGE_ITEMS


def _newest(line: imaplib.IMAP4) -> int:
    """Of a folder in which nothing is recent, so that the next poll asks for what follows."""
    return max(_numbers(line.uid("SEARCH", "ALL")), default=0)


def _open(line: imaplib.IMAP4, folder: str) -> int:
    """Opens the folder for reading only; its UIDVALIDITY."""
    state, _ = line.select(folder, readonly=True)
    validity = (line.response("UIDVALIDITY")[1] or [None])[0]
    if state != "OK" or validity is None:
        raise Unknown(f"the folder {folder} cannot be opened")
    return int(validity)


def _numbers(answer: tuple[str, list]) -> list[int]:
    state, found = answer
    if state != "OK":
        raise Unknown("the mailbox cannot be searched")
    return [int(number) for part in found if part for number in part.split()]


def _raw(line: imaplib.IMAP4, uids: list[int]) -> Iterator[tuple[bytes, datetime]]:
    """Each mail's beginning and when it arrived here, which nobody outside can choose."""
    for uid in uids:
        state, parts = line.uid("FETCH", str(uid), f"(UID INTERNALDATE BODY.PEEK[]<0.{MAIL_BYTES}>)")
        if state != "OK":
            raise Unknown("a mail cannot be fetched")
        whole = next((part for part in parts if isinstance(part, tuple)), None)
        if whole is not None:  # None: deleted meanwhile
            told = b" ".join([whole[0], *(part for part in parts if isinstance(part, bytes))])
            yield whole[1], _arrived(told)


def _fetched(line: imaplib.IMAP4, uids: list[int]) -> Iterator[tuple[Mail, datetime]]:
    return ((mail_text.read(raw), at) for raw, at in _raw(line, uids))


def _arrived(told: bytes) -> datetime:
    found = ARRIVED.search(told)
    try:
        return datetime.strptime(found[1].decode().strip(), "%d-%b-%Y %H:%M:%S %z").astimezone(UTC)
    except (TypeError, ValueError, UnicodeDecodeError):
        raise Unknown("a mail without the time of its arrival") from None


def _find(line: imaplib.IMAP4, id: str) -> Mail | None:
    """The mail of this id, in the inbox or wherever people have put it."""
    names = [name for name, _ in _folders(line)][:MOST_FOLDERS]
    for folder in ["INBOX", *(name for name in names if name.strip('"').upper() != "INBOX")]:
        if uids := _search(line, folder, id):
            return next((mail for mail, _ in _fetched(line, uids[:1])), None)
    return None


def _search(line: imaplib.IMAP4, folder: str, id: str) -> list[int]:
    """The mails of exactly this id; the server also finds those of which it is only a part."""
    if not re.fullmatch(r"[\x21-\x7e]+", id):
        return []
    _open(line, folder)
    words = id.replace("\\", "\\\\").replace('"', '\\"')
    found = _numbers(line.uid("SEARCH", "HEADER", "Message-ID", f'"<{words}>"'))
    return [uid for uid in found if any(mail.id == id for mail, _ in _fetched(line, [uid]))]


def _sent_folder(line: imaplib.IMAP4) -> str:
    """By its mark (RFC 6154), else by its name; '' where there is none."""
    folders = _folders(line)
    marked = [name for name, flags in folders if rb"\sent" in flags.lower()]
    named = [name for known in SENT_NAMES for name, _ in folders if name.strip('"').lower() == known.lower()]
    return next(iter(marked + named), "")


def _folders(line: imaplib.IMAP4) -> list[tuple[str, bytes]]:
    """The folders that can be opened, as the server writes their names, with their marks."""
    state, found = line.list()
    if state != "OK":
        raise Unknown("the mailbox does not list its folders")
    matches = [match for part in found if isinstance(part, bytes) and (match := FOLDER.search(part))]
    return [(_named(match["name"]), match["flags"]) for match in matches if rb"\noselect" not in match["flags"].lower()]


def _named(raw: bytes) -> str:
    name = raw.decode("ascii", "replace")
    return name if name.startswith('"') else f'"{name}"'


def _seen(cursor: str) -> dict:
    """By folder: its UIDVALIDITY and the last number read."""
    try:
        return json.loads(cursor) if cursor else {}
    except ValueError:
        return {}


def _address(account: Account) -> str:
    return (account.secret.get("address") or account.account).lower()


def _message_id(account: Account, key: str) -> str:
    return f"{key}.resonanz@{_address(account).rpartition('@')[2]}"
