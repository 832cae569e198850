"""One child process: how it is started, recognised when its parent was killed, and ended with all it started.

Each process holds a lock on its mark (a file with its process id), and so do the processes it starts, because
a lock taken with flock belongs to the open file and open files are inherited. A mark that can be locked is
stale; one that cannot belongs to a process that still runs. No process id is trusted without it.
"""

import contextlib
import fcntl
import os
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from .errors import EngineError, tail
from .ports import until

LOG_LIMIT = 20 * 1024 * 1024


class Identity(NamedTuple):
    """The user a process runs as."""

    uid: int
    gid: int


@dataclass
class Process:
    """A command with its mark and log.

    prepare: called before each start. engine: others need it to end well. patience: seconds to end.
    """

    name: str
    argv: list[str]
    mark: Path
    log: Path
    env: dict[str, str]
    cwd: Path
    identity: Identity | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    patience: float = 10
    prepare: Callable[[], None] | None = None
    engine: bool = False
    child: subprocess.Popen | None = field(default=None, repr=False)

    def start(self) -> None:
        """Ends what an earlier start left, then starts the command; does not wait until it is ready."""
        end_leftover(self.mark)
        if self.prepare:
            self.prepare()
        self.log.parent.mkdir(parents=True, exist_ok=True)
        _rotate(self.log)
        mark = _claim(self.mark)
        try:
            with open(self.log, "ab") as log:
                self.child = self._spawn(mark, log)
        finally:
            os.close(mark)

    def _spawn(self, mark: int, log) -> subprocess.Popen:
        stop_signal = int(self.stop_signal)

        def sign():
            # In the child, before exec: a parent killed at this moment would leave a nameless child.
            os.write(mark, f"{os.getpid()} {stop_signal}\n".encode())

        return subprocess.Popen(
            self.argv,
            cwd=self.cwd,
            env=self.env,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            pass_fds=(mark,),
            preexec_fn=sign,
            umask=0o077,
            **as_user(self.identity),
        )

    @property
    def running(self) -> bool:
        return self.child is not None and self.child.poll() is None

    @property
    def returncode(self) -> int | None:
        return self.child.returncode if self.child else None

    def ask_to_stop(self) -> None:
        """Sends the stop signal to the process alone (it stops its own children) and returns."""
        if self.running:
            self.child.send_signal(self.stop_signal)

    def stop(self) -> None:
        """Graceful end within `patience` seconds, then the hard one; returns when all of it is gone."""
        self.ask_to_stop()
        if self.child:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.child.wait(self.patience)
        self.kill()

    def kill(self) -> None:
        """kill -9 for the process and everything it started; returns when all of it is gone."""
        end_leftover(self.mark, patience=0)
        if self.child:
            self.child.wait()

    def failure(self) -> str:
        """How it ended and what it said last, for an error message."""
        return f"{self.name} {ending(self.returncode)}; the end of {self.log}:\n{tail(self.log)}"


def as_user(identity: Identity | None) -> dict:
    """Arguments for subprocess that run a command as this user, without other groups."""
    return {"user": identity.uid, "group": identity.gid, "extra_groups": []} if identity else {}


def ending(returncode: int | None) -> str:
    """A return code in words."""
    if returncode is None:
        return "does not answer"
    return f"was killed by signal {-returncode}" if returncode < 0 else f"ended with code {returncode}"


def held(mark: Path) -> tuple[int, int] | None:
    """Process id and stop signal of the running process the mark belongs to, or None."""
    try:
        mark_fd = os.open(mark, os.O_RDWR)
    except FileNotFoundError:
        return None
    except PermissionError as error:
        raise EngineError(f"{mark} belongs to another user: use the account that started it.") from error
    try:
        fcntl.flock(mark_fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        words = os.read(mark_fd, 200).split()
        return (int(words[0]), int(words[1])) if len(words) >= 2 else (0, 0)
    finally:
        os.close(mark_fd)
    return None


def end_leftover(mark: Path, patience: float = 10) -> bool:
    """Ends a process that outlived its parent, gently for `patience` seconds; whether there was one.

    Raises EngineError when it cannot be ended.
    """
    found = held(mark)
    if not found:
        return False
    if patience and ask_leftover(mark):
        until(lambda: not held(mark), patience)
    if held(mark):
        _kill_all(mark, found[0])
    return True


def ask_leftover(mark: Path) -> bool:
    """Sends its stop signal to the process the mark belongs to; whether there was one to hear it."""
    pid, stop_signal = held(mark) or (0, 0)
    if pid:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, stop_signal)
            return True
    return False


def _kill_all(mark: Path, pid: int) -> None:
    _kill_group(pid)
    if until(lambda: not held(mark), 3):
        return
    for holder in _holders(mark):
        with contextlib.suppress(ProcessLookupError):
            os.kill(holder, signal.SIGKILL)
    if not until(lambda: not held(mark), 5):
        raise EngineError(f"Process {pid} of an earlier start cannot be ended; end it by hand.")


def _kill_group(pid: int) -> None:
    if pid:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, signal.SIGKILL)


def _holders(mark: Path) -> list[int]:
    """Ids of the processes that have the mark open, also in other sessions (Linux only, else empty)."""
    own, wanted = os.getpid(), os.stat(mark)
    pids = [int(entry.name) for entry in Path("/proc").glob("[0-9]*") if int(entry.name) != own]
    return [pid for pid in pids if _has_open(pid, wanted)]


def _has_open(pid: int, wanted: os.stat_result) -> bool:
    try:
        descriptors = os.listdir(f"/proc/{pid}/fd")
    except OSError:
        return False
    for descriptor in descriptors:
        with contextlib.suppress(OSError):
            if os.path.samestat(os.stat(f"/proc/{pid}/fd/{descriptor}"), wanted):
                return True
    return False


def _claim(mark: Path) -> int:
    mark.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(mark, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise EngineError(f"Another start is under way here ({mark} is locked).") from None
    os.truncate(descriptor, 0)
    return descriptor


def _rotate(log: Path) -> None:
    with contextlib.suppress(FileNotFoundError):
        if log.stat().st_size > LOG_LIMIT:
            os.replace(log, log.with_suffix(".log.1"))


def wait_until_ready(process: Process, ready: Callable[[], bool], patience: float) -> None:
    """Returns when `ready()`. Raises EngineError when the process ends or `patience` seconds are over."""
    end = time.monotonic() + patience
    while not ready():
        if not process.running or time.monotonic() > end:
            raise EngineError(process.failure())
        time.sleep(0.03)
