"""kill -9 of workers, PostgreSQL and Valkey while posts go out on a bad network: none twice, none lost.

RESONANZ_POST_KILLS says how many (200), RESONANZ_SEED which. The negative controls count the same and must see doubles:
a sender that repeats blindly, and a product that believes the network's silence too early.
"""

import os
import signal
import time
import uuid
from collections import Counter
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from campaigns import approval, posts, publishing
from campaigns.models import Publication
from campaigns.vocabulary import State, Verdict
from clients.models import Channel
from clients.networks import sandbox
from clients.networks.types import Account, Draft, Unknown
from clients.scope import scope
from tests import factories
from tests.chaos import house as chaos
from tests.chaos.house import insist
from tests.clients.networks import town

pytestmark = [pytest.mark.chaos, pytest.mark.slow]

KILLS = int(os.environ.get("RESONANZ_POST_KILLS", 200))
SEED = int(os.environ.get("RESONANZ_SEED", time.time_ns() % 1_000_000))
CLIENTS, EACH = 4, 2
FAULTS = {
    "ignore_keys": True,
    "read_lag_s": 3,
    "delay_ms": {"value": 60, "calls": ["publish", "find_post"]},
    "drop_answer": {"probability": 0.15, "calls": ["publish", "find_post"]},
    "live_500": {"probability": 0.1, "calls": ["publish"]},
    "error_500": {"probability": 0.1, "calls": ["publish", "find_post"]},
    "rate_limit": {"value": 1, "probability": 0.05, "calls": ["publish", "find_post"]},
    "expired": {"probability": 0.02, "calls": ["publish"]},
}


class Press:
    """Some clients whose posts go out all the time, each on an account of the network that forgets keys."""

    def __init__(self, network: str, clients: int = CLIENTS, **faults):
        self.agency = factories.agency()
        self.user = self.agency.memberships.get().user
        self.clients = [factories.client(self.agency, f"client-{n}", defaults=False) for n in range(clients)]
        self.accounts = [self._account(client, network, faults) for client in self.clients]
        self.planned = 0

    def _account(self, client, network: str, faults: dict) -> Account:
        with scope([client.id]):
            approval.change_rule(client=client, actor=self.user, approval="internal", tolerance=10_000)
            channel = factories.channel(client, "social", "sandbox")
        channel.account = uuid.uuid4().hex
        channel.save()
        account = Account(network, channel.account)
        town.control(account, "faults", **{"ignore_keys": True} | faults)
        return account

    def plan(self, each: int = EACH) -> None:
        """So many approved posts of every client that are due now."""
        for client in self.clients:
            for _ in range(each):
                self.planned += 1
                insist(lambda client=client, number=self.planned: self._post(client, number))

    def _post(self, client, number: int) -> None:
        with scope([client.id]):
            post = posts.add_post(
                client=client, channels=["social"], actor=self.user, kind="tip", text=f"Post {number}",
                publish_at=timezone.now(),
            )  # fmt: skip
            posts.act(post, "submit", actor=self.user)
            posts.judge(post, Verdict.APPROVE, actor=self.user)

    def rows(self) -> list[Publication]:
        with scope([client.id for client in self.clients]):
            return list(Publication.objects.order_by("id"))

    def out(self) -> Counter:
        """How often the network holds each post, by its key."""
        found = Counter()
        for account in self.accounts:
            items = town.request(account, "GET", "people", "posts")[1]["items"]
            found.update(item["key"] for item in items)
        return found

    def doubled(self) -> int:
        return sum(count - 1 for count in self.out().values())

    def reconnect(self) -> None:
        """Somebody connects the channels again that the network did not take for a moment."""
        Channel.objects.exclude(broken_at=None).update(broken_at=None)

    def settle(self) -> None:
        """All workers are gone and the network is well again: what is left goes on until nothing is."""
        for account in self.accounts:
            town.request(account, "DELETE", "control", "faults")
            town.control(account, "faults", ignore_keys=True)
        now = timezone.now()
        for _ in range(200):
            self.reconnect()
            now += timedelta(minutes=11)
            if not publishing.publish_due(now=now):
                break


