"""The product's web server as `./start` runs it, and somebody who asks it for pages, one at a time."""

import gzip
import http.client
import re
import time
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from pathlib import Path
from time import perf_counter

from config import programs
from config.engines.ports import answers, free_port, listening_url, until
from config.engines.process import Process

from .database import environment, execute

PATIENCE = 60
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="(\w+)"')
BACKENDS = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"


@dataclass(frozen=True)
class Answer:
    """One answer; `ms` until its last byte came, `sent` the bytes on the way, `cpu` ms of web and database or None."""

    status: int
    ms: float
    cpu: float | None
    sent: int
    body: bytes
    headers: http.client.HTTPMessage


@dataclass
class Server:
    port: int
    process: Process

    def cpu(self) -> float | None:
        """Milliseconds that its workers and their sessions in the database have computed; None where nobody counts."""
        try:
            workers = Path(f"/proc/{self.process.child.pid}/task/{self.process.child.pid}/children").read_text().split()
            pids = [*workers, *(str(pid) for (pid,) in execute(BACKENDS))]
            return sum(map(_computed, pids)) / 1e6
        except OSError:
            return None


def _computed(pid: str) -> int:
    """Nanoseconds of all threads of a process; a thread that just ended counts as nothing."""
    found = 0
    for thread in Path(f"/proc/{pid}/task").iterdir():
        with suppress(FileNotFoundError):
            found += int((thread / "schedstat").read_text().split()[0])
    return found


@contextmanager
def serving(folder: Path) -> Iterator[Server]:
    """Gunicorn with its two workers on this run's database."""
    port = free_port()
    seen = environment(folder) | {"BASE_URL": listening_url("127.0.0.1", port)}
    process = programs.web(folder, seen, "127.0.0.1", port)
    process.start()
    try:
        if not until(lambda: answers(port), PATIENCE):
            raise RuntimeError(process.failure())
        yield Server(port, process)
    finally:
        process.stop()


@dataclass
class Browser:
    """Keeps its cookies; each request has a connection of its own, so that both workers get their turn."""

    server: Server
    cookies: dict[str, str] = field(default_factory=dict)

    def get(self, address: str) -> Answer:
        return self._ask("GET", address)

    def sign_in(self, email: str, password: str) -> None:
        token = TOKEN.findall(self.get("/sign-in/").body.decode())[-1]
        told = {"username": email, "password": password, "csrfmiddlewaretoken": token}
        answer = self._ask("POST", "/sign-in/", urllib.parse.urlencode(told))
        if answer.status != 302:
            raise RuntimeError(f"{email} can't sign in: {answer.status}")

    def _ask(self, method: str, address: str, body: str | None = None) -> Answer:
        headers = {
            "Accept-Encoding": "gzip",
            "Content-Type": "application/x-www-form-urlencoded",
            "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
        }
        computed = self.server.cpu()
        begin = perf_counter()
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=PATIENCE)
        connection.request(method, address, body, headers)
        answer = connection.getresponse()
        sent = answer.read()
        ms = (perf_counter() - begin) * 1000
        connection.close()
        time.sleep(0.002)  # the worker counts its work only after it has put the answer on the way
        after = self.server.cpu()
        self._keep(answer.headers.get_all("Set-Cookie", ()))
        packed = answer.headers.get("Content-Encoding") == "gzip"
        cpu = None if computed is None or after is None else after - computed
        return Answer(answer.status, ms, cpu, len(sent), gzip.decompress(sent) if packed else sent, answer.headers)

    def _keep(self, given: list[str]) -> None:
        for one in given:
            self.cookies |= {name: morsel.value for name, morsel in SimpleCookie(one).items()}
