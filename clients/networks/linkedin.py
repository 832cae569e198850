"""The connector of LinkedIn pages (versioned Community Management API). `account` is the organization's number or URN.

Source: learn.microsoft.com/linkedin/marketing/community-management. Members are told by their URN only, without names.
"""

import json
import re
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

from clients.networks import http, oauth, reading
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
    Unknown,
)

VERSION = {"LinkedIn-Version": "202606", "X-Restli-Protocol-Version": "2.0.0"}
EVERYBODY = {"feedDistribution": "MAIN_FEED", "targetEntities": [], "thirdPartyDistributionChannels": []}
TOKENS = "https://www.linkedin.com/oauth/v2/accessToken"
PAGE_ITEMS = 25  # each asks for its comment
LAST_POSTS, LAST_REPLIES = 20, 100  # among these a lost one is looked for
OVERLAP, KEPT = timedelta(minutes=10), timedelta(days=59)  # what is told late, how long notifications are kept
WRITTEN, DELETED, MENTIONED = {"COMMENT", "ADMIN_COMMENT", "COMMENT_EDIT"}, "COMMENT_DELETE", "SHARE_MENTION"
COMMENT = re.compile(r"urn:li:comment:\((?:urn:li:)?(\w+:\d+),(\d+)\)")
HASHTAG = re.compile(r"(?<![\w&#])#(\w*[^\W\d_]\w*)")
RESERVED = re.compile(r"[\\|{}@\[\]()<>#*_~]")


def publish(account: Account, draft: Draft) -> Published:
    with http.within(), reading.answers():
        payload = {
            "author": _page(account),
            "commentary": _commentary(draft),
            "visibility": "PUBLIC",
            "distribution": EVERYBODY,
            "lifecycleState": "PUBLISHED",
            "isReshareDisabledByAuthor": False,
        }
        answer = _called("POST", account, "posts", http.as_json(payload | _content(account, draft)))
        if not (urn := answer.headers.get("x-restli-id")):
            raise Unknown("LinkedIn did not name the post")
        return _published(urn, datetime.now(UTC))


def find_post(account: Account, draft: Draft, since: datetime) -> Published | None:
    """The newest post of this text."""
    with http.within(), reading.answers():
        query = f"posts?q=author&author={_in(_page(account))}&count={LAST_POSTS}&sortBy=CREATED"
        for post in _read(account, query)["elements"]:
            made = _moment(post.get("publishedAt") or post["createdAt"])
            if reading.same(post.get("commentary", ""), _commentary(draft)) and made >= since:
                return _published(reading.text(post["id"]), made)
    return None


def reply(account: Account, thread_id: str, parent_id: str | None, text: str, key: str) -> Delivered:
    """Under the first comment of the thread, or under the post that mentions the page."""
    comment = COMMENT.fullmatch(thread_id)
    payload = {"actor": _page(account), "message": {"text": text}}
    payload |= {"object": f"urn:li:{comment[1]}", "parentComment": thread_id} if comment else {"object": thread_id}
    with http.within(), reading.answers():
        answer = _called("POST", account, f"socialActions/{_in(thread_id)}/comments", http.as_json(payload))
        made = answer.json()
        return Delivered(_urn(made), _moment(made["created"]["time"]))


def find_reply(
    account: Account, thread_id: str, key: str, text: str = "", since: datetime | None = None
) -> Delivered | None:
    with http.within(), reading.answers():
        for one in _read(account, f"socialActions/{_in(thread_id)}/comments?count={LAST_REPLIES}")["elements"]:
            made = _moment(one["created"]["time"])
            ours = one["actor"] == _page(account) and reading.same(one["message"]["text"], text)
            if ours and (since is None or made >= since):
                return Delivered(_urn(one), made)
    return None


def numbers(account: Account, external_id: str) -> Numbers:
    with http.within(), reading.answers():
        page = _in(_page(account))
        if not external_id:
            size = _read(account, f"networkSizes/{page}?edgeType=COMPANY_FOLLOWED_BY_MEMBER")
            return Numbers(followers=reading.count(size["firstDegreeSize"]))
        kind = "ugcPosts" if ":ugcPost:" in external_id else "shares"
        asked = f"q=organizationalEntity&organizationalEntity={page}&{kind}=List({_in(external_id)})"
        found = _read(account, f"organizationalEntityShareStatistics?{asked}")["elements"]
        told = found[0]["totalShareStatistics"] if found else {}
        return Numbers(
            impressions=reading.count(told.get("impressionCount")),
            reach=reading.count(told.get("uniqueImpressionsCount")),
            reactions=reading.count(told.get("likeCount")),
            comments=reading.count(told.get("commentCount")),
            shares=reading.count(told.get("shareCount")),
            clicks=reading.count(told.get("clickCount")),
        )


def poll(account: Account, cursor: str) -> Page:
    """What the page's notifications tell of the time since the last poll; they are kept for 60 days."""
    since, until, start = _window(cursor)
    actions = ",".join([*sorted(WRITTEN), DELETED, MENTIONED])
    with http.within(), reading.answers():
        told = _read(
            account,
            f"organizationalEntityNotifications?q=criteria&actions=List({actions})"
            f"&organizationalEntity={_in(_page(account))}&timeRange=(start:{since},end:{until})"
            f"&start={start}&count={PAGE_ITEMS}",
        )["elements"]
        items = [item for one in told if (item := _item(account, one))]
    more = len(told) == PAGE_ITEMS
    return Page(items, json.dumps([since, until, start + len(told)] if more else [until]), more)


