"""The product as people meet it: web server, workers and sandbox network on a database of its own, with the demo."""

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from config import preparation, programs
from config.engines.ports import free_port, listening_url, until
from config.readiness import ask

REDIS_NUMBER = 9  # beside whatever the other tests keep in the same Valkey
PATIENCE = 120
OWNER, MANAGER = "greta@nordlicht-social.example", "malte@nordlicht-social.example"
BAKER = "inhaber@tidenhub.example"


@dataclass(frozen=True)
class Stage:
    """A running demo: its address, the sandbox network's, where its mails go, and passwords by e-mail address."""

    url: str
    network: str
    mails: Path
    passwords: dict[str, str]


def opened(folder: Path, url: str, network: str) -> Stage:
    """The demo whose data folder this is."""
    rows = [line.split("\t") for line in (folder / "logins").read_text(encoding="utf-8").splitlines()]
    return Stage(url, network, folder / "mails", {email: password for email, password, *_ in rows})


@contextlib.contextmanager
def running(data: Path, database: str, broker: str) -> Iterator[Stage]:
    """Starts everything but the engines on the migrated, empty `database`; the address of a Redis is `broker`."""
    url, network = (listening_url("127.0.0.1", free_port()) for _ in range(2))
    environment = os.environ | {
        "DATABASE_URL": database,
        "REDIS_URL": f"{broker.rpartition('/')[0]}/{REDIS_NUMBER}",
        "SANDBOX_URL": network,
        "BASE_URL": url,
        "ALLOWED_HOSTS": "127.0.0.1,localhost",  # browsers make passkeys only for names
        "EMAIL_URL": f"filemail:///{data / 'mails'}",
        "RESONANZ_DATA": str(data),
        "STATIC_ROOT": str(data / "static"),
        "MEDIA_ROOT": str(data / "media"),
        "PYTHONUNBUFFERED": "1",
    }
    for name in ("run", "logs"):
        (data / name).mkdir(parents=True)
    preparation.manage(data, environment, "first_run")
    preparation.manage(data, environment, "collectstatic", "--noinput", "--verbosity", "0")
    parts = [
        programs.sandbox(data, environment),
        programs.web(data, environment, "127.0.0.1", int(url.rpartition(":")[2])),
        programs.worker(data, environment, "short", 1),
        programs.worker(data, environment, "long", 1),
        programs.beat(data, environment),
    ]
    try:
        for part in parts:
            part.start()
        ready = until(lambda: ask(f"{url}/readyz")[0] == 200, PATIENCE, 0.2)
        assert ready, f"{url}/readyz: {ask(f'{url}/readyz')}; logs in {data / 'logs'}"
        yield opened(data, url, network)
    finally:
        for part in reversed(parts):
            part.kill()
