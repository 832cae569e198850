"""How the embedded Valkey (a Redis) is configured and started."""

import contextlib
import os
import secrets
import socket
from pathlib import Path

from . import envfile
from .installation import find_valkey
from .ports import free_port
from .process import Process, end_leftover, wait_until_ready

CONFIGURATION = """bind 127.0.0.1
port {port}
requirepass {password}
dir .
appendonly {durable}
appendfsync everysec
save ""
daemonize no
logfile ""
"""


class Valkey:
    """One server with its files in `data/valkey`; password and port are kept in `data/engines`.

    data: an existing folder. port: None keeps the last or takes a free one. durable: False keeps nothing.
    """

    title = "Valkey"

    def __init__(self, data: Path, port: int | None = None, durable: bool = True):
        self.data = Path(data).absolute()
        self.port = port
        self.durable = durable
        self.notes = self.data / "engines"
        self.mark = self.data / "run" / "valkey"
        self.password = ""
        self.process = None

    @property
    def url(self) -> str:
        """Address for Redis clients, database 0."""
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.running

    def start(self, patience: float = 120) -> "Valkey":
        """Starts the server and waits until it answers. Raises EngineError with the end of the log."""
        end_leftover(self.mark)
        self._configure()
        self.process = Process(
            "valkey",
            [str(find_valkey()), "valkey.conf"],
            mark=self.mark,
            log=self.data / "logs" / "valkey.log",
            env={"PATH": os.defpath, "LC_ALL": "C"},
            cwd=self.data / "valkey",
            engine=True,
        )
        self.process.start()
        try:
            wait_until_ready(self.process, self.ready, patience)
        except BaseException:
            self.process.stop()
            raise
        return self

    def stop(self) -> None:
        if self.process:
            self.process.stop()

    def kill(self) -> None:
        """kill -9, as in a crash."""
        if self.process:
            self.process.kill()

    def restart(self) -> "Valkey":
        self.stop()
        return self.start()

    def ready(self) -> bool:
        """Whether it answers PING, which it refuses while it reads its file after a crash."""
        with (
            contextlib.suppress(OSError),
            socket.create_connection(("127.0.0.1", self.port), timeout=5) as line,
        ):
            line.sendall(f"AUTH {self.password}\r\nPING\r\n".encode())
            return b"+PONG" in _lines(line, 2)
        return False

    def _configure(self) -> None:
        notes = envfile.keep(self.notes, VALKEY_PASSWORD=secrets.token_urlsafe)
        self.password = notes["VALKEY_PASSWORD"]
        self.port = free_port(self.port or int(notes.get("VALKEY_PORT", 0)))
        envfile.change(self.notes, VALKEY_PORT=self.port)
        (self.data / "valkey").mkdir(mode=0o700, exist_ok=True)
        durable = "yes" if self.durable else "no"
        text = CONFIGURATION.format(port=self.port, password=self.password, durable=durable)
        envfile.write_private(self.data / "valkey" / "valkey.conf", text)


def _lines(line: socket.socket, count: int) -> bytes:
    answer = b""
    while answer.count(b"\r\n") < count and (more := line.recv(1000)):
        answer += more
    return answer
