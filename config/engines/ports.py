"""Which TCP port a process gets, and why one cannot be had."""

import contextlib
import errno
import random
import socket
import time

from .errors import EngineError

# Below the ports that Linux and macOS hand to outgoing connections, so that an engine which is
# restarted after a crash doesn't find its port used by one of its own clients.
CHOICE = range(15_000, 32_000)


def trouble(port: int, host: str = "127.0.0.1") -> str | None:
    """Why nobody can listen on `host:port` now, None when it is free."""
    try:
        family, kind, proto, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, proto) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except (OSError, OverflowError) as error:
        return "in use by another program" if _in_use(error) else f"not to be had ({error})"
    # macOS lets a second program bind one address of a port that another holds for all of them.
    return "in use by another program" if answers(port, reach(host)) else None


def _in_use(error: Exception) -> bool:
    return getattr(error, "errno", None) == errno.EADDRINUSE


def reach(host: str) -> str:
    """The address under which a program that listens on `host` is reached from this machine."""
    return {"0.0.0.0": "127.0.0.1", "": "127.0.0.1", "::": "::1"}.get(host, host)


def listening_url(host: str, port: int) -> str:
    """`http://host:port`, with brackets round an IPv6 address."""
    name = reach(host)
    return f"http://[{name}]:{port}" if ":" in name else f"http://{name}:{port}"


def answers(port: int, host: str = "127.0.0.1", patience: float = 2) -> bool:
    """Whether a connection to `host:port` is accepted within `patience` seconds."""
    with contextlib.suppress(OSError), socket.create_connection((host, port), timeout=patience):
        return True
    return False


def free_port(preferred: int | None = None) -> int:
    """`preferred` when it is free, else a random free port on 127.0.0.1."""
    for port in [preferred] * bool(preferred) + random.sample(CHOICE, 200):
        if not trouble(port):
            return port
    raise EngineError("No free TCP port between 15000 and 32000 on 127.0.0.1.")


def until(condition, patience: float, step: float = 0.03) -> bool:
    """Whether `condition()` became true within `patience` seconds."""
    end = time.monotonic() + patience
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(step)
    return True
