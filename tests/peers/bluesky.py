"""A real Bluesky for tests (directory, server, app view), from its own development environment on npm."""

import fcntl
import json
import os
import shutil
import subprocess
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import requests

from clients.networks.types import Account
from config import embedded

ROOT = Path(__file__).resolve().parents[2]
HOME = ROOT / "var" / "peers" / "bluesky"
BUILT = HOME / "node_modules" / "better-sqlite3" / "build" / "Release" / "better_sqlite3.node"
PACKAGE = {"private": True, "dependencies": {"@atproto/dev-env": "0.3.215"}}
PROGRAMS = ("node", "npm", "gcc", "make")
MINUTES = 15  # an installation may take, a part of it is compiled


class Missing(Exception):
    """Bluesky cannot be had on this machine; says why."""


def missing() -> str:
    """What this machine lacks, as a sentence; empty where nothing does."""
    absent = [name for name in PROGRAMS if shutil.which(name) is None]
    return f"no Bluesky here, it needs {', '.join(absent)}" if absent else ""


def install() -> None:
    """Install it into `var`, once. Raises Missing."""
    HOME.mkdir(parents=True, exist_ok=True)
    with open(HOME / "lock", "a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        wanted, there = json.dumps(PACKAGE), HOME / "installed"
        if there.exists() and there.read_text() == wanted:
            return
        (HOME / "package.json").write_text(wanted)
        _npm("install", "--no-audit", "--no-fund")
        if not BUILT.exists():  # where npm runs no scripts by itself
            _npm("rebuild", "better-sqlite3")
        there.write_text(wanted)


def _npm(*words: str) -> None:
    """With the headers of the machine's own node, where it has them, instead of fetched ones."""
    prefix = Path(shutil.which("node")).resolve().parents[1]
    headers = {"npm_config_nodedir": str(prefix)} if (prefix / "include" / "node").is_dir() else {}
    try:
        subprocess.run(
            ["npm", *words], cwd=HOME, env=os.environ | headers, check=True, capture_output=True, text=True,
            timeout=60 * MINUTES,
        )  # fmt: skip
    except subprocess.CalledProcessError as error:
        raise Missing(f"no Bluesky here, npm {words[0]} failed: {error.stderr[-300:]}") from None
    except subprocess.TimeoutExpired:
        raise Missing(f"no Bluesky here, npm {words[0]} took more than {MINUTES} minutes") from None


@dataclass(frozen=True)
class Person:
    """Somebody with an account there; speaks without our connector."""

    server: str
    handle: str
    did: str
    token: str
    password: str

    def account(self) -> Account:
        return Account(self.server, self.handle, secret={"app_password": self.password})

    def call(self, method: str, payload: dict | None = None, **params) -> dict:
        answer = requests.request(
            "GET" if payload is None else "POST", f"{self.server}/xrpc/{method}", json=payload, params=params,
            headers={"Authorization": f"Bearer {self.token}"}, timeout=30,
        )  # fmt: skip
        answer.raise_for_status()
        return answer.json()

    def record(self, uri: str) -> dict:
        """The record with its uri, cid and value."""
        repo, collection, rkey = uri.removeprefix("at://").split("/")
        return self.call("com.atproto.repo.getRecord", repo=repo, collection=collection, rkey=rkey)

    def say(self, text: str, above: str = "") -> str:
        """Write something, or answer what is at `above`; returns where it is."""
        post = {"text": text}
        if above:
            parent = self.record(above)
            ref = {"uri": parent["uri"], "cid": parent["cid"]}
            post["reply"] = {"parent": ref, "root": parent["value"].get("reply", {}).get("root", ref)}
        return self._make("app.bsky.feed.post", post)

    def like(self, uri: str) -> None:
        found = self.record(uri)
        self._make("app.bsky.feed.like", {"subject": {"uri": found["uri"], "cid": found["cid"]}})

    def _make(self, collection: str, record: dict) -> str:
        record |= {"$type": collection, "createdAt": datetime.now(UTC).isoformat().replace("+00:00", "Z")}
        payload = {"repo": self.did, "collection": collection, "record": record}
        return self.call("com.atproto.repo.createRecord", payload)["uri"]


@dataclass(frozen=True)
class Network:
    server: str

    def person(self, name: str) -> Person:
        handle, password = f"{name}{uuid.uuid4().hex[:6]}.test", uuid.uuid4().hex
        payload = {"handle": handle, "email": f"{handle}@people.example", "password": password}
        answer = requests.post(f"{self.server}/xrpc/com.atproto.server.createAccount", json=payload, timeout=30)
        answer.raise_for_status()
        made = answer.json()
        return Person(self.server, handle, made["did"], made["accessJwt"], password)


@contextmanager
def running(data: Path) -> Iterator[Network]:
    """A network with nobody in it, on a database of its own in the folder `data`. Raises Missing."""
    install()
    with embedded.postgres(data, durable=False) as database, open(data / "bluesky.log", "w") as log:
        node = subprocess.Popen(
            ["node", str(Path(__file__).with_name("bluesky_network.cjs"))],
            cwd=HOME, stdout=subprocess.PIPE, stderr=log, text=True,
            env=os.environ | {"DB_POSTGRES_URL": database.superuser_url, "REDIS_HOST": "unused"},
        )  # fmt: skip
        try:
            told = next((line for line in node.stdout if line.startswith("{")), "")
            if not told:
                raise Missing(f"no Bluesky here: {(data / 'bluesky.log').read_text()[-300:]}")
            yield Network(json.loads(told)["pds"])
        finally:
            node.kill()
            node.wait()


def until(tell, wanted=bool, seconds: float = 30):
    """What `tell` says once it is as wanted, or at last: the network shows things after a while."""
    deadline = time.monotonic() + seconds
    while not wanted(said := tell()) and time.monotonic() < deadline:
        time.sleep(0.2)
    return said
