"""Where the sandbox network is kept: one SQLite file that survives kill -9, and the order of all changes."""

import re
import secrets
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from clients.networks.sandbox_server.shapes import Trouble

SCHEMA = """
CREATE TABLE IF NOT EXISTS world (epoch TEXT NOT NULL, seq INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS account (
    name TEXT PRIMARY KEY, token TEXT, expired INTEGER NOT NULL DEFAULT 0,
    webhook_url TEXT, webhook_secret TEXT, delivered INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS interaction (
    account TEXT NOT NULL, external_id TEXT NOT NULL, seq INTEGER NOT NULL,
    thread_id TEXT NOT NULL, parent_id TEXT,
    direction TEXT NOT NULL, kind TEXT NOT NULL, author_id TEXT NOT NULL, author_name TEXT NOT NULL,
    author_bot INTEGER NOT NULL, text TEXT NOT NULL, stars INTEGER, created_at TEXT NOT NULL,
    edited_at TEXT, deleted_at TEXT, key TEXT, arrived REAL NOT NULL,
    PRIMARY KEY (account, external_id)
) WITHOUT ROWID;
CREATE UNIQUE INDEX IF NOT EXISTS interaction_feed ON interaction (account, seq);
CREATE INDEX IF NOT EXISTS interaction_thread ON interaction (account, thread_id, seq);
CREATE INDEX IF NOT EXISTS interaction_key ON interaction (account, key, arrived) WHERE key IS NOT NULL;
CREATE TABLE IF NOT EXISTS post (
    account TEXT NOT NULL, id TEXT NOT NULL, key TEXT NOT NULL, text TEXT NOT NULL, title TEXT NOT NULL,
    link TEXT NOT NULL, created_at TEXT NOT NULL, arrived REAL NOT NULL, PRIMARY KEY (account, id)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS post_key ON post (account, key, arrived);
CREATE TABLE IF NOT EXISTS counter (
    account TEXT NOT NULL, post TEXT NOT NULL, name TEXT NOT NULL, value INTEGER NOT NULL,
    PRIMARY KEY (account, post, name)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS fault (
    account TEXT NOT NULL, name TEXT NOT NULL, value REAL NOT NULL, probability REAL NOT NULL,
    remaining INTEGER, calls TEXT NOT NULL, PRIMARY KEY (account, name)
);
CREATE TABLE IF NOT EXISTS delivery (
    id TEXT PRIMARY KEY, account TEXT NOT NULL, body BLOB NOT NULL,
    created REAL NOT NULL, next_at REAL NOT NULL, attempts INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS delivery_due ON delivery (next_at);
CREATE INDEX IF NOT EXISTS delivery_account ON delivery (account);
"""
CONTENTS = ("account", "interaction", "post", "counter", "fault", "delivery")


class Store:
    """One connection for all threads; `waiting` is set when there may be webhooks to post."""

    def __init__(self, path: Path):
        self.waiting = threading.Event()
        self._lock = threading.Lock()
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=10)
        self._db.row_factory = sqlite3.Row
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")
        self._db.executescript(SCHEMA)
        with self.transaction() as db:
            if db.execute("SELECT 1 FROM world").fetchone() is None:
                db.execute("INSERT INTO world VALUES (?, 0)", (_new_epoch(),))

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise

    def close(self) -> None:
        with self._lock:
            self._db.close()


def next_seq(db: sqlite3.Connection) -> int:
    return db.execute("UPDATE world SET seq = seq + 1 RETURNING seq").fetchall()[0][0]


def position(db: sqlite3.Connection, cursor: str) -> int:
    """The change a cursor stands after; a cursor of an emptied or replaced network begins anew."""
    if not cursor:
        return 0
    match = re.fullmatch(r"([0-9a-f]{8})\.([0-9]{1,18})", cursor)
    if match is None:
        raise Trouble(400, "bad_field", "cursor: not one of this network's")
    return int(match[2]) if match[1] == _epoch(db) else 0


def cursor_at(db: sqlite3.Connection, seq: int) -> str:
    return f"{_epoch(db)}.{seq}"


def reset(db: sqlite3.Connection) -> None:
    for table in CONTENTS:
        db.execute(f"DELETE FROM {table}")
    db.execute("UPDATE world SET epoch = ?, seq = 0", (_new_epoch(),))


def account_row(db: sqlite3.Connection, account: str) -> sqlite3.Row | None:
    return db.execute("SELECT * FROM account WHERE name = ?", (account,)).fetchone()


def set_account(db: sqlite3.Connection, account: str, **fields) -> None:
    db.execute("INSERT OR IGNORE INTO account (name) VALUES (?)", (account,))
    for name, value in fields.items():
        db.execute(f"UPDATE account SET {name} = ? WHERE name = ?", (value, account))


def _epoch(db: sqlite3.Connection) -> str:
    return db.execute("SELECT epoch FROM world").fetchone()[0]


def _new_epoch() -> str:
    return secrets.token_hex(4)
