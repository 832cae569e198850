"""Bluesky's connector: records in the account's own repository (com.atproto), what others say from its view (app.bsky).

Each record gets a name made of our key, and is written only where none of that name is: so a write can be repeated,
and what is not found under its name does not exist. A name must look like a time; the years taken are long over.
"""

import hashlib
import json
from base64 import urlsafe_b64decode
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from urllib.parse import urlsplit

from clients.networks import http, reading, walk
from clients.networks.facets import facets
from clients.networks.types import (
    Account,
    Author,
    Delivered,
    Draft,
    Incoming,
    Media,
    Numbers,
    Page,
    Published,
    Refused,
    Renewed,
    Unauthorized,
)

POSTS = "app.bsky.feed.post"
PAGE_ITEMS = 25  # each may ask for the thread above it
LETTERS = "234567abcdefghijklmnopqrstuvwxyz"
# Names are taken from these microseconds, 2010 to 2020.
FIRST, LAST = 1_262_304_000_000_000, 1_577_836_800_000_000
KINDS = {"reply": "comment", "mention": "mention", "quote": "mention"}
EXPIRED = {"ExpiredToken", "InvalidToken", "AuthMissing", "AccountTakedown", "AccountDeactivated"}


class Session(NamedTuple):
    token: str
    did: str


def publish(account: Account, draft: Draft) -> Published:
    with http.within(), reading.answers():
        session = _session(account)
        record = _post(account, session, _with_link(draft)) | _embed(account, session, draft)
        return _published(account, _put(account, session, draft.key, record))


def find_post(account: Account, draft: Draft, since: datetime) -> Published | None:
    """By the name that its key makes; None where the repository has no such record."""
    with http.within(), reading.answers():
        found = _get(account, _session(account), draft.key)
        return None if found is None else _published(account, found)


def reply(account: Account, thread_id: str, parent_id: str | None, text: str, key: str) -> Delivered:
    with http.within(), reading.answers():
        session = _session(account)
        found = _read(account, session, "app.bsky.feed.getPosts", uris=[parent_id or thread_id])["posts"]
        if not found:
            raise Refused("the message to answer is gone")
        parent = {"uri": found[0]["uri"], "cid": found[0]["cid"]}
        root = found[0]["record"].get("reply", {}).get("root", parent)
        record = _post(account, session, text) | {"reply": {"root": root, "parent": parent}}
        return _delivered(_put(account, session, key, record))


def find_reply(
    account: Account, thread_id: str, key: str, text: str = "", since: datetime | None = None
) -> Delivered | None:
    with http.within(), reading.answers():
        found = _get(account, _session(account), key)
        return None if found is None else _delivered(found)


def numbers(account: Account, external_id: str) -> Numbers:
    with http.within(), reading.answers():
        session = _session(account)
        if not external_id:
            profile = _read(account, session, "app.bsky.actor.getProfile", actor=session.did)
            return Numbers(followers=reading.count(profile.get("followersCount")))
        found = _read(account, session, "app.bsky.feed.getPosts", uris=[external_id])["posts"]
        return _numbers(found[0]) if found else Numbers()


def poll(account: Account, cursor: str) -> Page:
    """What others said to the account, then what it answered from elsewhere, each from the newest back.

    The network shows neither edits (it has none) nor what was deleted.
    """
    heard, said = walk.unpacked(cursor, "heard", "said")
    with http.within(), reading.answers():
        session = _session(account)
        if heard.page or not said.page:
            incoming, heard = walk.step(heard, lambda page: _heard(account, session, page))
        else:
            incoming = []
        if said.page or not heard.page:
            outgoing, said = walk.step(said, lambda page: _said(account, session, page))
        else:
            outgoing = []
        items = [_incoming(account, session, entry) for entry in incoming]
        items += [_outgoing(account, session, entry) for entry in outgoing]
    return Page([item for item in items if item], walk.packed(heard=heard, said=said), not (heard.over and said.over))


def renew(account: Account) -> Renewed:
    """A session of about two hours, made with the app password."""
    with http.within(), reading.answers():
        made = _sign_in(account)
        return Renewed({"token": made.token, "did": made.did}, _ends(made.token))


