"""The connector of Google Business Profile: reviews and their answers, posts on the profile.

`account` is accounts/{id}/locations/{id}. Source: developers.google.com/my-business/reference/rest/v4. A review has one
answer at most, and a second one replaces it: so an answer may be sent twice. Counters since a beginning are not told.

That there is news comes by Pub/Sub (developers.google.com/my-business/reference/notifications/rest), one topic for all
locations of an account: pushed with a token of the subscription's service account, for the audience that is the
channel's webhook secret. What is new is polled.
"""

import base64
import hmac
import json
from collections.abc import Mapping
from datetime import datetime

from clients.networks import googleapis, http, oidc, reading, walk
from clients.networks.googleapis import renew
from clients.networks.types import Account, Author, Delivered, Draft, Incoming, Media, Page, Published, Refused

__all__ = ["concerns", "delivery_id", "find_post", "find_reply", "poll", "publish", "renew", "reply", "verify"]

PAGE_ITEMS = 50
LAST_POSTS = 100  # among these a lost one is looked for
STARS = {"ONE": 1, "TWO": 2, "THREE": 3, "FOUR": 4, "FIVE": 5}
KEYS = oidc.Keys("https://www.googleapis.com/oauth2/v3/certs")
ISSUERS = ("https://accounts.google.com", "accounts.google.com")
TRANSLATED, ORIGINAL = "(Translated by Google)", "(Original)"


def publish(account: Account, draft: Draft) -> Published:
    payload = {"topicType": "STANDARD", "summary": draft.text}
    if draft.link:
        payload["callToAction"] = {"actionType": "LEARN_MORE", "url": draft.link}
    if draft.media:
        payload["media"] = [_picture(one) for one in draft.media]
    with http.within(), reading.answers():
        return _published(googleapis.write(account, "POST", f"{account.account}/localPosts", payload))


def find_post(account: Account, draft: Draft, since: datetime) -> Published | None:
    """The newest post of this text."""
    with http.within(), reading.answers():
        answer = googleapis.read(account, f"{account.account}/localPosts", pageSize=LAST_POSTS)
        for post in answer.get("localPosts", ()):
            if reading.same(post.get("summary", ""), draft.text) and reading.moment(post["createTime"]) >= since:
                return _published(post)
    return None


def reply(account: Account, thread_id: str, parent_id: str | None, text: str, key: str) -> Delivered:
    with http.within(), reading.answers():
        made = googleapis.write(account, "PUT", f"{thread_id}/reply", {"comment": text})
        return Delivered(_answer_of(thread_id), reading.moment(made["updateTime"]))


def find_reply(
    account: Account, thread_id: str, key: str, text: str = "", since: datetime | None = None
) -> Delivered | None:
    with http.within(), reading.answers():
        answer = googleapis.read(account, thread_id).get("reviewReply")
        ours = answer and reading.same(answer["comment"], text)
        return Delivered(_answer_of(thread_id), reading.moment(answer["updateTime"])) if ours else None


def poll(account: Account, cursor: str) -> Page:
    """Reviews from the one changed last back; answers that were given elsewhere as far as the newest 50 have them."""
    [state] = walk.unpacked(cursor, "reviews")
    with http.within(), reading.answers():
        reviews, state = walk.step(state, lambda page: _reviews(account, page))
        items = [item for review in reviews for item in _items(account, review)]
    return Page(items, walk.packed(reviews=state), not state.over)


def verify(account: Account, headers: Mapping[str, str], raw_body: bytes) -> bool:
    """A token of Google's for this channel and the service account `push_account`; the body is not signed."""
    scheme, _, token = reading.header(headers, "authorization").partition(" ")
    told = oidc.claims(token.strip(), KEYS, issuers=ISSUERS, audience=account.secret.get("webhook_secret", ""))
    given = told.get("email") if told.get("email_verified") is True else ""
    wanted = account.secret.get("push_account", "")
    same = hmac.compare_digest(wanted.encode("utf-8", "replace"), str(given).encode("utf-8", "replace"))
    return scheme.lower() == "bearer" and bool(wanted) and same


def delivery_id(headers: Mapping[str, str]) -> str:
    return ""


def concerns(account: Account, raw_body: bytes) -> bool:
    """Whether a notification is about this location, or does not say about which. ValueError where it is unreadable."""
    try:
        data = json.loads(raw_body)["message"].get("data") or ""
        told = json.loads(base64.b64decode(data, validate=True)) if data else {}
        place = told.get("locationName") or told.get("location_name") or told.get("location") or ""
        return not place or _location(reading.text(place)) == _location(account.account)
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"unreadable notification: {type(error).__name__}") from None


def _location(name: str) -> str:
    return name.rpartition("locations/")[2]


def _picture(media: Media) -> dict:
    if not media.mime.startswith("image/"):
        raise Refused("only pictures can be attached")
    if not media.url.startswith("https://"):
        raise Refused("Google fetches pictures itself: they need a public https address")
    return {"mediaFormat": "PHOTO", "sourceUrl": media.url}


def _published(post: dict) -> Published:
    return Published(reading.name(post["name"]), post.get("searchUrl", ""), reading.moment(post["createTime"]))


def _reviews(account: Account, page: str) -> tuple[list, str]:
    answer = googleapis.read(
        account, f"{account.account}/reviews", pageSize=PAGE_ITEMS, orderBy="updateTime desc", pageToken=page
    )
    reviews = [(reading.moment(one["updateTime"]), one) for one in answer.get("reviews", ())]
    return reviews, answer.get("nextPageToken", "")


def _items(account: Account, review: dict) -> list[Incoming]:
    name, reviewer = reading.name(review["name"]), review.get("reviewer", {})
    made, changed = reading.moment(review["createTime"]), reading.moment(review["updateTime"])
    told = Incoming(
        external_id=name,
        thread_id=name,
        direction="in",
        kind="review",
        author=Author(name, reviewer.get("displayName", "")),
        text=_original(review.get("comment", "")),
        created_at=made,
        stars=STARS.get(review.get("starRating")),
        edited_at=changed if changed != made else None,
    )
    answer = review.get("reviewReply")
    return [told, _answer(account, name, answer)] if answer else [told]


def _answer(account: Account, review: str, answer: dict) -> Incoming:
    """When it was first given is not told: since it was changed last it stands as it is."""
    at = reading.moment(answer["updateTime"])
    return Incoming(
        external_id=_answer_of(review),
        thread_id=review,
        direction="out",
        kind="review",
        author=Author(account.account, ""),
        text=_original(answer["comment"]),
        created_at=at,
        parent_id=review,
        edited_at=at,
    )


def _answer_of(review: str) -> str:
    return f"{review}/reply"


def _original(text: str) -> str:
    """Without the translation that Google adds, before or after it."""
    if ORIGINAL in text:
        return text.partition(ORIGINAL)[2].strip()
    return text.partition(TRANSLATED)[0].strip() if TRANSLATED in text else text
