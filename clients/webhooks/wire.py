"""One webhook over HTTP: sent once to an address of the public internet, bounded in time and size, never redirected."""

import socket
import ssl
import threading
import time
from collections.abc import Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from urllib.parse import SplitResult, urlsplit

from requests.certs import where

from clients.networks import guard

CONNECT_SECONDS = 5  # to one of the addresses, and as much for TLS
CALL_SECONDS = 15  # for all of it
ANSWER_BYTES = 64 * 1024  # the rest is not read; nothing is decompressed
SHOWN_BYTES = 2 * 1024
PORTS = {"https": 443, "http": 80}
INSIDE = "The address does not lead to the public internet."


@dataclass(frozen=True)
class Outcome:
    """What came of a call: a `status`, or None and the `error` in words. `answer` is its first 2 KB as text."""

    status: int | None
    error: str
    answer: str
    milliseconds: int
    retry_after: str = ""

    @property
    def taken(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


def post(url: str, body: bytes, headers: Mapping[str, str], *, trusted: bool = False) -> Outcome:
    """Send it and hear what the other side says; never raises. Only a `trusted` address may lie in our own network."""
    began = time.monotonic()
    try:
        with _line(urlsplit(url), began + CALL_SECONDS, trusted) as line:
            said = _ask(line, urlsplit(url), body, headers)
    except guard.Inside:
        said = None, INSIDE, "", ""
    except (OSError, HTTPException, ValueError) as error:
        said = None, _words(error), "", ""
    seconds = time.monotonic() - began
    if seconds >= CALL_SECONDS:  # what was cut off may look like a whole answer
        said = None, f"No answer within {CALL_SECONDS} seconds.", "", ""
    status, error, answer, retry_after = said
    return Outcome(status, error, answer, round(seconds * 1000), retry_after)


@contextmanager
def _line(place: SplitResult, end: float, trusted: bool):
    """A connection that is cut at `end` (of the monotonic clock), whatever is being waited for then."""
    host, port = place.hostname or "", place.port or PORTS[place.scheme]
    connect = socket.create_connection if trusted else lambda there, timeout: guard.connect(*there, timeout)
    line = connect((host, port), timeout=CONNECT_SECONDS)
    cut = threading.Timer(max(0, end - time.monotonic()), lambda: _cut(line))
    cut.daemon = True
    cut.start()
    try:
        if place.scheme == "https":
            secure = ssl.create_default_context(cafile=where())
            line = secure.wrap_socket(line, server_hostname=host, do_handshake_on_connect=False)
            line.do_handshake()
        line.settimeout(CALL_SECONDS)
        yield line
    finally:
        cut.cancel()
        line.close()


def _cut(line: socket.socket) -> None:
    try:
        socket.socket.shutdown(line, socket.SHUT_RDWR)
    except OSError:  # it is closed already
        pass


def _ask(line: socket.socket, place: SplitResult, body: bytes, headers: Mapping[str, str]) -> tuple[int, str, str, str]:
    connection = HTTPConnection(place.hostname, place.port or PORTS[place.scheme])
    connection.default_port = PORTS[place.scheme]
    connection.sock = line
    path = (place.path or "/") + (f"?{place.query}" if place.query else "")
    connection.request("POST", path, body, dict(headers) | {"Accept-Encoding": "identity", "Connection": "close"})
    answer = connection.getresponse()
    said = answer.read(ANSWER_BYTES)[:SHOWN_BYTES].decode("utf-8", "replace").replace("\0", "\ufffd")
    return answer.status, "", said, answer.headers.get("Retry-After", "")


def _words(error: Exception) -> str:
    kinds = (
        (socket.gaierror, "The name has no address."),
        (ssl.SSLCertVerificationError, "Its certificate is not valid."),
        (ssl.SSLError, "No secure connection."),
        (TimeoutError, "No connection in time."),
        (ConnectionRefusedError, "The connection was refused."),
        (ConnectionError, "The connection broke."),
        (HTTPException, "It does not answer as HTTP."),
        (OSError, "It can't be reached."),
    )
    return next((words for kind, words in kinds if isinstance(error, kind)), "The address is not usable.")
