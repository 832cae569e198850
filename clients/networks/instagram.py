"""Instagram's connector for professional accounts (Graph API). `account` is the Instagram account's id.

Instagram fetches pictures itself: without a public address for them nothing can be published.
"""

import time
from collections.abc import Mapping
from datetime import UTC, datetime

from clients.networks import directs, graph, http, reading
from clients.networks.graph import challenge, delivery_id, renew, verify
from clients.networks.types import (
    Account,
    Author,
    Delivered,
    Draft,
    Incoming,
    Media,
    NetworkError,
    Numbers,
    Page,
    Published,
    Refused,
    Unauthorized,
)

__all__ = [
    "challenge", "delivery_id", "find_post", "find_reply", "numbers", "parse", "poll", "publish", "renew", "reply",
    "verify",
]  # fmt: skip

ONE = "id,text,timestamp,username,from,user"
COMMENT = f"{ONE},replies.limit(50){{{ONE}}}"
INSIGHTS = ("views", "reach", "shares")
LONGEST_MESSAGE = 1_000
LAST_POSTS = LAST_REPLIES = 50  # among these a lost one is looked for
PAUSE, PATIENCE = 1.0, 20  # seconds between two questions whether a container is ready, and how many


def publish(account: Account, draft: Draft) -> Published:
    """First containers, which nobody sees, then the post."""
    pictures = [_picture(one) for one in draft.media]
    if not pictures:
        raise Refused("Instagram takes no post without a picture")
    with http.within(), reading.answers():
        container = _contained(account, pictures, _caption(draft))
        made = graph.write(account, f"{account.account}/media_publish", {"creation_id": container})
        id = reading.name(made["id"])
        return Published(id, _address(account, id), datetime.now(UTC))


def find_post(account: Account, draft: Draft, since: datetime) -> Published | None:
    """The newest post with this caption."""
    with http.within(), reading.answers():
        answer = graph.read(
            account, f"{account.account}/media", fields="id,caption,timestamp,permalink", limit=LAST_POSTS
        )
        for post in answer["data"]:
            if reading.same(post.get("caption", ""), _caption(draft)) and graph.when(post) >= since:
                return Published(reading.name(post["id"]), post.get("permalink", ""), graph.when(post))
    return None


def reply(account: Account, thread_id: str, parent_id: str | None, text: str, key: str) -> Delivered:
    """Under the first comment of the thread: Instagram knows no deeper level."""
    if directs.ours(thread_id):
        return directs.send(account, thread_id, text, LONGEST_MESSAGE)
    with http.within(), reading.answers():
        made = graph.write(account, f"{thread_id}/replies", {"message": text})
        return Delivered(reading.name(made["id"]), datetime.now(UTC))


def find_reply(
    account: Account, thread_id: str, key: str, text: str = "", since: datetime | None = None
) -> Delivered | None:
    if directs.ours(thread_id):
        return directs.find(account, thread_id, "instagram", text, since)
    with http.within(), reading.answers():
        answer = graph.read(account, f"{thread_id}/replies", fields=ONE, limit=LAST_REPLIES)
        for one in answer["data"]:
            ours = _ours(one, account.account) and reading.same(one.get("text", ""), text)
            if ours and (since is None or graph.when(one) >= since):
                return Delivered(reading.name(one["id"]), graph.when(one))
    return None


def numbers(account: Account, external_id: str) -> Numbers:
    """Insights come where the account has them; the counts that everybody sees always do."""
    with http.within(), reading.answers():
        if not external_id:
            own = graph.read(account, account.account, fields="followers_count")
            return Numbers(followers=reading.count(own.get("followers_count")))
        post = graph.read(account, external_id, fields="like_count,comments_count")
        return Numbers(
            reactions=reading.count(post.get("like_count")),
            comments=reading.count(post.get("comments_count")),
            **_insights(account, external_id),
        )


def poll(account: Account, cursor: str) -> Page:
    """Under the newest 100 posts; comments on older ones come by webhook only."""
    with http.within(), reading.answers():
        where = graph.Comments(f"{account.account}/media", COMMENT)
        return graph.tour(account, cursor, where, lambda comment, post: _items(account.account, comment, post))


