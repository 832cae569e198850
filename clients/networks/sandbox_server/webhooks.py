"""How changes reach an account's webhook: signed, at least once, repeated for a day with growing pauses."""

import hashlib
import hmac
import random
import sqlite3
import sys
import threading
import time
import urllib.error
import urllib.request
from http.client import HTTPException

from clients.networks.sandbox_server.store import Store

SENDERS = 4
ANSWER_SECONDS = 10
LEASE_SECONDS = 30  # longer than any delivery takes
LONGEST_PAUSE = 60
GIVE_UP_SECONDS = 86_400
IDLE_SECONDS = 0.25


class Post:
    """The threads that carry the queued deliveries out."""

    def __init__(self, store: Store):
        self._store = store
        self._ended = threading.Event()
        self._threads = [threading.Thread(target=self._run, daemon=True) for _ in range(SENDERS)]

    def start(self) -> None:
        """Whatever an earlier process left claimed or pausing is due at once."""
        with self._store.transaction() as db:
            db.execute("UPDATE delivery SET next_at = min(next_at, ?)", (time.time(),))
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Does not wait for slow receivers: what is cut off here is delivered again after the next start."""
        self._ended.set()
        self._store.waiting.set()

    def _run(self) -> None:
        while not self._ended.is_set():
            try:
                self._step()
            except sqlite3.Error as error:
                if not self._ended.wait(1):
                    print(f"Sandbox network: webhooks wait for the file: {error}", file=sys.stderr)

    def _step(self) -> None:
        claimed = self._claim()
        if claimed:
            self._settle(claimed, _accepted(claimed))
        else:
            self._store.waiting.wait(IDLE_SECONDS)
            self._store.waiting.clear()

    def _claim(self) -> sqlite3.Row | None:
        with self._store.transaction() as db:
            row = db.execute(
                "SELECT delivery.*, webhook_url, webhook_secret FROM delivery JOIN account ON name = account"
                " WHERE next_at <= ? ORDER BY next_at LIMIT 1",
                (time.time(),),
            ).fetchone()
            if row:
                db.execute(
                    "UPDATE delivery SET next_at = ?, attempts = attempts + 1 WHERE id = ?",
                    (time.time() + LEASE_SECONDS, row["id"]),
                )
            return row

    def _settle(self, row: sqlite3.Row, accepted: bool) -> None:
        with self._store.transaction() as db:
            if accepted:
                gone = db.execute("DELETE FROM delivery WHERE id = ?", (row["id"],)).rowcount
                owner = (gone, row["account"])
                db.execute("UPDATE account SET delivered = delivered + ? WHERE name = ?", owner)
            elif time.time() - row["created"] > GIVE_UP_SECONDS:
                db.execute("DELETE FROM delivery WHERE id = ?", (row["id"],))
            else:
                later = time.time() + _pause(row["attempts"])
                db.execute("UPDATE delivery SET next_at = ? WHERE id = ?", (later, row["id"]))


def signature(secret: str, delivery_id: str, timestamp: str, body: bytes) -> str:
    signed = f"{delivery_id}.{timestamp}.".encode() + body
    return "v1=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args):
        return None


_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirect)


def _accepted(row: sqlite3.Row) -> bool:
    stamp = str(int(time.time()))
    request = urllib.request.Request(row["webhook_url"], data=row["body"], method="POST", headers={
        "Content-Type": "application/json",
        "Sandbox-Id": row["id"],
        "Sandbox-Timestamp": stamp,
        "Sandbox-Signature": signature(row["webhook_secret"], row["id"], stamp, row["body"]),
    })
    try:
        with _opener.open(request, timeout=ANSWER_SECONDS) as answer:
            return 200 <= answer.status < 300
    except (OSError, HTTPException, ValueError):
        return False


def _pause(attempts: int) -> float:
    return min(0.5 * 2 ** min(attempts, 10), LONGEST_PAUSE) * random.uniform(0.8, 1.2)