def renew(account: Account) -> Renewed:
    return oauth.refresh(TOKENS, account)


def _page(account: Account) -> str:
    known = account.account.startswith("urn:")
    return account.account if known else f"urn:li:organization:{account.account}"


def _in(urn: str) -> str:
    return quote(urn, safe="")


def _called(method: str, account: Account, path: str, body: http.Body | None = None) -> http.Answer:
    url = f"{account.url.rstrip('/')}/{path}"
    auth = http.bearer(account.token)
    return http.call(method, url, auth=auth, body=body, headers=VERSION, trusted=account.trusted)


def _read(account: Account, path: str) -> dict:
    return _called("GET", account, path).json()


def _moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def _published(urn: str, at: datetime) -> Published:
    return Published(urn, f"https://www.linkedin.com/feed/update/{urn}", at)


def _commentary(draft: Draft) -> str:
    """In LinkedIn's little text format; a link stands in it where pictures take the place of its card."""
    linked = not draft.link or not draft.media or draft.link in draft.text
    text = draft.text if linked else f"{draft.text}\n\n{draft.link}"
    parts, end = [], 0
    for tag in HASHTAG.finditer(text):
        parts += [_plain(text[end : tag.start()]), f"{{hashtag|\\#|{_plain(tag[1])}}}"]
        end = tag.end()
    return "".join([*parts, _plain(text[end:])])


def _plain(text: str) -> str:
    return RESERVED.sub(lambda found: f"\\{found[0]}", text)


def _content(account: Account, draft: Draft) -> dict:
    pictures = [{"id": _upload(account, one), "altText": one.alt} for one in draft.media]
    if len(pictures) > 1:
        return {"content": {"multiImage": {"images": pictures}}}
    if pictures:
        return {"content": {"media": pictures[0]}}
    if draft.link:
        return {"content": {"article": {"source": draft.link, "title": draft.title or draft.link}}}
    return {}


def _upload(account: Account, media: Media) -> str:
    if not media.mime.startswith("image/"):
        raise Refused("only pictures can be attached")
    payload = {"initializeUploadRequest": {"owner": _page(account)}}
    place = _called("POST", account, "images?action=initializeUpload", http.as_json(payload)).json()["value"]
    body = http.Body(media.mime, media.content)
    http.call("PUT", place["uploadUrl"], auth=http.bearer(account.token), body=body, trusted=account.trusted)
    return reading.text(place["image"])


def _urn(comment: dict) -> str:
    return reading.text(comment.get("commentUrn") or comment["$URN"])


def _window(cursor: str) -> tuple[int, int, int]:
    """From when until when the notifications are read, in milliseconds, and how many of them were."""
    now = datetime.now(UTC)
    try:
        given = [int(number) for number in json.loads(cursor)]
    except (ValueError, TypeError):
        given = []
    if len(given) == 3:
        return given[0], given[1], given[2]
    since = given[0] - _ms(OVERLAP) if given else 0
    return max(since, _ms(now - KEPT)), _ms(now), 0


def _ms(time: datetime | timedelta) -> int:
    return int((time.timestamp() if isinstance(time, datetime) else time.total_seconds()) * 1000)


def _item(account: Account, told: dict) -> Incoming | None:
    action = told["action"]
    if action == MENTIONED:
        return _mention(told)
    if action == DELETED:
        return _deleted(told)
    return _comment(account, told) if action in WRITTEN else None


def _comment(account: Account, told: dict) -> Incoming | None:
    """The comment itself, which alone says what it answers; None where it is gone meanwhile."""
    named = COMMENT.fullmatch(told["generatedActivity"])
    try:
        comment = _read(account, f"socialActions/{_in(f'urn:li:{named[1]}')}/comments/{named[2]}")
    except Refused as error:
        if error.status == 404:
            return None
        raise
    urn, above = _urn(comment), comment.get("parentComment")
    made, changed = _moment(comment["created"]["time"]), _moment(comment["lastModified"]["time"])
    return Incoming(
        external_id=urn,
        thread_id=above or urn,
        direction="out" if comment["actor"] == _page(account) else "in",
        kind="comment",
        author=Author(reading.text(comment["actor"]), ""),
        text=reading.text(comment["message"]["text"]),
        created_at=made,
        parent_id=above or told["sourcePost"],
        edited_at=changed if changed != made else None,
    )


def _deleted(told: dict) -> Incoming | None:
    """Of a comment that was never seen only this is known."""
    named = COMMENT.fullmatch(told["generatedActivity"])
    urn, at = f"urn:li:comment:(urn:li:{named[1]},{named[2]})", _moment(told["lastModifiedAt"])
    return Incoming(urn, urn, "in", "comment", Author(urn, ""), "", at, told["sourcePost"], deleted_at=at)


def _mention(told: dict) -> Incoming:
    share, at = told["decoratedGeneratedActivity"]["share"], _moment(told["lastModifiedAt"])
    urn = reading.text(share["entity"])
    return Incoming(urn, urn, "in", "mention", Author(share["owner"], ""), share["text"], at)
