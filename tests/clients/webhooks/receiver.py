"""A receiver of webhooks as others build it: over HTTP, checked with the public library alone."""

import contextlib
import threading
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from standardwebhooks import Webhook, WebhookVerificationError


@dataclass(frozen=True)
class Said:
    """How to answer: a status with headers and a body, after a pause in seconds; `drip` sends a header bit by bit."""

    status: int = 204
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    pause: float = 0
    drip: float = 0


class Receiver:
    """Takes what comes and answers as `says` does; `heard` lists (id, payload), payload None where no secret fits."""

    def __init__(self):
        self.secrets: list[str] = []
        self.heard: list[tuple[str, dict | None]] = []
        self.headers: list[dict[str, str]] = []
        self.calls: list[tuple[str, float, float]] = []
        self.says = lambda payload: Said()
        self._lock = threading.Lock()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/hooks?from=resonanz"

    @property
    def types(self) -> list[str]:
        return [payload["type"] for _, payload in self.heard]

    def end(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def take(self, headers: dict[str, str], body: bytes) -> Said:
        began, payload = time.monotonic(), self._verified(headers, body)
        with self._lock:
            self.heard.append((headers["webhook-id"], payload))
            self.headers.append(headers)
            said = self.says(payload)
        time.sleep(said.pause)
        self.calls.append((headers["webhook-id"], began, time.monotonic()))
        return said

    def _verified(self, headers: dict[str, str], body: bytes) -> dict | None:
        for secret in self.secrets:
            with contextlib.suppress(WebhookVerificationError):
                return Webhook(secret).verify(body, headers)
        return None

    def _handler(receiver):  # noqa: N805
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                said = receiver.take({name.lower(): value for name, value in self.headers.items()}, body)
                with contextlib.suppress(OSError):
                    if said.drip:
                        self._drip(said.drip)
                    self.send_response(said.status)
                    for name, value in (*said.headers, ("Content-Length", str(len(said.body)))):
                        self.send_header(name, value)
                    self.end_headers()
                    self.wfile.write(said.body)

            def _drip(self, seconds: float):
                self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
                end = time.monotonic() + seconds
                while time.monotonic() < end:
                    self.wfile.write(b"x")
                    self.wfile.flush()
                    time.sleep(0.02)

            def log_message(self, *args):
                pass

        return Handler
