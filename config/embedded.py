"""PostgreSQL and Valkey for a machine that has none, as `./start`, `./test` and the tests use them.

    with postgres(Path("var/test/chaos")) as database, valkey(Path("var/test/chaos")) as broker:
        database.url, broker.url
        database.kill(); database.start()

Both have start(), stop(), kill(), restart(), `running`, `port` and `url`; files are kept between uses.
"""

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path

from .engines.errors import EngineError
from .engines.postgres import Postgres
from .engines.valkey import Valkey

__all__ = ["EngineError", "Postgres", "Valkey", "destroy", "postgres", "valkey"]


@contextlib.contextmanager
def postgres(
    data: Path, port: int | None = None, *, source: str | None = None, durable: bool = True
) -> Iterator[Postgres]:
    """A running PostgreSQL on the folder `data` (made when missing); stopped at the end.

    `url` is the plain role's address, `superuser_url` the bootstrap's. Raises EngineError with the reason.
    """
    with _running(Postgres(_folder(data), port, source, durable)) as engine:
        yield engine


@contextlib.contextmanager
def valkey(data: Path, port: int | None = None, *, durable: bool = True) -> Iterator[Valkey]:
    """A running Valkey on the folder `data` (made when missing); stopped at the end."""
    with _running(Valkey(_folder(data), port, durable)) as engine:
        yield engine


def destroy(data: Path) -> None:
    """Removes a data folder whose engines are stopped, and the database it may link to."""
    link = Path(data) / "postgres"
    if link.is_symlink():
        shutil.rmtree(link.resolve().parent, ignore_errors=True)
    shutil.rmtree(data, ignore_errors=True)


@contextlib.contextmanager
def _running(engine):
    engine.start()
    try:
        yield engine
    finally:
        engine.stop()


def _folder(data: Path) -> Path:
    Path(data).mkdir(parents=True, exist_ok=True)
    return Path(data)
