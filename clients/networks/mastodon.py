"""Mastodon's connector, for its servers and those that speak alike (docs.joinmastodon.org/client/).

Servers are free to forget an idempotency key: what may have been posted is looked for by its text.
"""

import json
import time
from collections.abc import Callable, Iterable
from datetime import datetime

from clients.networks import http, reading
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
)

PAGE_ITEMS = 10  # each may ask for the thread above it
LAST_POSTS = 40  # among these a lost post is looked for
PAUSE, PATIENCE = 0.5, 40  # seconds between two questions whether a picture is ready, and how many


def publish(account: Account, draft: Draft) -> Published:
    with http.within(), reading.answers():
        fields = {"status": _text(draft), "media_ids": [_upload(account, one) for one in draft.media]}
        return _published(_post(account, fields, draft.key))


def find_post(account: Account, draft: Draft, since: datetime) -> Published | None:
    """The newest own post of this text; also None where the server shows the text changed."""
    with http.within(), reading.answers():
        answer = _own(account, _me(account)["id"], limit=LAST_POSTS, exclude_replies="true")
        found = _first(answer, since, lambda text: reading.same(text, _text(draft)))
        return found and _published(found)


def reply(account: Account, thread_id: str, parent_id: str | None, text: str, key: str) -> Delivered:
    """As visible as what it answers: a direct message is answered directly."""
    with http.within(), reading.answers():
        parent = _read(account, f"statuses/{parent_id or thread_id}")
        handle = f"@{reading.text(parent['account']['acct'])}"
        fields = {
            "status": text if handle in text else f"{handle} {text}",
            "in_reply_to_id": parent["id"],
            "visibility": parent["visibility"],
        }
        made = _post(account, fields, key)
        return Delivered(reading.name(made["id"]), reading.moment(made["created_at"]))


def find_reply(
    account: Account, thread_id: str, key: str, text: str = "", since: datetime | None = None
) -> Delivered | None:
    """The newest own answer of this text, whomever it was told to."""
    with http.within(), reading.answers():
        answer = _own(account, _me(account)["id"], limit=LAST_POSTS)
        replies = [status for status in answer if status["in_reply_to_id"]]
        found = _first(replies, since, lambda told: reading.same(_untold(told), _untold(text)))
        return found and Delivered(reading.name(found["id"]), reading.moment(found["created_at"]))


def numbers(account: Account, external_id: str) -> Numbers:
    with http.within(), reading.answers():
        if not external_id:
            return Numbers(followers=reading.count(_me(account).get("followers_count")))
        status = _read(account, f"statuses/{external_id}")
        return Numbers(
            reactions=reading.count(status.get("favourites_count")),
            comments=reading.count(status.get("replies_count")),
            shares=reading.total(status.get("reblogs_count"), status.get("quotes_count")),
        )


def poll(account: Account, cursor: str) -> Page:
    """Mentions and own answers, each from the first one on; edits and deletions are not told."""
    heard, said = _cursor(cursor)
    with http.within(), reading.answers():
        me = reading.name(_me(account)["id"])
        mentions = _read(account, "notifications", **{"types[]": ["mention"], "min_id": heard, "limit": PAGE_ITEMS})
        own = _own(account, me, min_id=said, limit=PAGE_ITEMS)
        items = [_item(account, one["status"], me, "in") for one in mentions if one.get("status")]
        items += [_item(account, one, me, "out") for one in own if _answers_somebody(one, me)]
        after = json.dumps([_newest(mentions, heard), _newest(own, said)])
    return Page([item for item in items if item], after, PAGE_ITEMS in (len(mentions), len(own)))


def _read(account: Account, what: str, **params) -> object:
    return http.read(_url(account, "v1", what), token=account.token, params=params, trusted=account.trusted)


def _url(account: Account, version: str, what: str) -> str:
    return f"{account.url.rstrip('/')}/api/{version}/{what}"


def _me(account: Account) -> dict:
    return _read(account, "accounts/verify_credentials")


