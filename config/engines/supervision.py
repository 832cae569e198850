"""Which processes must run, when a dead one is started again, and in which order all of them end."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from .errors import EngineError
from .process import Process, ending

PAUSES = (0.2, 1, 3, 10, 20)
STABLE = 30
"""Seconds a process runs before its earlier deaths are forgotten."""


@dataclass
class Watched:
    """A process, how often it died in a row, and when it is due to be started again."""

    process: Process
    deaths: int = 0
    started: float = 0
    due: float | None = None


class Supervision:
    """Keeps processes running; `say` gets a line for each death and each restart."""

    def __init__(self, say: Callable[[str], None], now: Callable[[], float] = time.monotonic):
        self.say = say
        self.now = now
        self.watched: list[Watched] = []

    def watch(self, process: Process) -> None:
        """Takes over a process that was started."""
        self.watched.append(Watched(process, started=self.now()))

    def start(self, process: Process) -> None:
        process.start()
        self.watch(process)

    def look(self) -> None:
        """One round: notices deaths and starts again what is due."""
        for watched in self.watched:
            if watched.due is None and not watched.process.running:
                self._mourn(watched)
            if watched.due is not None and watched.due <= self.now():
                self._revive(watched)

    def deaths(self, name: str) -> int:
        """How often in a row the process of this name died."""
        return sum(watched.deaths for watched in self.watched if watched.process.name == name)

    def stop(self) -> None:
        """Ends all: the last started is asked first, engines end after those who use them."""
        users = [watched.process for watched in self.watched if not watched.process.engine]
        engines = [watched.process for watched in self.watched if watched.process.engine]
        for process in reversed(users):
            process.ask_to_stop()
        for process in [*reversed(users), *reversed(engines)]:
            self._stop(process)

    def _stop(self, process: Process) -> None:
        try:
            process.stop()
        except EngineError as error:
            self.say(str(error))

    def _mourn(self, watched: Watched) -> None:
        if self.now() - watched.started > STABLE:
            watched.deaths = 0
        pause = PAUSES[min(watched.deaths, len(PAUSES) - 1)]
        watched.deaths += 1
        watched.due = self.now() + pause
        process = watched.process
        self.say(f"{process.name} {ending(process.returncode)}; starting it again in {pause:g} s")

    def _revive(self, watched: Watched) -> None:
        watched.started, watched.due = self.now(), None
        try:
            watched.process.kill()
            watched.process.start()
        except (EngineError, OSError) as error:
            self.say(f"{watched.process.name}: {error}")
        else:
            self.say(f"{watched.process.name} started again")
