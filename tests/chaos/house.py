"""A whole house for chaos tests: engines, sandbox network, mail sink and real workers, each of which can be killed."""

import contextlib
import os
import random
import signal
import threading
import time
from pathlib import Path

import psutil
import redis
from aiosmtpd.controller import Controller
from django.conf import settings
from django.core.management import call_command
from django.db import InterfaceError, OperationalError, connection

from config import embedded, programs
from config.engines.ports import free_port
from tests.clients.networks import town

ROOT = Path(__file__).resolve().parents[2]
# A worker's child most of all; `nobody` is only held up, of `messages` all are lost.
VICTIMS = (
    ("child",) * 6 + ("worker",) * 2 + ("postgres",) * 2 + ("valkey", "beat") + ("nobody",) * 2 + ("messages",) * 2
)
PLACE = ("HOST", "PORT", "USER", "PASSWORD", "NAME")


class Postbox:
    """Counts the letters that the mail server took, by Message-ID."""

    def __init__(self):
        self.taken: dict[str, int] = {}
        self._lock = threading.Lock()

    async def handle_DATA(self, server, session, envelope):
        lines = envelope.content.decode("ascii", "replace").splitlines()
        id = next(line.split(":", 1)[1].strip() for line in lines if line.lower().startswith("message-id:"))
        with self._lock:
            self.taken[id] = self.taken.get(id, 0) + 1
        return "250 OK"


class House:
    """What runs: `database` and `broker` (engines), `workers` and `beat` (processes); `kills` counts by victim."""

    def __init__(self, data, database, broker, environment, seed: int):
        self.database, self.broker = database, broker
        self.workers = [programs.worker(data, environment, queue, 2) for queue in ("short", "long")]
        self.beat = programs.beat(data, environment)
        self.rng, self.kills = random.Random(seed), {}

    def start(self) -> None:
        for process in (*self.workers, self.beat):
            process.start()

    def stop(self) -> None:
        for process in (*self.workers, self.beat):
            process.kill()

    def kill_something(self) -> None:
        """kill -9 of a random part, which is started again at once; a worker's child is replaced by its parent."""
        victim = self.rng.choice(VICTIMS)
        self.kills[victim] = self.kills.get(victim, 0) + 1
        getattr(self, f"_kill_{victim}")()

    def _kill_child(self) -> None:
        with contextlib.suppress(psutil.NoSuchProcess):
            children = psutil.Process(self.rng.choice(self.workers).child.pid).children()
            if children:
                os.kill(self.rng.choice(children).pid, signal.SIGKILL)

    def _kill_nobody(self) -> None:
        """A worker's child stands still for a moment, in whatever it is doing."""
        with contextlib.suppress(psutil.NoSuchProcess):
            for child in psutil.Process(self.rng.choice(self.workers).child.pid).children()[:1]:
                child.suspend()
                time.sleep(self.rng.uniform(0.2, 2))
                child.resume()

    def _kill_messages(self) -> None:
        """All that waits in Valkey is gone."""
        with contextlib.suppress(redis.RedisError), redis.from_url(self.broker.url) as broker:
            broker.flushall()

    def _kill_worker(self) -> None:
        self._again(self.rng.choice(self.workers))

    def _kill_beat(self) -> None:
        self._again(self.beat)

    def _kill_postgres(self) -> None:
        self._again(self.database)

    def _kill_valkey(self) -> None:
        self._again(self.broker)

    def _again(self, part) -> None:
        part.kill()
        time.sleep(self.rng.uniform(0, 1))
        part.start()


def insist(work, patience: float = 90):
    """The work's result, tried again as long as the database is away; the work must bear repetition."""
    end = time.monotonic() + patience
    while True:
        try:
            return work()
        except (OperationalError, InterfaceError):
            connection.close()
            if time.monotonic() > end:
                raise
            time.sleep(0.3)


@contextlib.contextmanager
def running(seed: int):
    """A house with an empty, migrated database; yields it with the network's address and the postbox."""
    data = ROOT / "var" / "test" / "chaos"
    embedded.destroy(data)
    data.mkdir(parents=True)
    box = Postbox()
    mail = Controller(box, hostname="127.0.0.1", port=free_port(None))
    mail.start()
    try:
        with (
            town.running(data / "network.sqlite3") as network,
            embedded.postgres(data, durable=False) as database,
            embedded.valkey(data, durable=False) as broker,
        ):
            addresses = {
                "DATABASE_URL": database.url,
                "REDIS_URL": broker.url,
                "SANDBOX_URL": network,
                "EMAIL_URL": f"smtp://127.0.0.1:{mail.port}",
                "RESONANZ_DATA": str(data),
                "SECRET_KEY": settings.SECRET_KEY,
                "RESONANZ_KEYS": ",".join(settings.RESONANZ_KEYS),
                "PYTHONUNBUFFERED": "1",
            }
            with _connected(database):
                call_command("migrate", verbosity=0)
                house = House(data, database, broker, {**os.environ, **addresses}, seed)
                try:
                    yield house, network, mail.port, box
                finally:
                    house.stop()
    finally:
        mail.stop()
        embedded.destroy(data)


@contextlib.contextmanager
def _connected(database):
    """This process, too, works on the house's database meanwhile."""
    here = connection.settings_dict
    before = {name: here[name] for name in PLACE}
    connection.close()
    password = database.url.split("//resonanz:")[1].split("@")[0]
    here.update(HOST="127.0.0.1", PORT=database.port, USER="resonanz", PASSWORD=password, NAME="resonanz")
    try:
        yield
    finally:
        connection.close()
        here.update(before)
