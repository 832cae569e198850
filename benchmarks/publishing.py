"""A thousand posts of fifty clients, due within one minute on the sandbox network: how late they are, and none twice.

Real Celery workers and a beat publish them; the network answers each call after 50 ms.
"""

import json
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter

from django.utils import timezone

from campaigns import posts
from campaigns.models import Publication
from campaigns.vocabulary import Verdict
from clients import directory
from clients.models import Channel
from clients.scope import scope
from config import programs
from config.engines.ports import free_port, listening_url

from .database import environment
from .rows import at_most, none_of, told

POSTS, QUICK, CLIENTS, WORKERS, DELAY = 1_000, 100, 50, 2, 50
MINUTE, LEAD, PATIENCE = timedelta(seconds=60), timedelta(seconds=30), 900
REHEARSED, FAR = 20, datetime(2100, 1, 1, tzinfo=UTC)


def run(quick: bool) -> list[dict]:
    count = QUICK if quick else POSTS
    with tempfile.TemporaryDirectory() as folder, _network(Path(folder)) as seen:
        channels = _channels(seen["SANDBOX_URL"])
        begin = _plan(channels, count)
        with _workers(Path(folder), seen):
            rows = _sent(channels, count)
        late = sorted((row.sent_at - row.planned_at).total_seconds() for row in rows)
        doubled = _doubled(seen["SANDBOX_URL"], channels)
    ended = max(row.sent_at for row in rows) - begin
    return [
        told(f"posts due within one minute, {CLIENTS} clients, {WORKERS} workers", len(rows), ""),
        told("from the first slot to the last post", ended.total_seconds(), "s"),
        told("lateness, median", late[len(late) // 2], "s"),
        at_most("lateness, 99th percentile", late[int(len(late) * 0.99) - 1], 60, "s"),
        none_of("posts that stand twice on the network", doubled, count),
    ]


@contextmanager
def _network(folder: Path) -> Iterator[dict[str, str]]:
    """The environment of the workers, whose sandbox network runs meanwhile; it sees this run's database."""
    seen = environment(folder) | {"SANDBOX_URL": listening_url("127.0.0.1", free_port(None))}
    process = programs.sandbox(folder, seen)
    process.start()
    try:
        _answers(seen["SANDBOX_URL"])
        yield seen
    finally:
        process.stop()


def _answers(url: str) -> None:
    for _ in range(100):
        try:
            return _ask(f"{url}/control/x/stats")
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("the sandbox network does not answer")


def _ask(url: str, data: dict | None = None) -> dict:
    body = None if data is None else json.dumps(data).encode()
    with urllib.request.urlopen(urllib.request.Request(url, body), timeout=10) as answer:
        return json.load(answer)


@contextmanager
def _workers(folder: Path, seen: dict[str, str]) -> Iterator[None]:
    with ExitStack() as stack:
        for process in (programs.worker(folder, seen, "short", WORKERS), programs.beat(folder, seen)):
            process.start()
            stack.callback(process.stop)
        yield


def _channels(network: str) -> list[Channel]:
    house = directory.found_agency(
        name="Press", slug="press", owner_email="olga@press.example", owner_name="Olga", password="long enough 4711"
    )
    made = []
    for number in range(CLIENTS):
        client = directory.add_client(agency=house, slug=f"press-{number}", name=f"Press {number}", actor=None)
        with scope([client.id]):
            made.append(directory.add_channel(client=client, slug="social", name="S", network="sandbox", actor=None))
        _ask(f"{network}/control/{made[-1].account}/faults", {"ignore_keys": True, "delay_ms": DELAY})
    return made


def _plan(channels: list[Channel], count: int) -> datetime:
    """Approved posts, spread evenly over one minute that begins when they are all planned and the workers run."""
    begun = perf_counter()
    for number in range(REHEARSED):
        _approved(channels[number % len(channels)], "Rehearsal", FAR)
    each = (perf_counter() - begun) / REHEARSED
    begin = timezone.now() + LEAD + timedelta(seconds=2 * each * count)
    for number in range(count):
        _approved(channels[number % len(channels)], f"Tip {number}", begin + MINUTE * number / count)
    if timezone.now() + LEAD > begin:
        raise RuntimeError("the machine is too busy: the posts were planned later than their slots")
    return begin


def _approved(channel: Channel, text: str, at: datetime) -> None:
    user = channel.client.agency.memberships.get().user
    said = {"kind": "tip", "text": text, "publish_at": at}
    with scope([channel.client_id]):
        post = posts.add_post(client=channel.client, channels=["social"], actor=user, **said)
        posts.act(post, "submit", actor=user)
        posts.judge(post, Verdict.APPROVE, actor=user)


def _sent(channels: list[Channel], count: int) -> list[Publication]:
    end, ids = time.monotonic() + PATIENCE, [channel.client_id for channel in channels]
    while time.monotonic() < end:
        with scope(ids):
            rows = list(Publication.objects.filter(client__in=ids, state="sent"))
        if len(rows) == count:
            return rows
        time.sleep(1)
    raise RuntimeError(f"only {len(rows)} of {count} posts were sent within {PATIENCE} s")


def _doubled(network: str, channels: list[Channel]) -> list[str]:
    found = []
    for channel in channels:
        keys = [item["key"] for item in _ask(f"{network}/people/{channel.account}/posts")["items"]]
        found += [key for key in keys if keys.count(key) > 1]
    return found
