"""`./start`: in which order the parts of Resonanz start, and how all of them end."""

import argparse
import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from . import preparation, programs
from .embedded import EngineError, Postgres, Valkey
from .engines import folder
from .engines.ports import listening_url, trouble
from .engines.supervision import Supervision
from .readiness import wait_until_ready

ROOT = Path(__file__).resolve().parent.parent
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
DETACHED = "RESONANZ_DETACHED"


class Stopped(BaseException):
    """Somebody asked us to end."""


def main() -> int:
    options = parse(sys.argv[1:])
    data = Path(options.data).absolute()
    try:
        if options.stop:
            return stop(data)
        return detach(options, data) if options.detach else run(options, data)
    except EngineError as error:
        print(f"Error: {error}", file=sys.stderr, flush=True)
        return 1
    except (Stopped, KeyboardInterrupt):
        return 0


def parse(words: list[str]) -> argparse.Namespace:
    about = "Starts Resonanz with all it needs; Ctrl-C ends it."
    parser = argparse.ArgumentParser(prog="./start", description=about)
    parser.add_argument("--port", type=int, default=8000, help="port of the web pages and the API (8000)")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (127.0.0.1)")
    parser.add_argument("--data", default=str(ROOT / "var"), help="folder of database, secrets, logs (var)")
    parser.add_argument("--no-demo", action="store_true", help="begin with an empty agency")
    parser.add_argument("--detach", action="store_true", help="go on in the background once it is ready")
    parser.add_argument("--stop", action="store_true", help="end the one that runs with this data folder")
    return parser.parse_args(words)


def stop(data: Path) -> int:
    """Ends a running start and whatever a killed one left; returns when all of it is gone."""
    other = folder.running(data)
    if other:
        print(f"Stopping Resonanz at {other.url} ...", flush=True)
        folder.end_leftover(folder.mark(data), patience=60)
    left = folder.end_leftovers(data)
    if left:
        print(f"Ended what an earlier start had left: {', '.join(left)}.")
    print("Stopped." if other or left else f"Nothing runs with the data folder {data}.")
    return 0


def detach(options: argparse.Namespace, data: Path) -> int:
    """Runs the same start in a session of its own and returns once it is ready, or has failed."""
    words = ["--port", str(options.port), "--host", options.host, "--data", str(data)]
    words += ["--no-demo"] * options.no_demo
    child = subprocess.Popen(
        [sys.executable, "-m", "config.launch", *words],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        env=os.environ | {DETACHED: "1"},
    )
    for number in SIGNALS:
        signal.signal(number, lambda *_: child.terminate())
    for line in child.stdout:
        with contextlib.suppress(BrokenPipeError):
            print(line, end="", flush=True)
    other = folder.running(data)
    return 0 if other and other.ready and other.pid == child.pid else child.wait() or 1


def run(options: argparse.Namespace, data: Path) -> int:
    """Starts everything and watches over it until a signal comes."""
    detached = os.environ.pop(DETACHED, "")
    url = listening_url(options.host, options.port)
    _listen_to_signals(detached)
    with folder.claimed(data, url) as lock:
        say = preparation.Voice(data / "logs" / "start.log")
        supervision = Supervision(say)
        try:
            summary = _start(options, data, supervision, say)
            folder.write(lock, url, "ready")
            print("\n".join(["", f"URL: {url}/", *summary, "", _farewell(detached, data)]), flush=True)
            if detached:
                _leave_the_terminal(data)
            _watch(supervision)
        except Stopped:
            say("Stopping ...")
        finally:
            _ignore_signals()
            supervision.stop()
            folder.end_leftovers(data)
        say("Stopped.")
    return 0


def _start(options: argparse.Namespace, data: Path, supervision: Supervision, say) -> list[str]:
    """Everything up to the answer of /readyz; returns the lines to show at the end."""
    left = folder.end_leftovers(data)
    if left:
        say(f"Ended what an earlier start had left: {', '.join(left)}")
    reason = trouble(options.port, options.host)
    if reason:
        raise EngineError(f"Port {options.port} on {options.host} is {reason}. Choose another with --port.")
    environment = programs.settings(data, options.host, options.port, _start_engines(data, supervision, say))
    (ROOT / "var" / "current").write_text(f"{data}\n")
    summary = preparation.prepare(data, environment, say, demo=not options.no_demo)
    if "SANDBOX_URL" not in os.environ:
        supervision.start(programs.sandbox(data, environment))
    supervision.start(programs.web(data, environment, options.host, options.port))
    supervision.start(programs.worker(data, environment, "short", 2))
    supervision.start(programs.worker(data, environment, "long", 1))
    supervision.start(programs.beat(data, environment))
    say("Web, worker, beat and sandbox network started; waiting until they are ready ...")
    wait_until_ready(listening_url(options.host, options.port), supervision)
    return summary


def _start_engines(data: Path, supervision: Supervision, say) -> dict[str, str]:
    """Starts the engines whose address is not given; returns the addresses of those started."""
    wanted = {"DATABASE_URL": Postgres, "REDIS_URL": Valkey}
    addresses = {}
    for name, engine_class in wanted.items():
        if name not in os.environ:
            engine = engine_class(data).start()
            supervision.watch(engine.process)
            addresses[name] = engine.url
            say(f"{engine.title} runs on port {engine.port}")
    return addresses


def _watch(supervision: Supervision) -> None:
    while True:
        supervision.look()
        time.sleep(0.2)


def _farewell(detached: str, data: Path) -> str:
    return f"It runs in the background; end it with: {folder.stop_command(data)}" if detached else "Ctrl-C ends it."


def _listen_to_signals(detached: str) -> None:
    def end(*_):
        _ignore_signals()
        raise Stopped

    for number in SIGNALS:
        signal.signal(number, end)
    if detached:
        signal.signal(signal.SIGHUP, signal.SIG_IGN)


def _ignore_signals() -> None:
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)


def _leave_the_terminal(data: Path) -> None:
    """Lets go of the pipe of the command that waits for us; what comes later is in the log."""
    with open(data / "logs" / "start.log", "ab") as log:
        for descriptor in (1, 2):
            os.dup2(log.fileno(), descriptor)


if __name__ == "__main__":
    sys.exit(main())