def _own(account: Account, me: str, **params) -> list[dict]:
    """Newest first, but those after `min_id` from there on."""
    return _read(account, f"accounts/{me}/statuses", exclude_reblogs="true", **params)


def _post(account: Account, fields: dict, key: str) -> dict:
    return http.write(
        _url(account, "v1", "statuses"), token=account.token, payload=fields,
        headers={"Idempotency-Key": key}, trusted=account.trusted,
    )  # fmt: skip


def _text(draft: Draft) -> str:
    return f"{draft.text}\n\n{draft.link}" if draft.link and draft.link not in draft.text else draft.text


def _upload(account: Account, media: Media) -> str:
    """The id of a picture that the server has received and made ready."""
    body = http.parts({"file": media, "description": media.alt})
    answer = http.call(
        "POST", _url(account, "v2", "media"), auth=http.bearer(account.token), body=body, trusted=account.trusted
    )
    id = reading.name(answer.json()["id"])
    for _ in range(PATIENCE):
        if answer.status == 200:
            return id
        time.sleep(PAUSE)
        answer = http.call(
            "GET", _url(account, "v1", f"media/{id}"), auth=http.bearer(account.token), trusted=account.trusted
        )
    raise Refused("the server did not get a picture ready in time")


def _published(status: dict) -> Published:
    return Published(
        reading.name(status["id"]), reading.text(status["url"] or status["uri"]), reading.moment(status["created_at"])
    )


def _first(statuses: Iterable[dict], since: datetime | None, fits: Callable[[str], bool]) -> dict | None:
    for status in statuses:
        early = since is not None and reading.moment(status["created_at"]) < since
        if not early and fits(reading.plain(status["content"])):
            return status
    return None


def _untold(text: str) -> str:
    """Without the handle it begins with."""
    handle, _, rest = text.partition(" ")
    return rest if handle.startswith("@") else text


def _cursor(cursor: str) -> tuple[str, str]:
    """The newest mention and the newest own post that were taken."""
    try:
        heard, said = json.loads(cursor)
        return str(heard), str(said)
    except (ValueError, TypeError):
        return "0", "0"


def _newest(entries: list[dict], before: str) -> str:
    """Ids grow with time, also in length."""
    return max((reading.name(entry["id"]) for entry in entries), key=lambda id: (len(id), id), default=before)


def _answers_somebody(status: dict, me: str) -> bool:
    return bool(status["in_reply_to_id"]) and status["in_reply_to_account_id"] != me


def _item(account: Account, status: dict, me: str, direction: str) -> Incoming | None:
    above = _above(account, status) if status["in_reply_to_id"] else []
    if above is None:
        return None
    author = status["account"]
    return Incoming(
        external_id=reading.name(status["id"]),
        thread_id=_thread([*above, status], me),
        direction=direction,
        kind=_kind(status, me, direction),
        author=Author(
            reading.name(author["id"]), author.get("display_name") or author["acct"], author.get("bot") is True
        ),
        text=reading.plain(status["content"]),
        created_at=reading.moment(status["created_at"]),
        parent_id=status["in_reply_to_id"],
        edited_at=reading.moment(status["edited_at"]) if status.get("edited_at") else None,
    )


def _above(account: Account, status: dict) -> list[dict] | None:
    """What it answers, from the first post on; None where it is gone meanwhile."""
    try:
        return _read(account, f"statuses/{status['id']}/context")["ancestors"]
    except Refused as error:
        if error.status == 404:
            return None
        raise


def _thread(chain: list[dict], me: str) -> str:
    """Under a post of our own each first answer begins a thread of its own, else the first post does."""
    own = reading.name(chain[0]["account"]["id"]) == me and len(chain) > 1
    return reading.name(chain[1 if own else 0]["id"])


def _kind(status: dict, me: str, direction: str) -> str:
    if status["visibility"] == "direct":
        return "message"
    return "comment" if direction == "out" or status["in_reply_to_account_id"] == me else "mention"