def _session(account: Account) -> Session:
    """The one that `renew` made, or a new one where that is over: few are allowed a day."""
    did = account.secret.get("did", "")
    if account.token and did and _ends(account.token) > datetime.now(UTC) + timedelta(seconds=30):
        return Session(account.token, did)
    return _sign_in(account)


def _sign_in(account: Account) -> Session:
    password = account.secret.get("app_password", "")
    if not password:
        raise Unauthorized("an app password is missing")
    payload = {"identifier": account.account, "password": password}
    made = _called("POST", account, "com.atproto.server.createSession", body=http.as_json(payload))
    return Session(reading.text(made["accessJwt"]), reading.text(made["did"]))


def _ends(token: str) -> datetime:
    """When a token ends, as it says itself; unreadable ones are over."""
    try:
        claims = token.split(".")[1]
        return reading.moment(json.loads(urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))["exp"])
    except (ValueError, KeyError, IndexError, TypeError, OverflowError):
        return datetime.min.replace(tzinfo=UTC)


def _read(account: Account, session: Session, method: str, **params) -> dict:
    given = {name: value for name, value in params.items() if value != ""}
    return _called("GET", account, method, auth=http.bearer(session.token), params=given)


def _write(account: Account, session: Session, method: str, body: http.Body) -> dict:
    return _called("POST", account, method, auth=http.bearer(session.token), body=body)


def _called(verb: str, account: Account, method: str, **more) -> dict:
    try:
        url = f"{account.url.rstrip('/')}/xrpc/{method}"
        return http.call(verb, url, trusted=account.trusted, **more).json()
    except Refused as error:
        said = reading.code(error.answer, "message") or error.reason
        kind = Unauthorized if reading.code(error.answer, "error") in EXPIRED else Refused
        raise kind(f"{error.status} {said}"[: http.REASON_LENGTH], error.status, error.answer) from None


def record_name(key: str) -> str:
    """A record's name as the protocol wants it (a TID: 53 bits of microseconds, 10 more), the same for the same key."""
    drawn = int.from_bytes(hashlib.sha256(key.encode()).digest()[:12])
    number = (FIRST + (drawn >> 10) % (LAST - FIRST)) << 10 | drawn & 1023
    return "".join(LETTERS[number >> shift & 31] for shift in range(60, -5, -5))


def _put(account: Account, session: Session, key: str, record: dict) -> dict:
    """Write the record unless there is one of its name; returns what stands there."""
    payload = {
        "repo": session.did,
        "collection": POSTS,
        "rkey": record_name(key),
        "record": record,
        "swapRecord": None,
    }
    try:
        made = _write(account, session, "com.atproto.repo.putRecord", http.as_json(payload))
    except Refused as error:
        if reading.code(error.answer, "error") == "InvalidSwap" and (found := _get(account, session, key)):
            return found
        raise
    return {"uri": reading.text(made["uri"]), "value": record}


def _get(account: Account, session: Session, key: str) -> dict | None:
    params = {"repo": session.did, "collection": POSTS, "rkey": record_name(key)}
    try:
        return _read(account, session, "com.atproto.repo.getRecord", **params)
    except Refused as error:
        if reading.code(error.answer, "error") == "RecordNotFound":
            return None
        raise


def _published(account: Account, found: dict) -> Published:
    uri = reading.text(found["uri"])
    url = f"https://bsky.app/profile/{account.account}/post/{uri.rpartition('/')[2]}"
    return Published(uri, url, reading.moment(found["value"]["createdAt"]))


def _delivered(found: dict) -> Delivered:
    return Delivered(reading.text(found["uri"]), reading.moment(found["value"]["createdAt"]))


def _post(account: Account, session: Session, text: str) -> dict:
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    post = {"$type": POSTS, "text": text, "createdAt": now}
    found = facets(text, lambda handle: _resolved(account, session, handle))
    return post | ({"facets": found} if found else {})


def _resolved(account: Account, session: Session, handle: str) -> str | None:
    """Whose handle it is, None for nobody's."""
    try:
        return _read(account, session, "com.atproto.identity.resolveHandle", handle=handle)["did"]
    except Refused:
        return None


