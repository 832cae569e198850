"""How the sandbox network misbehaves on request, and how often.

POST /control/{account}/faults takes {name: value | true | null | {"value", "probability", "count", "calls"}};
null or false ends that fault, DELETE ends all. `count` is how often it strikes, `calls` limits it to some of
poll, reply, find, publish, find_post and numbers.
  delay_ms     waits before the work            rate_limit   429, value = Retry-After in seconds
  drop_answer  works, then closes the socket    expired      401
  live_500     works, then answers 500          read_lag_s   find, find_post see nothing younger than this
  error_500    answers 500, does nothing        ignore_keys  the same key again makes another reply, post
  refused      answers with this status (422)
"""

import random
import sqlite3

from clients.networks.sandbox_server.shapes import bad, fields

DEFAULTS = {
    "delay_ms": 1000, "drop_answer": 1, "live_500": 1, "error_500": 1,
    "rate_limit": 1, "expired": 1, "read_lag_s": 5, "ignore_keys": 1,
    "refused": 422,
}
CALLS = ("poll", "reply", "find", "publish", "find_post", "numbers")
MOST = 3_600_000


def change(db: sqlite3.Connection, account: str, data: object) -> None:
    wanted = {name: _fault(name, value) for name, value in fields(data).items()}
    for name, fault in wanted.items():
        db.execute("DELETE FROM fault WHERE account = ? AND name = ?", (account, name))
        if fault:
            db.execute("INSERT INTO fault VALUES (?, ?, ?, ?, ?, ?)", (account, name, *fault))


def clear(db: sqlite3.Connection, account: str) -> None:
    db.execute("DELETE FROM fault WHERE account = ?", (account,))


def active(db: sqlite3.Connection, account: str) -> dict:
    rows = db.execute("SELECT * FROM fault WHERE account = ? ORDER BY name", (account,))
    return {
        row["name"]: {
            "value": row["value"], "probability": row["probability"],
            "count": row["remaining"], "calls": row["calls"].split(),
        }
        for row in rows
    }


def strike(db: sqlite3.Connection, account: str, name: str, call: str) -> float | None:
    """The fault's value if it strikes this call, which uses up one of its count; else None."""
    row = db.execute("SELECT * FROM fault WHERE account = ? AND name = ?", (account, name)).fetchone()
    if row is None or call not in row["calls"].split() or random.random() >= row["probability"]:
        return None
    if row["remaining"] is not None:
        mine = (account, name)
        db.execute("UPDATE fault SET remaining = remaining - 1 WHERE account = ? AND name = ?", mine)
        db.execute("DELETE FROM fault WHERE account = ? AND name = ? AND remaining <= 0", mine)
    return row["value"]


def _fault(name: str, given: object) -> tuple | None:
    if name not in DEFAULTS:
        raise bad(name, f"one of {', '.join(DEFAULTS)} is expected")
    if given is None or given is False:
        return None
    wanted = given if isinstance(given, dict) else {"value": given}
    value = wanted.get("value", True)
    return (
        DEFAULTS[name] if value is True else _number(name, value, MOST),
        _number(f"{name}.probability", wanted.get("probability", 1), 1),
        _count(f"{name}.count", wanted.get("count")),
        " ".join(_calls(f"{name}.calls", wanted.get("calls", list(CALLS)))),
    )


def _number(name: str, value: object, most: float) -> float:
    if type(value) not in (int, float) or not 0 <= value <= most:
        raise bad(name, f"a number from 0 to {most} is expected")
    return value


def _count(name: str, value: object) -> int | None:
    if value is not None and (type(value) is not int or not 1 <= value <= MOST):
        raise bad(name, "a whole number from 1 or null is expected")
    return value


def _calls(name: str, value: object) -> list[str]:
    if not isinstance(value, list) or not value or any(call not in CALLS for call in value):
        raise bad(name, f"a list of {', '.join(CALLS)} is expected")
    return value
