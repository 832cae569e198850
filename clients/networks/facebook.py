"""The connector of Facebook pages (Graph API). `account` is the page's id, the token that page's own.

Comments are told as they were when they were read; that one was edited or deleted comes by webhook only.
"""

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

COMMENT = "id,message,from,created_time,parent{id}"
NEWEST = {"filter": "stream", "order": "reverse_chronological"}
INSIGHTS = {"post_media_view": "views", "post_total_media_view_unique": "reach", "post_clicks": "clicks"}
COUNTS = "shares,reactions.limit(0).summary(total_count),comments.limit(0).summary(total_count)"
LONGEST_MESSAGE = 2_000
LAST_POSTS = LAST_REPLIES = 100  # among these a lost one is looked for


def publish(account: Account, draft: Draft) -> Published:
    with http.within(), reading.answers():
        fields = {"message": _message(draft)}
        if draft.media:
            fields["attached_media"] = [{"media_fbid": _upload(account, one)} for one in draft.media]
        elif draft.link:
            fields["link"] = draft.link
        made = graph.write(account, f"{account.account}/feed", fields)
        id = reading.name(made["id"])
        return Published(id, f"https://www.facebook.com/{id}", datetime.now(UTC))


def find_post(account: Account, draft: Draft, since: datetime) -> Published | None:
    """The newest post of this text."""
    with http.within(), reading.answers():
        answer = graph.read(
            account, f"{account.account}/published_posts",
            fields="id,message,created_time,permalink_url", since=int(since.timestamp()), limit=LAST_POSTS,
        )  # fmt: skip
        for post in answer["data"]:
            if reading.same(post.get("message", ""), _message(draft)) and graph.when(post) >= since:
                return Published(reading.name(post["id"]), reading.text(post["permalink_url"]), graph.when(post))
    return None


def reply(account: Account, thread_id: str, parent_id: str | None, text: str, key: str) -> Delivered:
    """Under the first comment of the thread: Facebook knows no deeper level."""
    if directs.ours(thread_id):
        return directs.send(account, thread_id, text, LONGEST_MESSAGE)
    with http.within(), reading.answers():
        made = graph.write(account, f"{thread_id}/comments", {"message": text})
        return Delivered(reading.name(made["id"]), datetime.now(UTC))


def find_reply(
    account: Account, thread_id: str, key: str, text: str = "", since: datetime | None = None
) -> Delivered | None:
    if directs.ours(thread_id):
        return directs.find(account, thread_id, "messenger", text, since)
    with http.within(), reading.answers():
        answer = graph.read(
            account, f"{thread_id}/comments",
            fields="id,message,from,created_time", order="reverse_chronological", limit=LAST_REPLIES,
        )  # fmt: skip
        for one in answer["data"]:
            ours = _from(one).get("id") == account.account and reading.same(one.get("message", ""), text)
            if ours and (since is None or graph.when(one) >= since):
                return Delivered(reading.name(one["id"]), graph.when(one))
    return None


def numbers(account: Account, external_id: str) -> Numbers:
    """Insights come where the page has them; the counts that everybody sees always do."""
    with http.within(), reading.answers():
        if not external_id:
            page = graph.read(account, account.account, fields="followers_count")
            return Numbers(followers=reading.count(page.get("followers_count")))
        post = graph.read(account, external_id, fields=COUNTS)
        return Numbers(
            reactions=_total(post, "reactions"),
            comments=_total(post, "comments"),
            shares=reading.count(post.get("shares", {}).get("count", 0)),
            **_insights(account, external_id),
        )


def poll(account: Account, cursor: str) -> Page:
    """Under the newest 100 posts; comments on older ones come by webhook only."""
    with http.within(), reading.answers():
        where = graph.Comments(f"{account.account}/feed", COMMENT, NEWEST)
        return graph.tour(account, cursor, where, lambda comment, post: [_item(account.account, comment, post)])


def parse(raw_body: bytes) -> list[Incoming]:
    items = []
    for entry, value in graph.changes(raw_body, "feed"):
        try:
            if value.get("item") == "comment" and value.get("verb") in ("add", "edit", "edited", "remove"):
                items.append(_told(entry, value))
        except (KeyError, TypeError, AttributeError, OverflowError) as error:
            raise ValueError(f"unreadable webhook: {type(error).__name__} {error}") from None
    return items + directs.parse(raw_body)


def _message(draft: Draft) -> str:
    """The text; a link stands in it where pictures take the place of its card."""
    linked = not draft.link or not draft.media or draft.link in draft.text
    return draft.text if linked else f"{draft.text}\n\n{draft.link}"


def _upload(account: Account, media: Media) -> str:
    if not media.mime.startswith("image/"):
        raise Refused("only pictures can be attached")
    fields: Mapping = {"source": media, "published": "false", "alt_text_custom": media.alt}
    return reading.name(graph.send(account, f"{account.account}/photos", http.parts(fields))["id"])


def _total(post: dict, what: str) -> int | None:
    return reading.count(post.get(what, {}).get("summary", {}).get("total_count"))


def _insights(account: Account, post: str) -> dict[str, int | None]:
    try:
        told = graph.read(account, f"{post}/insights", metric=",".join(INSIGHTS))["data"]
    except (Refused, Unauthorized):  # not told of this kind of post, or not to us
        return {}
    return {INSIGHTS[one["name"]]: reading.count(one["values"][-1]["value"]) for one in told if one["name"] in INSIGHTS}


def _item(page: str, comment: dict, post: str) -> Incoming:
    id, above = reading.name(comment["id"]), comment.get("parent")
    return Incoming(
        external_id=id,
        thread_id=reading.name(above["id"]) if above else id,
        direction="out" if _from(comment).get("id") == page else "in",
        kind="comment",
        author=_author(_from(comment), id),
        text=comment.get("message", ""),
        created_at=graph.when(comment),
        parent_id=reading.name(above["id"]) if above else post,
    )


def _from(comment: dict) -> dict:
    return comment.get("from") or {}


def _author(told: dict, comment: str) -> Author:
    """Without the right to see users the author is nobody in particular."""
    return Author(reading.name(told["id"]), told.get("name", "")) if told else Author(comment, "")


def _told(entry: dict, value: dict) -> Incoming:
    id, above = reading.name(value["comment_id"]), reading.name(value["parent_id"])
    now = reading.moment(entry["time"])
    return Incoming(
        external_id=id,
        thread_id=id if above == value["post_id"] else above,
        direction="out" if _from(value).get("id") == entry["id"] else "in",
        kind="comment",
        author=_author(_from(value), id),
        text=value.get("message", ""),
        created_at=reading.moment(value["created_time"]),
        parent_id=above,
        edited_at=now if value["verb"] in ("edit", "edited") else None,
        deleted_at=now if value["verb"] == "remove" else None,
    )