def _with_link(draft: Draft) -> str:
    """The text; a link stands in it where pictures take the place of its card."""
    linked = not draft.link or not draft.media or draft.link in draft.text
    return draft.text if linked else f"{draft.text}\n\n{draft.link}"


def _embed(account: Account, session: Session, draft: Draft) -> dict:
    if draft.media:
        pictures = [{"alt": one.alt, "image": _blob(account, session, one)} for one in draft.media]
        return {"embed": {"$type": "app.bsky.embed.images", "images": pictures}}
    if draft.link:
        title = draft.title or urlsplit(draft.link).netloc
        card = {"uri": draft.link, "title": title, "description": ""}
        return {"embed": {"$type": "app.bsky.embed.external", "external": card}}
    return {}


def _blob(account: Account, session: Session, media: Media) -> dict:
    if not media.mime.startswith("image/"):
        raise Refused("only pictures can be attached")
    return _write(account, session, "com.atproto.repo.uploadBlob", http.Body(media.mime, media.content))["blob"]


def _numbers(post: dict) -> Numbers:
    return Numbers(
        reactions=reading.count(post.get("likeCount")),
        comments=reading.count(post.get("replyCount")),
        shares=reading.total(post.get("repostCount"), post.get("quoteCount")),
    )


def _heard(account: Account, session: Session, page: str) -> tuple[list, str]:
    answer = _read(
        account, session, "app.bsky.notification.listNotifications",
        reasons=list(KINDS), limit=PAGE_ITEMS, cursor=page,
    )  # fmt: skip
    return [(reading.moment(one["indexedAt"]), one) for one in answer["notifications"]], answer.get("cursor", "")


def _said(account: Account, session: Session, page: str) -> tuple[list, str]:
    answer = _read(
        account, session, "app.bsky.feed.getAuthorFeed",
        actor=session.did, filter="posts_with_replies", limit=PAGE_ITEMS, cursor=page,
    )  # fmt: skip
    own = [one["post"] for one in answer["feed"] if not one.get("reason")]
    return [(reading.moment(one["indexedAt"]), one) for one in own], answer.get("cursor", "")


def _incoming(account: Account, session: Session, notification: dict) -> Incoming | None:
    if notification["author"]["did"] == session.did:
        return None
    return _item(account, session, notification, "in", KINDS.get(notification["reason"], "mention"))


def _outgoing(account: Account, session: Session, post: dict) -> Incoming | None:
    """An answer of the account; what it publishes or adds to its own post is none."""
    refs = post["record"].get("reply")
    if not refs or refs["root"]["uri"] == refs["parent"]["uri"] and _owner(refs["root"]["uri"]) == session.did:
        return None
    return _item(account, session, post, "out", "comment")


def _item(account: Account, session: Session, view: dict, direction: str, kind: str) -> Incoming | None:
    record, uri = view["record"], reading.text(view["uri"])
    refs = record.get("reply")
    thread = _thread(account, session, uri, refs) if refs else uri
    if thread is None:
        return None
    author = view["author"]
    return Incoming(
        external_id=uri,
        thread_id=thread,
        direction=direction,
        kind=kind,
        author=Author(reading.text(author["did"]), author.get("displayName") or author["handle"]),
        text=reading.text(record.get("text", "")),
        created_at=min(reading.moment(record["createdAt"]), reading.moment(view["indexedAt"])),
        parent_id=refs["parent"]["uri"] if refs else None,
    )


def _thread(account: Account, session: Session, uri: str, refs: dict) -> str | None:
    """Under a post of our own each first answer begins a thread, else the root does; None where the post is gone."""
    root, parent = refs["root"]["uri"], refs["parent"]["uri"]
    if _owner(root) != session.did:
        return root
    if parent == root:
        return uri
    try:
        answer = _read(account, session, "app.bsky.feed.getPostThread", uri=uri, depth=0, parentHeight=100)
    except Refused as error:
        if reading.code(error.answer, "error") == "NotFound":
            return None
        raise
    node, below = answer["thread"], uri
    while (node := node.get("parent")) and (above := reading.code(node, "post", "uri") or node.get("uri")) != root:
        below = above
    return below


def _owner(uri: str) -> str:
    return uri.removeprefix("at://").partition("/")[0]