@pytest.mark.timeout(3000)
def test_no_post_is_lost_or_doubled(django_db_blocker, settings):
    with django_db_blocker.unblock(), chaos.running(SEED) as (house, network, _, _):
        settings.SANDBOX_URL = network
        press = Press(network, **FAULTS)
        house.start()
        press.plan()
        _until(lambda: press.out())
        for _ in range(KILLS):
            press.plan()
            insist(press.reconnect)
            time.sleep(house.rng.uniform(0.1, 1.5))
            house.kill_something()
        house.stop()
        insist(lambda: Channel.objects.count())
        by_workers, doubled_by_workers = len(press.out()), press.doubled()
        press.settle()

        rows, out = press.rows(), press.out()
        print(f"\nseed {SEED}, kills {house.kills}, posts {press.planned}, out by workers {by_workers}, "
              f"states {dict(Counter(row.state for row in rows))}, doubled {press.doubled()}")  # fmt: skip
        assert (doubled_by_workers, press.doubled()) == (0, 0)
        assert len(rows) >= press.planned
        assert {row.state for row in rows} <= {State.SENT, State.FAILED}
        assert {row.reason[:17] for row in rows if row.state == State.FAILED} <= {"Given up after 6 "}
        assert set(out) == {str(row.key) for row in rows if row.state == State.SENT}
        assert sum(house.kills.values()) == KILLS
        assert by_workers > len(rows) / 2


def _until(done, patience: float = 300) -> None:
    end = time.monotonic() + patience
    while not insist(done):
        assert time.monotonic() < end, "the workers did nothing"
        time.sleep(0.5)


def _die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)


def _before(place, name: str):
    """Die instead of it."""
    return lambda patch: patch.setattr(place, name, _die)


def _after(place, name: str):
    """Die once it has happened."""
    real = getattr(place, name)

    def then_die(*args, **options):
        real(*args, **options)
        _die()

    return lambda patch: patch.setattr(place, name, then_die)


STEPS = {
    "after the claim": _before(publishing, "ThreadPoolExecutor"),
    "before the write": _before(sandbox, "publish"),
    "after the write": _after(sandbox, "publish"),
    "before the record": _before(publishing, "_record"),
    "after the record": _after(publishing, "_record"),
    "before the question": _before(sandbox, "find_post"),
    "after the answer": _after(sandbox, "find_post"),
}
TIMES = 20
ASKS = ("before the question", "after the answer")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("step", STEPS)
def test_worker_that_dies_at_a_step(step, network, settings, monkeypatch):
    settings.SANDBOX_URL = network
    press = Press(network, clients=1)
    for _ in range(TIMES):
        press.plan(3)
        now = timezone.now()
        if step in ASKS:
            town.control(press.accounts[0], "faults", drop_answer={"count": 3, "calls": ["publish"]})
            publishing.publish_due(now=now)
            now += timedelta(seconds=30)
        assert _killed_at(STEPS[step], now, monkeypatch)
        press.settle()

    assert {row.state for row in press.rows()} == {State.SENT}
    assert press.out() == {str(row.key): 1 for row in press.rows()}


def _killed_at(step, now, monkeypatch) -> bool:
    """Whether a worker of its own was killed while it published what is due."""
    connection.close()
    child = os.fork()
    if child == 0:
        with monkeypatch.context() as patch:
            step(patch)
            try:
                publishing.publish_due(now=now)
            finally:
                os._exit(1)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL


def test_blind_retry_doubles(network):
    account = Account(network, uuid.uuid4().hex)
    town.control(account, "faults", ignore_keys=True, drop_answer={"probability": 0.5, "calls": ["publish"]})

    for number in range(30):
        _send_blindly(account, Draft(f"key-{number}", "Hallo"))

    items = town.request(account, "GET", "people", "posts")[1]["items"]
    assert len({item["key"] for item in items}) == 30
    assert len(items) > 30


def _send_blindly(account: Account, draft: Draft) -> None:
    for _ in range(50):
        try:
            sandbox.publish(account, draft)
            return
        except Unknown:
            continue


@pytest.mark.django_db(transaction=True)
def test_silence_believed_too_early_doubles(network, settings, monkeypatch):
    settings.SANDBOX_URL = network
    monkeypatch.setattr(publishing, "_settling", lambda row: timedelta(0))
    faults = {"drop_answer": {"probability": 0.3, "calls": ["publish"]}, "read_lag_s": 60}
    press = Press(network, clients=2, **faults)
    press.plan(10)

    for _ in range(6):
        publishing.publish_due(now=timezone.now() + timedelta(seconds=1))

    assert press.doubled() > 0
