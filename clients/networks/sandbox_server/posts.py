"""The posts of the sandbox network's accounts and their counters, which people make grow."""

import sqlite3
import time

from clients.networks.sandbox_server import shapes

COUNTERS = ("impressions", "reach", "views", "reactions", "comments", "shares", "clicks", "followers")


def add(db: sqlite3.Connection, account: str, wanted: dict, *, ignore_key: bool) -> tuple[dict, bool]:
    """One post for each key; with `ignore_key` another one each time. The post and whether it is new."""
    known = None if ignore_key else find(db, account, wanted["key"], 0)
    if known:
        return known, False
    row = {"account": account, "id": shapes.new_id(), "created_at": shapes.now(), "arrived": time.time()} | wanted
    names = ", ".join(row)
    db.execute(f"INSERT INTO post ({names}) VALUES ({', '.join('?' * len(row))})", tuple(row.values()))
    return _shown(row), True


def find(db: sqlite3.Connection, account: str, key: str, lag: float) -> dict | None:
    """The oldest post of the key that is at least `lag` seconds old."""
    visible = time.time() - lag
    row = db.execute(
        "SELECT * FROM post WHERE account = ? AND key = ? AND arrived <= ? ORDER BY arrived", (account, key, visible)
    ).fetchone()
    return row and _shown(row)


def everything(db: sqlite3.Connection, account: str) -> list[dict]:
    return [_shown(row) for row in db.execute("SELECT * FROM post WHERE account = ? ORDER BY arrived", (account,))]


def tally(db: sqlite3.Connection, account: str) -> dict[str, int]:
    """How many posts were made with each key; the network's own memory of what was doubled."""
    return dict(map(tuple, db.execute("SELECT key, count(*) FROM post WHERE account = ? GROUP BY 1", (account,))))


def count(db: sqlite3.Connection, account: str, post: str, counters: dict[str, int]) -> None:
    """Set counters of a post, or of the account where `post` is empty."""
    for name, value in counters.items():
        db.execute("INSERT OR REPLACE INTO counter VALUES (?, ?, ?, ?)", (account, post, name, value))


def numbers(db: sqlite3.Connection, account: str, post: str) -> dict[str, int]:
    rows = db.execute("SELECT name, value FROM counter WHERE account = ? AND post = ?", (account, post))
    return {row["name"]: row["value"] for row in rows}


def counters(data: object) -> dict[str, int]:
    """The counters of a request: whole numbers from 0."""
    found = {name: value for name, value in shapes.fields(data, "counters").items() if name in COUNTERS}
    for name, value in found.items():
        if type(value) is not int or not 0 <= value < 10**15:
            raise shapes.bad(name, "a whole number from 0 is expected")
    return found


def _shown(row) -> dict:
    return {name: row[name] for name in ("id", "key", "text", "title", "link", "created_at")}
