"""What each address of the sandbox network does; every function takes a Call and returns status and JSON."""

import hmac
import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from clients.networks.sandbox_server import faults, interactions, posts, shapes
from clients.networks.sandbox_server.shapes import Trouble, bad
from clients.networks.sandbox_server.store import Store, account_row, reset, set_account

PAGE = 200
LONGEST_PAGE = 1_000
BULK = 20_000


@dataclass(frozen=True, slots=True)
class Call:
    store: Store
    account: str
    query: dict[str, str]
    token: str
    data: object = field(repr=False)


class LostAnswer(Exception):
    """The work is done, the answer must not arrive."""


Answer = tuple[int, dict]
Work = Callable[[sqlite3.Connection, Call], Answer]


def health(call: Call) -> Answer:
    return 200, {"network": "sandbox"}


def poll(call: Call) -> Answer:
    return _faulty(call, "poll", _page)


def reply(call: Call) -> Answer:
    return _faulty(call, "reply", _reply)


def find(call: Call) -> Answer:
    return _faulty(call, "find", _find)


def publish(call: Call) -> Answer:
    return _faulty(call, "publish", _publish)


def find_post(call: Call) -> Answer:
    return _faulty(call, "find_post", _find_post)


def numbers(call: Call) -> Answer:
    return _faulty(call, "numbers", _numbers)


def all_posts(call: Call) -> Answer:
    with call.store.transaction() as db:
        return 200, {"items": posts.everything(db, call.account)}


def count(call: Call) -> Answer:
    data = shapes.fields(call.data)
    counters = posts.counters(data.get("counters"))
    with call.store.transaction() as db:
        posts.count(db, call.account, shapes.word(data, "post", least=0), counters)
    return 200, {}


def say(call: Call) -> Answer:
    said = shapes.said(call.data)
    with call.store.transaction() as db:
        item, created = interactions.add(db, call.account, said)
    return 201 if created else 200, item


def bulk(call: Call) -> Answer:
    items = shapes.fields(call.data).get("items")
    if not isinstance(items, list) or len(items) > BULK:
        raise bad("items", f"a list of at most {BULK} is expected")
    rows = [_said_at(place, item) for place, item in enumerate(items)]
    with call.store.transaction() as db:
        created = sum(interactions.add(db, call.account, row)[1] for row in rows)
    return 200, {"created": created, "known": len(rows) - created}


def edit(call: Call) -> Answer:
    data = shapes.fields(call.data)
    changes = {}
    if "text" in data:
        changes["text"] = shapes.word(data, "text", least=0, most=shapes.SAID)
    if "stars" in data:
        changes["stars"] = shapes.stars(data)
    with call.store.transaction() as db:
        return 200, interactions.edit(db, call.account, shapes.word(data, "external_id"), changes)


def delete(call: Call) -> Answer:
    external_id = shapes.word(shapes.fields(call.data), "external_id")
    with call.store.transaction() as db:
        return 200, interactions.delete(db, call.account, external_id)


def token(call: Call) -> Answer:
    data = shapes.fields(call.data)
    changes = {"expired": shapes.flag(data, "expired")}
    if "token" in data:
        changes["token"] = shapes.optional_word(data, "token")
    with call.store.transaction() as db:
        set_account(db, call.account, **changes)
    return 200, {}


def webhook(call: Call) -> Answer:
    data = shapes.fields(call.data)
    url = _webhook_url(data)
    secret = shapes.word(data, "secret") if url else None
    with call.store.transaction() as db:
        set_account(db, call.account, webhook_url=url, webhook_secret=secret)
        if url is None:
            db.execute("DELETE FROM delivery WHERE account = ?", (call.account,))
    return 200, {}


def set_faults(call: Call) -> Answer:
    with call.store.transaction() as db:
        faults.change(db, call.account, call.data)
        return 200, faults.active(db, call.account)


def clear_faults(call: Call) -> Answer:
    with call.store.transaction() as db:
        faults.clear(db, call.account)
    return 200, {}


def stats(call: Call) -> Answer:
    with call.store.transaction() as db:
        owner = account_row(db, call.account)
        pending = db.execute("SELECT count(*) FROM delivery WHERE account = ?", (call.account,)).fetchone()[0]
        webhooks = {"delivered": owner["delivered"] if owner else 0, "pending": pending}
        known = interactions.counts(db, call.account) | {"posts": posts.tally(db, call.account)}
        return 200, known | {"webhooks": webhooks, "faults": faults.active(db, call.account)}


def empty(call: Call) -> Answer:
    with call.store.transaction() as db:
        reset(db)
    return 200, {}


