"""YouTube's connector: comments on a channel's videos and their answers, counts. Videos are not published from here.

`account` is the channel's id. Source: developers.google.com/youtube/v3/docs.
"""

import json
from datetime import datetime

from clients.networks import googleapis, http, reading, walk
from clients.networks.googleapis import renew
from clients.networks.types import Account, Author, Delivered, Incoming, Numbers, Page

__all__ = ["find_reply", "numbers", "poll", "renew", "reply"]

PAGE_ITEMS = 50
LAST_REPLIES = 100  # of a thread; the oldest come first


def reply(account: Account, thread_id: str, parent_id: str | None, text: str, key: str) -> Delivered:
    """Under the first comment of the thread: YouTube knows no deeper level."""
    payload = {"snippet": {"parentId": thread_id, "textOriginal": text}}
    with http.within(), reading.answers():
        return _delivered(googleapis.write(account, "POST", "comments", payload, part="snippet"))


def find_reply(
    account: Account, thread_id: str, key: str, text: str = "", since: datetime | None = None
) -> Delivered | None:
    with http.within(), reading.answers():
        for one in _replies(account, thread_id):
            told = one["snippet"]
            ours = _ours(account, told) and reading.same(told["textDisplay"], text)
            if ours and (since is None or reading.moment(told["publishedAt"]) >= since):
                return _delivered(one)
    return None


def numbers(account: Account, external_id: str) -> Numbers:
    with http.within(), reading.answers():
        what = "videos" if external_id else "channels"
        found = googleapis.read(account, what, part="statistics", id=external_id or account.account).get("items")
        told = found[0]["statistics"] if found else {}
        views = reading.count(told.get("viewCount"))
        if not external_id:
            return Numbers(views=views, followers=reading.count(told.get("subscriberCount")))
        likes, comments = reading.count(told.get("likeCount")), reading.count(told.get("commentCount"))
        return Numbers(views=views, reactions=likes, comments=comments)


def poll(account: Account, cursor: str) -> Page:
    """Threads from the newest back; new answers as long as their thread is among the newest 50."""
    [state], known = walk.unpacked(cursor, "threads"), _counts(cursor)
    with http.within(), reading.answers():
        first = state.over
        threads, state = walk.step(state, lambda page: _threads(account, page))
        counts = {thread["id"]: thread["snippet"]["totalReplyCount"] for thread in threads}
        items = [item for one in threads for item in _items(account, one, known.get(one["id"]) != counts[one["id"]])]
    cursor = json.loads(walk.packed(threads=state)) | {"counts": counts if first else known}
    return Page(items, json.dumps(cursor), not state.over)


def _counts(cursor: str) -> dict[str, int]:
    """How many answers the newest threads had at the last poll."""
    try:
        return dict(json.loads(cursor or "{}").get("counts", {}))
    except (ValueError, TypeError, AttributeError):
        return {}


def _threads(account: Account, page: str) -> tuple[list, str]:
    answer = googleapis.read(
        account, "commentThreads", part="snippet,replies", allThreadsRelatedToChannelId=account.account, order="time",
        maxResults=PAGE_ITEMS, textFormat="plainText", pageToken=page,
    )  # fmt: skip
    threads = [(reading.moment(_first(one)["snippet"]["publishedAt"]), one) for one in answer["items"]]
    return threads, answer.get("nextPageToken", "")


def _first(thread: dict) -> dict:
    return thread["snippet"]["topLevelComment"]


def _items(account: Account, thread: dict, news: bool) -> list[Incoming]:
    """The first comment and its answers, read on their own where only some came along."""
    first, replies = _first(thread), thread.get("replies", {}).get("comments", [])
    id = reading.name(first["id"])
    if news and thread["snippet"]["totalReplyCount"] > len(replies):
        replies = _replies(account, id)
    video = thread["snippet"].get("videoId") or account.account
    return [_item(account, first, id, video), *(_item(account, one, id, id) for one in replies)]


def _replies(account: Account, thread: str) -> list[dict]:
    found, page = [], None
    while page != "":
        answer = googleapis.read(
            account, "comments", part="snippet", parentId=thread, maxResults=LAST_REPLIES, textFormat="plainText",
            pageToken=page or "",
        )  # fmt: skip
        found += answer["items"]
        page = answer.get("nextPageToken", "")
    return found


def _item(account: Account, comment: dict, thread: str, parent: str) -> Incoming:
    told = comment["snippet"]
    made, changed = reading.moment(told["publishedAt"]), reading.moment(told["updatedAt"])
    return Incoming(
        external_id=reading.name(comment["id"]),
        thread_id=thread,
        direction="out" if _ours(account, told) else "in",
        kind="comment",
        author=Author(
            reading.code(told, "authorChannelId", "value") or reading.name(comment["id"]),
            told.get("authorDisplayName", ""),
        ),
        text=reading.text(told["textDisplay"]),
        created_at=made,
        parent_id=parent,
        edited_at=changed if changed != made else None,
    )


def _ours(account: Account, told: dict) -> bool:
    return reading.code(told, "authorChannelId", "value") == account.account


def _delivered(comment: dict) -> Delivered:
    return Delivered(reading.name(comment["id"]), reading.moment(comment["snippet"]["publishedAt"]))
