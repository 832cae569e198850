"""Which processes make up Resonanz beside its engines, and the settings they get."""

import base64
import os
import secrets
import signal
import sys
from pathlib import Path

from .engines import envfile
from .engines.ports import free_port, listening_url
from .engines.process import Process

ROOT = Path(__file__).resolve().parent.parent
LOCAL = "127.0.0.1,localhost,[::1]"


def field_key() -> str:
    """A new key for encrypted fields: 32 random bytes, base64."""
    return base64.urlsafe_b64encode(os.urandom(32)).decode()


def settings(data: Path, host: str, port: int, engines: dict[str, str]) -> dict[str, str]:
    """Environment of every process: what was given, over what `data/env` keeps, which is made complete here.

    `engines`: addresses of the engines that were started (DATABASE_URL, REDIS_URL).
    """
    path = data / "env"
    kept = envfile.keep(path, SECRET_KEY=secrets.token_urlsafe, RESONANZ_KEYS=field_key)
    if "SANDBOX_URL" not in os.environ:
        engines = engines | {"SANDBOX_URL": listening_url("127.0.0.1", _kept_port(kept.get("SANDBOX_URL")))}
    envfile.change(path, **engines, BASE_URL=listening_url(host, port))
    given = {**envfile.read(path), **os.environ}
    hosts = [given.get("ALLOWED_HOSTS", "" if host in LOCAL else host.replace("0.0.0.0", "*")), LOCAL]
    return given | {
        "ALLOWED_HOSTS": ",".join(filter(None, hosts)),
        "RESONANZ_DATA": str(data),
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "PYTHONUNBUFFERED": "1",
    }


def _kept_port(url: str | None) -> int:
    last = (url or "").rpartition(":")[2]
    return free_port(int(last) if last.isdigit() else None)


def sandbox(data: Path, environment: dict[str, str]) -> Process:
    """The network to play with; its port is the one in SANDBOX_URL."""
    port = environment["SANDBOX_URL"].rpartition(":")[2]
    words = ["clients.networks.sandbox_server", "--port", port, "--data", str(data / "sandbox.db")]
    return _python("sandbox", words, data, environment)


def web(data: Path, environment: dict[str, str], host: str, port: int) -> Process:
    address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    words = [
        "gunicorn",
        "config.wsgi:application",
        "--bind",
        address,
        "--worker-class",
        "gthread",
        "--workers",
        "2",
        "--threads",
        "8",
        "--timeout",
        "60",
        "--graceful-timeout",
        "8",
        "--no-control-socket",
    ]
    return _python("web", words, data, environment)


def worker(data: Path, environment: dict[str, str], queue: str, processes: int) -> Process:
    """The worker of one queue: long work in a queue of its own can't keep deadlines waiting."""
    words = [
        "celery",
        "-A",
        "config.celery:app",
        "worker",
        "--queues",
        queue,
        "--hostname",
        f"{queue}@%h",
        "--concurrency",
        str(processes),
        "--loglevel",
        "INFO",
        "--without-gossip",
        "--without-mingle",
    ]
    return _python(f"worker-{queue}", words, data, environment)


def beat(data: Path, environment: dict[str, str]) -> Process:
    words = [
        "celery",
        "-A",
        "config.celery:app",
        "beat",
        "--loglevel",
        "INFO",
        "--pidfile",
        "",
        "--schedule",
        str(data / "beat-schedule"),
    ]
    return _python("beat", words, data, environment)


def _python(name: str, words: list[str], data: Path, environment: dict[str, str]) -> Process:
    return Process(
        name,
        [sys.executable, "-m", *words],
        mark=data / "run" / name,
        log=data / "logs" / f"{name}.log",
        env=environment,
        cwd=ROOT,
        stop_signal=signal.SIGTERM,
        patience=12,
    )
