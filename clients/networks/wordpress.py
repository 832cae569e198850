"""A WordPress site through its REST API: posts go out, comments come in, replies stand under them as comments.

The account is a user of the role Editor or more; its `password` is an application password, `url` the site's address.
Source: developer.wordpress.org/rest-api/reference. Addressed by `rest_route`, which works with any permalinks.
"""

import hashlib
import json
import mimetypes
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from clients.networks import http, markup
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
    Unknown,
)

PAGE_ITEMS = 100  # the most that WordPress gives at once
OVERLAP = 10  # items of the history that are read twice, because others may vanish before them
MOST_PAGES = 20
TITLE, SLUG = 100, 60  # characters
COMMENT = "id,post,parent,author,author_name,author_email,author_user_agent,date_gmt,content,status"
AGENT = "Resonanz"
WRITTEN = {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"}


def publish(account: Account, draft: Draft) -> Published:
    with http.within():
        pictures = [_picture(account, draft, place, media) for place, media in enumerate(draft.media, 1)]
        payload = {
            "status": "publish",
            "slug": _slug(draft),
            "title": markup.quoted(_title(draft)),
            "content": _content(draft, pictures[1:]),
            "tags": [_tag(account, name) for name in draft.tags],
        }
        if pictures:
            payload["featured_media"] = pictures[0]["id"]
        return _published(_write(account, "posts", payload))


def find_post(account: Account, draft: Draft, since: datetime) -> Published | None:
    """By its slug, which ends with the key."""
    found = _read(account, "posts", slug=_slug(draft), status="publish,future,draft,pending,private", context="edit")
    return _published(found[0]) if _rows(found) else None


def numbers(account: Account, external_id: str) -> Numbers:
    """The comments that visitors see; a whole site has no numbers."""
    if not external_id:
        return Numbers()
    _, total = _comments(account, status="approve", post=_number(external_id, "post"), per_page=1)
    return Numbers(comments=total)


def poll(account: Account, cursor: str) -> Page:
    """First all comments in their order, then what is new, other or gone among the newest ones.

    WordPress doesn't tell when a comment was changed: that is the time at which we saw it.
    """
    offset, known = _place(cursor)
    with http.within():
        return _history(account, offset) if known is None else _news(account, known)


def reply(account: Account, thread_id: str, parent_id: str | None, text: str, key: str) -> Delivered:
    """A comment under the parent, which is approved first: an answer to what nobody sees would hang in the air."""
    post, parent = _number(thread_id, "post"), _number(parent_id, "comment") if parent_id else 0
    with http.within():
        if parent and _read(account, f"comments/{parent}", context="edit", _fields="status")["status"] == "hold":
            _write(account, f"comments/{parent}", {"status": "approved"})
        payload = {
            "post": post,
            "parent": parent,
            "content": markup.quoted(text),
            "author_user_agent": _agent(key),
        }
        return _delivered(_write(account, "comments", payload))


def find_reply(
    account: Account, thread_id: str, key: str, text: str = "", since: datetime | None = None
) -> Delivered | None:
    """By the key, which is kept as the comment's user agent; where a plugin empties that, by its words."""
    post = _number(thread_id, "post")
    with http.within():
        me = _me(account)
        for number in range(1, MOST_PAGES + 1):
            rows, total = _comments(account, post=post, author=me, status="any", page=number, order="desc")
            for row in rows:
                if _is_ours(row, key, text, since):
                    return _delivered(row)
            if number * PAGE_ITEMS >= total:
                return None
    raise Unknown("too many comments to look through")


def _history(account: Account, offset: int) -> Page:
    rows, total = _comments(account, order="asc", offset=offset)
    more = offset + PAGE_ITEMS < total
    cursor = {"offset": offset + PAGE_ITEMS - OVERLAP} if more else {"known": _known(rows)}
    return Page(_items(account, rows), json.dumps(cursor), more)


def _news(account: Account, known: dict[int, tuple[int, str]]) -> Page:
    rows, complete = _newest(account, max(known, default=0))
    if rows is None:  # too much happened since: from the start again, what is known already changes nothing
        return Page([], "", True)
    there, now = _known(rows), datetime.now(UTC)
    new = [row for row in rows if row["id"] not in known]
    edited = [row for row in rows if row["id"] in known and known[row["id"]] != there[row["id"]]]
    floor = 0 if complete else min(there, default=0)
    gone = [id for id in known if id >= floor and id not in there]
    items = _items(account, new)
    items += [replace(item, edited_at=now) for item in _items(account, edited)]
    items += [_gone(id, known[id][0], now) for id in gone]
    newest = sorted(there)[-PAGE_ITEMS:]
    return Page(items, json.dumps({"known": {id: there[id] for id in newest}}), False)


def _newest(account: Account, last: int) -> tuple[list[dict] | None, bool]:
    """The newest comments, beyond the last one known, oldest first, and whether these are all; None: too many."""
    found: list[dict] = []
    for number in range(1, MOST_PAGES + 1):
        rows, total = _comments(account, order="desc", page=number)
        found += rows
        complete = number * PAGE_ITEMS >= total
        if complete or min((row["id"] for row in rows), default=0) <= last:
            return found[::-1], complete
    return None, False


def _gone(id: int, post: int, now: datetime) -> Incoming:
    """In the bin, marked as spam or deleted for good: WordPress shows it no more."""
    return Incoming(f"comment-{id}", f"post-{post}", "in", "comment", Author("", ""), "", now, deleted_at=now)


def _known(rows: Iterable[dict]) -> dict[int, tuple[int, str]]:
    """What is remembered of comments until the next poll: their post and a fingerprint of their words."""
    return {row["id"]: (row["post"], hashlib.sha256(_text(row).encode()).hexdigest()[:8]) for row in rows}


def _items(account: Account, rows: list[dict]) -> list[Incoming]:
    team = _team(account) if any(row["author"] for row in rows) else set()
    return [_incoming(row, team) for row in rows if _moment(row["date_gmt"])]


def _incoming(row: dict, team: set[int]) -> Incoming:
    return Incoming(
        external_id=f"comment-{row['id']}",
        thread_id=f"post-{row['post']}",
        direction="out" if row["author"] in team else "in",
        kind="comment",
        author=_author(row),
        text=_text(row),
        created_at=_moment(row["date_gmt"]),
        parent_id=f"comment-{row['parent']}" if row["parent"] else None,
    )


def _author(row: dict) -> Author:
    """A guest is known by the address they left, of which only a fingerprint is kept."""
    guest = hashlib.sha256((row.get("author_email") or row["author_name"]).lower().encode()).hexdigest()[:16]
    return Author(f"user-{row['author']}" if row["author"] else f"guest-{guest}", row["author_name"])


def _text(row: dict) -> str:
    """As it was written: WordPress keeps line breaks as they are and a few tags."""
    return markup.plain(row["content"]["raw"], lines=True)


def _team(account: Account) -> set[int]:
    """Who speaks for the site: the account itself and whoever has published posts there."""
    try:
        authors = _rows(_read(account, "users", has_published_posts="true", per_page=PAGE_ITEMS, _fields="id"))
    except (Refused, Unauthorized):  # many sites hide their users
        authors = []
    return {_me(account), *(row["id"] for row in authors)}


def _me(account: Account) -> int:
    found = _read(account, "users/me", _fields="id")
    if not isinstance(found, dict) or type(found.get("id")) is not int:
        raise Unknown("the site does not tell who we are")
    return found["id"]


def _comments(account: Account, **params) -> tuple[list[dict], int]:
    """Comments with all that editors see, those that wait for moderation too, and how many there are in all."""
    given = {"status": "all", "orderby": "id", "per_page": PAGE_ITEMS, "context": "edit", "_fields": COMMENT} | params
    answer = _call(account, "GET", "comments", params=given)
    rows, total = _rows(answer.json()), answer.headers.get("X-WP-Total", "")
    if not total.isdigit() or not all(map(_is_comment, rows)):
        raise Unknown("unreadable comments")
    return rows, int(total)


def _is_comment(row: object) -> bool:
    return (
        isinstance(row, dict)
        and all(type(row.get(name)) is int for name in ("id", "post", "parent", "author"))
        and isinstance(row.get("author_name"), str)
        and isinstance(row.get("content"), dict)
        and isinstance(row["content"].get("raw"), str)
    )


def _is_ours(row: dict, key: str, text: str, since: datetime | None) -> bool:
    agent = row.get("author_user_agent") or ""
    if agent.startswith(AGENT):
        return agent == _agent(key)
    at = _moment(row["date_gmt"])
    return bool(text and since and at) and _text(row) == text.strip() and at >= since - timedelta(minutes=1)


def _agent(key: str) -> str:
    return f"{AGENT} ({key})"


def _picture(account: Account, draft: Draft, place: int, media: Media) -> dict:
    """Uploaded once: one of an earlier attempt is taken again."""
    slug = f"{_slug(draft)}-{place}"
    if there := _rows(_read(account, "media", slug=slug, context="edit")):
        return there[0]
    file = Media(f"{slug}{mimetypes.guess_extension(media.mime) or ''}", media.mime, media.content)
    fields = {"file": file, "slug": slug, "title": markup.quoted(media.alt or _title(draft)), "alt_text": media.alt}
    return _call(account, "POST", "media", body=http.parts(fields)).json()


def _tag(account: Account, name: str) -> int:
    try:
        return _write(account, "tags", {"name": name})["id"]
    except Refused as error:
        known = error.answer.get("data", {}).get("term_id") if isinstance(error.answer, dict) else None
        if type(known) is not int:
            raise
        return known


def _title(draft: Draft) -> str:
    first = draft.title.strip() or draft.text.strip().partition("\n")[0].strip()
    return first if len(first) <= TITLE else f"{first[:TITLE].rpartition(' ')[0] or first[:TITLE]} …"


def _content(draft: Draft, pictures: list[dict]) -> str:
    """The text without the line that is the title, then the link and the pictures after the first one."""
    first, _, rest = draft.text.strip().partition("\n")
    text = rest if rest.strip() and first.strip() == _title(draft) else draft.text
    if draft.link and draft.link not in markup.LINK.findall(text):
        text = f"{text}\n\n{draft.link}"
    blocks = [f"<!-- wp:paragraph -->\n<p>{part}</p>\n<!-- /wp:paragraph -->" for part in markup.paragraphs(text)]
    for picture in pictures:
        shown = f'<img src="{markup.quoted(picture["source_url"])}" alt="{markup.quoted(picture["alt_text"])}"/>'
        blocks.append(f'<!-- wp:image -->\n<figure class="wp-block-image">{shown}</figure>\n<!-- /wp:image -->')
    return "\n\n".join(blocks)


def _slug(draft: Draft) -> str:
    """Words of the title for people, the key to find the post again."""
    spelled = "".join(WRITTEN.get(letter, letter) for letter in _title(draft).lower())
    plain = unicodedata.normalize("NFKD", spelled).encode("ascii", "ignore").decode()
    words = re.sub(r"[^a-z0-9]+", "-", plain)[:SLUG].strip("-")
    return f"{words or 'post'}-{hashlib.sha256(draft.key.encode()).hexdigest()[:12]}"


def _published(row: object) -> Published:
    try:
        return Published(f"post-{int(row['id'])}", str(row["link"]), _moment(row["date_gmt"]) or datetime.now(UTC))
    except (KeyError, TypeError, ValueError):
        raise Unknown("unreadable answer") from None


def _delivered(row: object) -> Delivered:
    try:
        return Delivered(f"comment-{int(row['id'])}", _moment(row["date_gmt"]) or datetime.now(UTC))
    except (KeyError, TypeError, ValueError):
        raise Unknown("unreadable answer") from None


def _place(cursor: str) -> tuple[int, dict[int, tuple[int, str]] | None]:
    """How far the history is read, and what is known once it is."""
    try:
        place = json.loads(cursor)
        if "known" in place:
            return 0, {int(id): (int(post), str(words)) for id, (post, words) in place["known"].items()}
        return int(place["offset"]), None
    except (ValueError, TypeError, KeyError, AttributeError):
        return 0, None


def _number(id: str, kind: str) -> int:
    head, _, number = id.partition("-")
    if head != kind or not (number.isascii() and number.isdigit()):
        raise Refused(f"'{id}' is no {kind} of a WordPress site")
    return int(number)


def _moment(text: object) -> datetime | None:
    """WordPress writes UTC without an offset; None for the date zero of imported rows."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC)
    except (TypeError, ValueError):
        return None


def _rows(answer: object) -> list[dict]:
    if not isinstance(answer, list):
        raise Unknown("a list is expected")
    return answer


def _read(account: Account, what: str, **params) -> object:
    return _call(account, "GET", what, params=params).json()


def _write(account: Account, what: str, payload: dict) -> object:
    return _call(account, "POST", what, body=http.as_json(payload)).json()


def _call(account: Account, method: str, what: str, *, params: dict | None = None, **more) -> http.Answer:
    return http.call(
        method,
        f"{account.url.rstrip('/')}/",
        auth=http.basic(account.account, account.secret.get("password", "")),
        params={"rest_route": f"/wp/v2/{what}"} | (params or {}),
        trusted=account.trusted,
        **more,
    )