def parse(raw_body: bytes) -> list[Incoming]:
    try:
        items = [_told(entry, value) for entry, value in graph.changes(raw_body, "comments")]
    except (KeyError, TypeError, AttributeError, OverflowError) as error:
        raise ValueError(f"unreadable webhook: {type(error).__name__} {error}") from None
    return items + directs.parse(raw_body)


def _caption(draft: Draft) -> str:
    return f"{draft.text}\n\n{draft.link}" if draft.link and draft.link not in draft.text else draft.text


def _picture(media: Media) -> Media:
    if media.mime != "image/jpeg":
        raise Refused(f"Instagram takes pictures as JPEG only, not {media.mime}")
    if not media.url.startswith("https://"):
        raise Refused("Instagram fetches pictures itself: they need a public https address")
    return media


def _contained(account: Account, pictures: list[Media], caption: str) -> str:
    if len(pictures) == 1:
        return _container(account, _fields(pictures[0]) | {"caption": caption})
    children = [_container(account, _fields(one) | {"is_carousel_item": True}) for one in pictures]
    return _container(account, {"media_type": "CAROUSEL", "children": children, "caption": caption})


def _fields(picture: Media) -> dict:
    return {"image_url": picture.url, "alt_text": picture.alt}


def _container(account: Account, fields: dict) -> str:
    """The id of a container, once Instagram has fetched what belongs in it."""
    id = reading.name(graph.write(account, f"{account.account}/media", fields)["id"])
    for _ in range(PATIENCE):
        status = graph.read(account, id, fields="status_code,status")
        if status["status_code"] == "FINISHED":
            return id
        if status["status_code"] != "IN_PROGRESS":
            raise Refused(f"Instagram could not use a picture: {status.get('status', '')}"[: http.REASON_LENGTH])
        time.sleep(PAUSE)
    raise Refused("Instagram did not get a picture ready in time")


def _address(account: Account, post: str) -> str:
    """Where the post is; that it is there is not in doubt, so a failure only leaves the address out."""
    try:
        return reading.text(graph.read(account, post, fields="permalink")["permalink"])
    except (NetworkError, KeyError, ValueError):
        return ""


def _insights(account: Account, post: str) -> dict[str, int | None]:
    try:
        told = graph.read(account, f"{post}/insights", metric=",".join(INSIGHTS))["data"]
    except (Refused, Unauthorized):  # not told of this kind of post, or not to us
        return {}
    return {one["name"]: reading.count(one["values"][-1]["value"]) for one in told if one["name"] in INSIGHTS}


def _items(account: str, comment: dict, post: str) -> list[Incoming]:
    first = reading.name(comment["id"])
    answers = comment.get("replies", {}).get("data", ())
    return [_item(account, comment, first, post), *(_item(account, one, first, first) for one in answers)]


def _item(account: str, comment: dict, thread: str, parent: str) -> Incoming:
    id = reading.name(comment["id"])
    return Incoming(
        external_id=id,
        thread_id=thread,
        direction="out" if _ours(comment, account) else "in",
        kind="comment",
        author=_author(comment, id),
        text=comment.get("text", ""),
        created_at=graph.when(comment),
        parent_id=parent,
    )


def _ours(comment: dict, account: str) -> bool:
    """`user` is told of own comments only."""
    return "user" in comment or (comment.get("from") or {}).get("id") == account


def _author(comment: dict, id: str) -> Author:
    told: Mapping = comment.get("from") or {}
    return Author(str(told.get("id") or id), told.get("username") or comment.get("username", ""))


def _told(entry: dict, value: dict) -> Incoming:
    id = reading.name(value["id"])
    above = value.get("parent_id")
    return Incoming(
        external_id=id,
        thread_id=above or id,
        direction="out" if (value.get("from") or {}).get("id") == entry["id"] else "in",
        kind="comment",
        author=_author(value, id),
        text=value.get("text", ""),
        created_at=reading.moment(entry["time"]),
        parent_id=above or reading.name(value["media"]["id"]),
    )
