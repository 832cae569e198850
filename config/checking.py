"""`./test`: which checks run before a change lands, on which engines, and what counts as passed."""

import argparse
import contextlib
import fcntl
import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from . import chromium, embedded, programs
from .engines import envfile

ROOT = Path(__file__).resolve().parent.parent
SIDE_BY_SIDE = 4  # each has a database of its own on the one server
BROWSER_TESTS = "tests/browser"
MANAGE = [sys.executable, "manage.py"]
CHECKS = {
    "ruff check": [sys.executable, "-m", "ruff", "check", "."],
    "makemigrations --check": [*MANAGE, "makemigrations", "--check", "--dry-run"],
    "manage.py check": [*MANAGE, "check"],
}


def main() -> int:
    options, words = parse(sys.argv[1:])
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        with engines("test", options.postgres) as environment:
            failed = [] if words else _failed_checks(environment)
            browserless = _without_browser(words)
            code = _run(_pytest(options, words), environment)
    except embedded.EngineError as error:
        print(f"Error: {error}", file=sys.stderr)
        return 1
    if browserless:
        print(f"Browser tests were skipped: {browserless}", file=sys.stderr)
    if failed:
        print(f"Failed before the tests: {', '.join(failed)}", file=sys.stderr)
    return code or bool(failed)


def parse(words: list[str]) -> tuple[argparse.Namespace, list[str]]:
    """Our own options, and the words for pytest."""
    parser = argparse.ArgumentParser(
        prog="./test",
        allow_abbrev=False,
        description="Checks style, migrations and settings, then runs the tests on engines of its own.",
        epilog="Other words go to pytest, which then runs alone: ./test tests/clients -k hours",
    )
    parser.add_argument("--all", action="store_true", help="also the slow tests")
    parser.add_argument(
        "--postgres", choices=["wheel", "system"], help="which PostgreSQL (the wheel's, if it runs)"
    )
    return parser.parse_known_args(words)


def _pytest(options: argparse.Namespace, words: list[str]) -> list[str]:
    quick = [] if options.all or any(word.startswith("-m") for word in words) else ["-m", "not slow"]
    processes = str(min(os.cpu_count() or 1, SIDE_BY_SIDE))
    beside = [] if words else ["-n", processes, "--no-loadscope-reorder", "--durations=25", "--durations-min=3"]
    return [sys.executable, "-m", "pytest", *beside, *quick, *words]


@contextlib.contextmanager
def engines(name: str, source: str | None = None) -> Iterator[dict[str, str]]:
    """Environment of the checks; engines whose address isn't given run meanwhile, on files that are kept."""
    data = ROOT / "var" / (f"{name}-system" if source == "system" else name)
    (data / "run").mkdir(parents=True, exist_ok=True)
    kept = envfile.keep(data / "env", SECRET_KEY=secrets.token_urlsafe, RESONANZ_KEYS=programs.field_key)
    addresses = {"RESONANZ_DATA": str(data), "PYTHONUNBUFFERED": "1"}
    addresses |= {"API_PER_MINUTE": "1000000000", "API_PER_MINUTE_UNKNOWN": "1000000000"}  # counted, never reached
    with contextlib.ExitStack() as stack:
        stack.enter_context(_alone(data / "run" / "test"))
        if "DATABASE_URL" not in os.environ:
            database = stack.enter_context(embedded.postgres(data, source=source, durable=False))
            addresses["DATABASE_URL"] = database.url
        if "REDIS_URL" not in os.environ:
            addresses["REDIS_URL"] = stack.enter_context(embedded.valkey(data, durable=False)).url
        yield {**kept, **os.environ, **addresses}


@contextlib.contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Two runs on one database would disturb each other: the second waits."""
    with open(path, "a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("Another ./test runs here; waiting for it to end ...", flush=True)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _failed_checks(environment: dict[str, str]) -> list[str]:
    failed = []
    for name, argv in CHECKS.items():
        code = _run(argv, environment)
        print(f"{name}: {'failed' if code else 'ok'}", flush=True)
        failed += [name] * bool(code)
    return failed


def _without_browser(words: list[str]) -> str:
    """Why the browser tests that belong to this run will be skipped; brings a browser here where that can be done."""
    if words and not any(word.startswith(BROWSER_TESTS) for word in words):
        return ""
    found = chromium.prepare(ROOT / "var" / "chromium.log", lambda text: print(text, flush=True))
    reason = "" if found else chromium.missing()
    print(f"Browser tests: {reason and 'skipped, ' + reason or found}", flush=True)
    return reason


def _run(argv: list[str], environment: dict[str, str]) -> int:
    """Exit code of the command. On Ctrl-C it, too, got the signal: we wait for its last words."""
    with subprocess.Popen(argv, cwd=ROOT, env=environment) as child:
        try:
            return child.wait()
        except KeyboardInterrupt:
            return child.wait() or 130
        except SystemExit:
            child.terminate()
            raise


if __name__ == "__main__":
    sys.exit(main())
