"""What is said, changed and answered on the sandbox network, and the feed in which each change shows."""

import json
import sqlite3
import time
from datetime import UTC, datetime, timedelta

from clients.networks.sandbox_server.shapes import Trouble, new_id, now, shown
from clients.networks.sandbox_server.store import account_row, cursor_at, next_seq, position

COLUMNS = (
    "external_id", "thread_id", "parent_id", "direction", "kind", "author_id", "author_name", "author_bot",
    "text", "stars", "created_at", "key", "arrived",
)
INSERT = (
    f"INSERT INTO interaction (account, seq, {', '.join(COLUMNS)}) "
    f"VALUES (:account, :seq, {', '.join(f':{name}' for name in COLUMNS)}) ON CONFLICT DO NOTHING RETURNING *"
)


def add(db: sqlite3.Connection, account: str, said: dict) -> tuple[dict, bool]:
    """The interaction as shown and whether it is new; one already known by its id stays as it is."""
    made = db.execute(INSERT, said | {"account": account, "seq": next_seq(db)}).fetchall()
    if made:
        return _announced(db, made[0]), True
    return shown(_there(db, account, said["external_id"])), False


def edit(db: sqlite3.Connection, account: str, external_id: str, changes: dict) -> dict:
    row = _there(db, account, external_id)
    if row["deleted_at"]:
        raise Trouble(409, "deleted", "external_id: this interaction was deleted")
    return _change(db, row, changes | {"edited_at": _after(row["edited_at"])})


def delete(db: sqlite3.Connection, account: str, external_id: str) -> dict:
    row = _there(db, account, external_id)
    return shown(row) if row["deleted_at"] else _change(db, row, {"deleted_at": now()})


def page(db: sqlite3.Connection, account: str, cursor: str, limit: int) -> dict:
    after = position(db, cursor)
    rows = db.execute(
        "SELECT * FROM interaction WHERE account = ? AND seq > ? ORDER BY seq LIMIT ?",
        (account, after, limit + 1),
    ).fetchall()
    part = rows[:limit]
    last = part[-1]["seq"] if part else after
    return {"items": [shown(row) for row in part], "cursor": cursor_at(db, last), "more": len(rows) > limit}


def reply(db: sqlite3.Connection, account: str, wanted: dict, *, ignore_key: bool) -> tuple[dict, bool]:
    """The reply as shown and whether it was made now; a known key returns the first reply made with it."""
    known = None if ignore_key else _by_key(db, account, wanted["key"], time.time())
    if known:
        return shown(known), False
    return add(db, account, wanted | {
        "external_id": new_id(), "direction": "out", "kind": _kind(db, account, wanted["thread_id"]),
        "author_id": account, "author_name": account, "author_bot": False,
        "stars": None, "created_at": now(), "arrived": time.time(),
    })


def find(db: sqlite3.Connection, account: str, key: str, lag: float) -> dict | None:
    """The first reply made with the key, unless it is younger than `lag` seconds."""
    row = _by_key(db, account, key, time.time() - lag)
    return shown(row) if row else None


def counts(db: sqlite3.Connection, account: str) -> dict:
    """How often each key and each text was sent as a reply; the network's own memory of what was doubled."""
    said, replies = db.execute(
        "SELECT count(*), count(key) FROM interaction WHERE account = ?", (account,)
    ).fetchone()
    return {
        "interactions": said,
        "replies": replies,
        "by_key": _tally(db, account, "key"),
        "by_text": _tally(db, account, "text"),
    }


def _there(db: sqlite3.Connection, account: str, external_id: str) -> sqlite3.Row:
    row = db.execute(
        "SELECT * FROM interaction WHERE account = ? AND external_id = ?", (account, external_id)
    ).fetchone()
    if row is None:
        raise Trouble(404, "no_such_interaction", "external_id: there is no such interaction")
    return row


def _by_key(db: sqlite3.Connection, account: str, key: str, until: float) -> sqlite3.Row | None:
    return db.execute(
        "SELECT * FROM interaction WHERE account = ? AND key = ? AND arrived <= ?"
        " ORDER BY arrived, seq LIMIT 1",
        (account, key, until),
    ).fetchone()


def _change(db: sqlite3.Connection, row: sqlite3.Row, changes: dict) -> dict:
    changes = changes | {"seq": next_seq(db)}
    assignments = ", ".join(f"{name} = ?" for name in changes)
    changed = db.execute(
        f"UPDATE interaction SET {assignments} WHERE account = ? AND external_id = ? RETURNING *",
        (*changes.values(), row["account"], row["external_id"]),
    ).fetchall()
    return _announced(db, changed[0])


def _announced(db: sqlite3.Connection, row: sqlite3.Row) -> dict:
    """Queues the change for the account's webhook in the transaction that made it."""
    item, account = shown(row), row["account"]
    owner = account_row(db, account)
    if owner and owner["webhook_url"]:
        body = json.dumps({"account": account, "items": [item]}).encode()
        db.execute(
            "INSERT INTO delivery (id, account, body, created, next_at) VALUES (?, ?, ?, ?, ?)",
            (new_id(), account, body, time.time(), time.time()),
        )
    return item


def _after(edited_at: str | None) -> str:
    """Now, but always later than the edit before: the time of the edit is the version."""
    moment = datetime.now(UTC)
    if edited_at:
        moment = max(moment, datetime.fromisoformat(edited_at) + timedelta(microseconds=1))
    return moment.isoformat()


def _kind(db: sqlite3.Connection, account: str, thread_id: str) -> str:
    row = db.execute(
        "SELECT kind FROM interaction WHERE account = ? AND thread_id = ? ORDER BY seq LIMIT 1",
        (account, thread_id),
    ).fetchone()
    return row["kind"] if row else "comment"


def _tally(db: sqlite3.Connection, account: str, column: str) -> dict[str, int]:
    rows = db.execute(
        f"SELECT {column}, count(*) FROM interaction WHERE account = ? AND key IS NOT NULL GROUP BY 1",
        (account,),
    )
    return dict(tuple(row) for row in rows)