ROUTES = {
    ("GET", "", ""): health,
    ("GET", "api", "interactions"): poll,
    ("POST", "api", "replies"): reply,
    ("GET", "api", "replies"): find,
    ("POST", "api", "posts"): publish,
    ("GET", "api", "posts"): find_post,
    ("GET", "api", "numbers"): numbers,
    ("GET", "people", "posts"): all_posts,
    ("POST", "people", "count"): count,
    ("POST", "people", "say"): say,
    ("POST", "people", "bulk"): bulk,
    ("POST", "people", "edit"): edit,
    ("POST", "people", "delete"): delete,
    ("POST", "control", "token"): token,
    ("POST", "control", "webhook"): webhook,
    ("POST", "control", "faults"): set_faults,
    ("DELETE", "control", "faults"): clear_faults,
    ("GET", "control", "stats"): stats,
    ("POST", "control reset", ""): empty,
}


def _faulty(call: Call, name: str, work: Work) -> Answer:
    """One call of the network's own API: token, the faults before the work, the work, the faults after it."""
    with call.store.transaction() as db:
        _check_token(account_row(db, call.account), call.token)
        delay = faults.strike(db, call.account, "delay_ms", name)
    time.sleep((delay or 0) / 1000)
    with call.store.transaction() as db:
        trouble = _trouble_before(db, call.account, name)
    if trouble:
        raise trouble
    with call.store.transaction() as db:
        answer = work(db, call)
        lost = faults.strike(db, call.account, "drop_answer", name)
        failed = lost is None and faults.strike(db, call.account, "live_500", name)
    if lost is not None:
        raise LostAnswer
    if failed:
        raise Trouble(500, "fault", "something went wrong")
    return answer


def _trouble_before(db: sqlite3.Connection, account: str, name: str) -> Trouble | None:
    """Returned, not raised: the count that a fault used up must be committed."""
    if faults.strike(db, account, "expired", name) is not None:
        return Trouble(401, "expired", "the token has expired")
    wait = faults.strike(db, account, "rate_limit", name)
    if wait is not None:
        return Trouble(429, "rate_limit", "too many requests", {"Retry-After": str(int(wait))})
    refusal = faults.strike(db, account, "refused", name)
    if refusal is not None:
        return Trouble(int(refusal), "refused", "this is not wanted here")
    if faults.strike(db, account, "error_500", name) is not None:
        return Trouble(500, "fault", "something went wrong")
    return None


def _page(db: sqlite3.Connection, call: Call) -> Answer:
    limit = call.query.get("limit", str(PAGE))
    if not (limit.isascii() and limit.isdigit() and len(limit) < 5 and 1 <= int(limit) <= LONGEST_PAGE):
        raise bad("limit", f"1 to {LONGEST_PAGE} is expected")
    return 200, interactions.page(db, call.account, call.query.get("cursor", ""), int(limit))


def _reply(db: sqlite3.Connection, call: Call) -> Answer:
    wanted = shapes.reply(call.data)
    ignore_key = faults.strike(db, call.account, "ignore_keys", "reply") is not None
    item, created = interactions.reply(db, call.account, wanted, ignore_key=ignore_key)
    return 201 if created else 200, {"id": item["external_id"], "created_at": item["created_at"]}


def _find(db: sqlite3.Connection, call: Call) -> Answer:
    lag = faults.strike(db, call.account, "read_lag_s", "find") or 0
    item = interactions.find(db, call.account, shapes.word(call.query, "key"), lag)
    # An answer, not a Trouble: the count used up by the lag stays used up.
    return (200, item) if item else (404, {"code": "no_such_reply", "error": "there is no such reply"})


def _publish(db: sqlite3.Connection, call: Call) -> Answer:
    wanted = shapes.post(call.data)
    ignore_key = faults.strike(db, call.account, "ignore_keys", "publish") is not None
    item, created = posts.add(db, call.account, wanted, ignore_key=ignore_key)
    return 201 if created else 200, item


def _find_post(db: sqlite3.Connection, call: Call) -> Answer:
    lag = faults.strike(db, call.account, "read_lag_s", "find_post") or 0
    item = posts.find(db, call.account, shapes.word(call.query, "key"), lag)
    return (200, item) if item else (404, {"code": "no_such_post", "error": "there is no such post"})


def _numbers(db: sqlite3.Connection, call: Call) -> Answer:
    return 200, posts.numbers(db, call.account, shapes.word(call.query, "post", least=0))


def _check_token(owner: sqlite3.Row | None, given: str) -> None:
    if owner and owner["expired"]:
        raise Trouble(401, "expired", "the token has expired")
    if owner and owner["token"] and not hmac.compare_digest(owner["token"].encode(), given.encode()):
        raise Trouble(401, "bad_token", "the token is not valid")


def _said_at(place: int, item: object) -> dict:
    try:
        return shapes.said(item)
    except Trouble as trouble:
        raise Trouble(trouble.status, trouble.code, f"items[{place}].{trouble.message}") from None


def _webhook_url(data: dict) -> str | None:
    url = data.get("url")
    if url is None:
        return None
    try:
        parts = urlsplit(shapes.word(data, "url", most=2_000))
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        usable = False
    if not (usable and url.isascii() and url.isprintable()):
        raise bad("url", "an http or https address is expected")
    return url
