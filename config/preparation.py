"""What is done before the processes of Resonanz start: schema, first data, static files."""

import contextlib
import fcntl
import hashlib
import subprocess
import sys
import time
from pathlib import Path

from .engines.errors import EngineError, tail

ROOT = Path(__file__).resolve().parent.parent


class Voice:
    """Says a line on the terminal and, with the time, in a log."""

    def __init__(self, log: Path):
        self.log = log

    def __call__(self, text: str) -> None:
        with contextlib.suppress(OSError), open(self.log, "a") as log:
            log.write(f"{time.strftime('%Y-%m-%d %H:%M:%S')} {text}\n")
        if sys.stdout.isatty() or not self._shown_by_log():
            with contextlib.suppress(OSError):
                print(text, flush=True)

    def _shown_by_log(self) -> bool:
        """Whether standard output was turned into the same log."""
        with contextlib.suppress(OSError):
            return self.log.samefile("/dev/stdout")
        return False


def prepare(data: Path, environment: dict[str, str], say, demo: bool) -> list[str]:
    """Migrates, makes the first data, collects static files; returns the logins and tokens to show.

    Raises EngineError with the end of the log of the step that failed.
    """
    began = time.monotonic()
    say("Bringing the database up to date ...")
    manage(data, environment, "migrate", "--noinput")
    say(f"Database is up to date ({time.monotonic() - began:.1f} s)")
    lines = manage(data, environment, "first_run", *([] if demo else ["--no-demo"])).splitlines()
    _collect_static(data, environment, say)
    return _with_token(lines, data / "token")


def manage(data: Path, environment: dict[str, str], command: str, *words: str) -> str:
    """Runs a command of manage.py and returns what it prints; its progress shows on a terminal."""
    log = data / "logs" / f"{command}.log"
    argv = [sys.executable, str(ROOT / "manage.py"), command, *words]
    with open(log, "ab") as errors:
        stderr = None if sys.stderr.isatty() else errors
        done = subprocess.run(
            argv,
            env=environment,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
        )
    if done.returncode:
        raise EngineError(f"manage.py {command} failed (code {done.returncode}):\n{done.stdout}\n{tail(log)}")
    return done.stdout


def _with_token(lines: list[str], token: Path) -> list[str]:
    if token.is_file() and not any(line.startswith("API token:") for line in lines):
        return [f"API token: {token.read_text().strip()}", *lines]
    return lines


def _collect_static(data: Path, environment: dict[str, str], say) -> None:
    """Only when a static file, a package or the goal has changed since the last time."""
    var = ROOT / "var"
    with open(var / "static.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        stamp = var / "static.stamp"
        if stamp.is_file() and stamp.read_text() == _static_stamp(environment):
            return
        say("Collecting static files ...")
        manage(data, environment, "collectstatic", "--noinput", "--clear", "--verbosity", "0")
        stamp.write_text(_static_stamp(environment))


def _static_stamp(environment: dict[str, str]) -> str:
    goal = environment.get("STATIC_ROOT", "")
    there = Path(goal or ROOT / "var" / "static").is_dir()
    digest = hashlib.sha256(f"{goal} {there}".encode() + (ROOT / "requirements.txt").read_bytes())
    for path in sorted(path for path in ROOT.glob("*/static/**/*") if path.is_file()):
        status = path.stat()
        digest.update(f"{path} {status.st_size} {status.st_mtime_ns}".encode())
    return digest.hexdigest()
