"""kill -9 of workers, PostgreSQL and Valkey while webhooks go out to a receiver that often fails: no event is lost.

RESONANZ_HOOK_KILLS says how many (60), RESONANZ_SEED which. The negative control counts the same and must see losses: a
sender that marks a delivery as delivered before it is.
"""

import os
import random
import signal
import time

import pytest
from django.db import connection
from django.utils import timezone

from clients.models import Delivery, Outgoing
from clients.scope import scope
from clients.webhooks import deliveries, endpoints, outbox, sending, wire
from clients.webhooks.wire import Outcome
from tests import factories
from tests.chaos import house as chaos
from tests.chaos.house import insist
from tests.clients.webhooks.receiver import Receiver, Said

pytestmark = [pytest.mark.chaos, pytest.mark.slow]

KILLS = int(os.environ.get("RESONANZ_HOOK_KILLS", 60))
SEED = int(os.environ.get("RESONANZ_SEED", time.time_ns() % 1_000_000))
CLIENTS, LINES, EACH = 3, 10, 4


class Shop:
    """Some clients of whom a receiver hears; it fails each event at most once."""

    def __init__(self, clients: int = CLIENTS, faults: float = 0.15):
        self.agency = factories.agency("shop")
        self.clients = [factories.client(self.agency, f"client-{n}", defaults=False) for n in range(clients)]
        self.receiver = Receiver()
        olga = factories.principal(self.agency.memberships.get().user)
        _, secret = endpoints.add(principal=olga, url=self.receiver.url, events=["*"], clients=None)
        self.receiver.secrets.append(secret)
        self.receiver.says = self._says
        self.rng, self.faults, self.failed, self.told = random.Random(SEED), faults, set(), 0

    def _says(self, payload: dict) -> Said:
        number = payload["data"]["number"]
        if number in self.failed or self.rng.random() > self.faults:
            return Said(pause=self.rng.uniform(0, 0.05))
        self.failed.add(number)
        return Said(500)

    def tell(self, each: int = EACH) -> None:
        for client in self.clients:
            for _ in range(each):
                self.told += 1
                insist(lambda client=client, number=self.told: self._write(client, number))

    def _write(self, client, number: int) -> None:
        line = f"conversation:{number % LINES}"
        with scope([client.id]):
            if not Outgoing.objects.filter(data__number=number).exists():
                outbox.tell(client.id, "sla.met", line, lambda: {"number": number, "line": f"{client.id}:{line}"})

    def open(self) -> int:
        with scope([client.id for client in self.clients]):
            return (
                Delivery.objects.filter(state__in=deliveries.OPEN).count()
                + Outgoing.objects.filter(spread_at=None).count()
            )

    def states(self) -> set[str]:
        with scope([client.id for client in self.clients]):
            return set(Delivery.objects.values_list("state", flat=True))

    def hurry(self) -> None:
        """No lease and no pause is waited for: the workers are gone."""
        with scope([client.id for client in self.clients]):
            Delivery.objects.filter(state__in=deliveries.OPEN).update(next_at=timezone.now())

    def settle(self) -> None:
        for _ in range(50):
            self.hurry()
            outbox.spread()
            sending.deliver_due()
            if not self.open():
                return

    def lost(self) -> set[int]:
        """Events that the receiver never took."""
        return set(range(1, self.told + 1)) - {payload["data"]["number"] for _, payload in self.receiver.heard if payload}

    def ids(self) -> dict[int, set[str]]:
        found: dict[int, set[str]] = {}
        for id, payload in list(self.receiver.heard):
            found.setdefault(payload["data"]["number"], set()).add(id)
        return found

    def firsts(self) -> dict[str, list[int]]:
        """The numbers of each line in the order in which they were first heard."""
        found: dict[str, list[int]] = {}
        for _, payload in self.receiver.heard:
            line = found.setdefault(payload["data"]["line"], [])
            if payload["data"]["number"] not in line:
                line.append(payload["data"]["number"])
        return found


@pytest.mark.timeout(3000)
def test_no_event_is_lost(django_db_blocker, settings, monkeypatch):
    monkeypatch.setenv("ALLOW_PRIVATE_ADDRESSES", "on")
    settings.ALLOW_PRIVATE_ADDRESSES = True
    with django_db_blocker.unblock(), chaos.running(SEED) as (house, *_):
        shop = Shop()
        house.start()
        shop.tell()
        _until(lambda: shop.receiver.heard)
        for _ in range(KILLS):
            shop.tell()
            time.sleep(house.rng.uniform(0.1, 1.5))
            house.kill_something()
        _until(lambda: len(shop.ids()) > shop.told / 2)
        by_workers = len(shop.ids())
        house.stop()
        insist(shop.open)
        shop.settle()

        heard = len(shop.receiver.heard)
        print(f"\nseed {SEED}, kills {house.kills}, events {shop.told}, heard {heard}, by workers {by_workers}")
        shop.receiver.end()
        assert (shop.lost(), shop.states(), shop.open()) == (set(), {"delivered"}, 0)
        assert {len(ids) for ids in shop.ids().values()} == {1}
        assert all(numbers == sorted(numbers) for numbers in shop.firsts().values())
        assert sum(house.kills.values()) == KILLS


def _until(done, patience: float = 240) -> None:
    end = time.monotonic() + patience
    while not done():
        assert time.monotonic() < end, "the workers did nothing"
        time.sleep(0.5)


def _die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)


def _then_die(real):
    def both(*args, **options):
        real(*args, **options)
        _die()

    return both


STEPS = {
    "after the claim": (sending, "ThreadPoolExecutor", lambda real: _die),
    "before the call": (wire, "post", lambda real: _die),
    "after the call": (wire, "post", _then_die),
    "before the record": (sending, "record", lambda real: _die),
    "after the record": (sending, "record", _then_die),
}


def _killed(patch, place, name: str, change) -> bool:
    """Whether a worker of its own was killed at this place."""
    connection.close()
    child = os.fork()
    if child == 0:
        patch.setattr(place, name, change(getattr(place, name)))
        try:
            outbox.spread()
            sending.deliver_due()
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("step", STEPS)
def test_worker_that_dies_at_a_step_loses_nothing(step, settings, monkeypatch):
    settings.ALLOW_PRIVATE_ADDRESSES = True
    shop = Shop(clients=1, faults=0)
    for _ in range(10):
        shop.tell(3)
        assert _killed(monkeypatch, *STEPS[step])
        shop.settle()

    shop.receiver.end()
    assert (shop.lost(), shop.states()) == (set(), {"delivered"})
    assert {len(ids) for ids in shop.ids().values()} == {1}


@pytest.mark.django_db(transaction=True)
def test_marking_before_the_call_loses(settings, monkeypatch):
    """The negative control."""
    settings.ALLOW_PRIVATE_ADDRESSES = True
    shop = Shop(clients=1, faults=0)

    def marked_first(job):
        sending.record(job, Outcome(204, "", "", 1))
        _die()

    for _ in range(5):
        shop.tell(3)
        outbox.spread()
        connection.close()
        child = os.fork()
        if child == 0:
            for job in sending._claimed(1):
                marked_first(job)
            os._exit(1)
        os.waitpid(child, 0)
    shop.settle()

    shop.receiver.end()
    assert len(shop.lost()) == 5
