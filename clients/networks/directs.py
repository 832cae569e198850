"""Private messages to a Facebook page (Messenger) or an Instagram account: they come by webhook only.

Sources: developers.facebook.com/docs/messenger-platform/reference/webhook-events · …/reference/send-api ·
…/conversations · developers.facebook.com/docs/instagram-platform/webhooks/examples. A thread is named after the person.
"""

from collections.abc import Mapping
from datetime import UTC, datetime

from clients.networks import graph, http, reading
from clients.networks.types import Account, Author, Delivered, Incoming, Refused

THREAD = "dm:"
LAST_REPLIES = 20  # among these a lost one is looked for


def ours(thread_id: str) -> bool:
    """Whether this thread is one of private messages."""
    return thread_id.startswith(THREAD)


def parse(raw_body: bytes) -> list[Incoming]:
    """The messages that a webhook tells, edited and taken back ones too. Raises ValueError."""
    try:
        told = [_told(entry, event) for entry, event in graph.events(raw_body, "messaging")]
    except (KeyError, TypeError, AttributeError, OverflowError) as error:
        raise ValueError(f"unreadable webhook: {type(error).__name__} {error}") from None
    return [item for item in told if item]


def send(account: Account, thread_id: str, text: str, longest: int) -> Delivered:
    """An answer, within the time after the person's last message in which Meta takes one."""
    if len(text) > longest:
        raise Refused(f"a private message has at most {longest:,} characters")
    fields = {
        "recipient": {"id": thread_id.removeprefix(THREAD)},
        "messaging_type": "RESPONSE",
        "message": {"text": text},
    }
    with http.within(), reading.answers():
        made = graph.write(account, "me/messages", fields)
        return Delivered(reading.name(made["message_id"]), datetime.now(UTC))


def find(account: Account, thread_id: str, platform: str, text: str, since: datetime | None) -> Delivered | None:
    """Our newest message of this text."""
    fields = f"messages.limit({LAST_REPLIES}){{id,message,from,created_time}}"
    with http.within(), reading.answers():
        user = thread_id.removeprefix(THREAD)
        answer = graph.read(account, "me/conversations", platform=platform, user_id=user, fields=fields)
        for talk in answer["data"]:
            for one in talk.get("messages", {}).get("data", ()):
                mine = str((one.get("from") or {}).get("id")) != user and reading.same(one.get("message", ""), text)
                if mine and (since is None or graph.when(one) >= since):
                    return Delivered(reading.name(one["id"]), graph.when(one))
    return None


def _told(entry: Mapping, event: Mapping) -> Incoming | None:
    """None for what is no message: reads, deliveries, reactions, buttons."""
    message, edit = event.get("message"), event.get("message_edit")
    if not (message or edit):
        return None
    told = message or edit
    sender, at = reading.name(event["sender"]["id"]), datetime.fromtimestamp(event["timestamp"] / 1000, UTC)
    sent = sender == str(entry["id"]) or told.get("is_echo") is True
    person = reading.name(event["recipient"]["id"]) if sent else sender
    return Incoming(
        external_id=reading.name(told["mid"]),
        thread_id=f"{THREAD}{person}",
        direction="out" if sent else "in",
        kind="message",
        author=Author(sender, ""),
        text=_text(told),
        created_at=at,
        parent_id=(told.get("reply_to") or {}).get("mid"),
        edited_at=at if edit else None,
        deleted_at=at if told.get("is_deleted") is True else None,
    )


def _text(message: Mapping) -> str:
    """With the addresses of what hangs on it, which Meta shows for some days."""
    hangs = [
        f"[{one.get('type', 'file')}] {(one.get('payload') or {}).get('url') or ''}".rstrip()
        for one in message.get("attachments") or ()
    ]
    return "\n".join([*([message["text"]] if message.get("text") else []), *hangs])
