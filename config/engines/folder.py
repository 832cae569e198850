"""One `./start` per data folder: who holds the lock, where it answers, and what a killed one left."""

import contextlib
import fcntl
import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .errors import EngineError
from .process import ask_leftover, end_leftover, held

ENGINES = ("valkey", "postgres")


@dataclass(frozen=True)
class Running:
    """A `./start` that holds the lock of a data folder."""

    pid: int
    url: str
    ready: bool


def mark(data: Path) -> Path:
    return data / "run" / "start"


def running(data: Path) -> Running | None:
    """Who runs on this data folder now."""
    if not held(mark(data)):
        return None
    words = mark(data).read_text().split() + ["", "", "", ""]
    return Running(int(words[0] or 0), words[2], words[3] == "ready")


@contextlib.contextmanager
def claimed(data: Path, url: str) -> Iterator[int]:
    """Holds the lock of the folder; yields its descriptor. Raises EngineError when another start holds it."""
    make(data)
    descriptor = os.open(mark(data), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise EngineError(_refusal(data)) from None
        write(descriptor, url)
        yield descriptor
    finally:
        os.close(descriptor)


def write(descriptor: int, url: str, state: str = "starting") -> None:
    """Notes who holds the lock, where it answers and whether it is ready."""
    os.truncate(descriptor, 0)
    os.pwrite(descriptor, f"{os.getpid()} {int(signal.SIGTERM)} {url} {state}\n".encode(), 0)


def make(data: Path) -> None:
    """The folder and its parts. Raises EngineError when it cannot be written."""
    try:
        for part in (data, data / "run", data / "logs"):
            part.mkdir(parents=True, exist_ok=True)
        (data / "logs").chmod(0o700)
        (data / "run" / "start").touch(mode=0o600)
    except OSError as error:
        raise EngineError(f"The data folder {data} cannot be written ({error}); see --data.") from error


def end_leftovers(data: Path) -> list[str]:
    """Ends the processes of a start that was itself killed, engines last; returns their names."""
    marks = {path.name: path for path in (data / "run").glob("*") if path.name != "start"}
    names = sorted(marks, key=lambda name: ENGINES.index(name) if name in ENGINES else -1)
    for name in set(names) - set(ENGINES):
        ask_leftover(marks[name])
    return [name for name in names if end_leftover(marks[name])]


def _refusal(data: Path) -> str:
    other = running(data)
    if not other:
        return "Another start is under way with this data folder; try again."
    verb = "already runs at" if other.ready else "is just being started at"
    return f"Resonanz {verb} {other.url} with the data folder {data}. Stop it with: {stop_command(data)}"


def stop_command(data: Path) -> str:
    default = Path(__file__).resolve().parents[2] / "var"
    return "./start --stop" + ("" if data == default else f" --data '{data}'")
