"""How every network is called: bounded in time and size, no redirects, no retries, failures by class."""

import io
import json
import os
import threading
import time
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.cookiejar import DefaultCookiePolicy
from urllib.parse import urlencode, urlsplit

import requests
from urllib3.exceptions import HTTPError, NewConnectionError
from urllib3.filepost import encode_multipart_formdata

from clients.networks import guard
from clients.networks.types import Limited, Media, NetworkError, NotSent, Refused, Unauthorized, Unknown

CONNECT_SECONDS = 3
READ_SECONDS = 10  # between two parts of an answer
ANSWER_SECONDS = 30  # for the whole body of an answer
CALL_SECONDS = CONNECT_SECONDS + READ_SECONDS + ANSWER_SECONDS
LEAST_SECONDS = 1  # with less time left, no call begins
ANSWER_BYTES = 5 * 1024 * 1024
LONGEST_WAIT = 86_400.0
DEFAULT_WAIT = 60.0
REASON_LENGTH = 300
MOVED = {301, 307, 308}  # say that nothing was done; 302 and 303 often follow a write that was

_local = threading.local()


@dataclass(frozen=True, slots=True)
class Body:
    """What a call carries, as it stands on the wire."""

    mime: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the network said with a status of 200 to 299; `headers` are found in any case."""

    status: int
    headers: Mapping[str, str]
    content: bytes = field(repr=False)
    place: str

    def json(self) -> object:
        """The parsed content, None where there is none. Raises Unknown."""
        try:
            return json.loads(self.content) if self.content else None
        except (ValueError, RecursionError):
            raise Unknown(f"{self.place}: {self.status} with an unreadable answer") from None


def read(url: str, *, token: str = "", auth: str = "", params: dict | None = None, **more) -> object:
    """Asks for JSON and returns it parsed; raises a NetworkError. `more` are those of `call`."""
    return call("GET", url, auth=auth or bearer(token), params=params, **more).json()


def write(url: str, *, token: str = "", auth: str = "", payload: object, **more) -> object:
    """Sends JSON once and returns the answer parsed; raises a NetworkError, NotSent only when certain."""
    return call("POST", url, auth=auth or bearer(token), body=as_json(payload), **more).json()


def call(
    method: str,
    url: str,
    *,
    auth: str = "",
    params: dict | None = None,
    body: Body | None = None,
    headers: Mapping[str, str] | None = None,
    trusted: bool = False,
) -> Answer:
    """One request, sent once; raises a NetworkError, NotSent only when certain.

    `auth` is what `bearer` or `basic` makes. An address that is not `trusted` must lead to the public internet.
    """
    seconds = seconds_left()
    stream = _Stream(body.content, seconds) if body else None
    try:
        with _session(trusted).request(
            method, url, params=params, data=stream, headers=_headers(auth, body, headers), stream=True,
            allow_redirects=False, timeout=(min(CONNECT_SECONDS, seconds), min(READ_SECONDS, seconds)),
        ) as response:  # fmt: skip
            content = _bounded(response, min(ANSWER_SECONDS, seconds))
    except guard.Inside:
        failure = Refused("the address does not lead to the public internet")
    except (requests.RequestException, HTTPError, OSError, ValueError) as error:
        failure = _failure(error, url, stream)
    else:
        return _judged(response, content, auth)
    raise failure  # outside the except block: the original error holds the request with its token


def bearer(token: str) -> str:
    """`auth` for a token; none for the empty one."""
    return f"Bearer {token}" if token else ""


def basic(name: str, password: str) -> str:
    """`auth` for a name with its password."""
    return f"Basic {b64encode(f'{name}:{password}'.encode('utf-8', 'replace')).decode()}"


def as_json(payload: object) -> Body:
    return Body("application/json", json.dumps(payload).encode())


def form(fields: Mapping[str, str]) -> Body:
    """As a page's form sends it."""
    return Body("application/x-www-form-urlencoded", urlencode(fields).encode())


def parts(fields: Mapping[str, str | Media]) -> Body:
    """As a form with files sends it (multipart)."""
    content, mime = encode_multipart_formdata(
        [(name, _part(value) if isinstance(value, Media) else value) for name, value in fields.items()]
    )
    return Body(mime, content)


@contextmanager
def within(seconds: float = CALL_SECONDS) -> Iterator[None]:
    """All calls inside together take no longer than one may: a call that would begin too late raises NotSent."""
    before = getattr(_local, "deadline", None)
    _local.deadline = min(time.monotonic() + seconds, before or float("inf"))
    try:
        yield
    finally:
        _local.deadline = before


def seconds_left() -> float:
    """How long a call that begins now may take; raises NotSent where that is too short."""
    deadline = getattr(_local, "deadline", None)
    seconds = CALL_SECONDS if deadline is None else deadline - time.monotonic()
    if seconds < LEAST_SECONDS:
        raise NotSent("the calls before took too long")
    return seconds


def _part(media: Media) -> tuple[str, bytes, str]:
    return media.name, media.content, media.mime


class _Stream(io.BytesIO):
    """Knows whether it was touched: before that, no network can have received a whole request."""

    touched = False

    def __init__(self, content: bytes, seconds: float):
        super().__init__(content)
        self.deadline = time.monotonic() + seconds

    def read(self, *args):
        if time.monotonic() > self.deadline:
            raise TimeoutError("the network takes what it is sent too slowly")
        self.touched = True
        return super().read(*args)


def _session(trusted: bool) -> requests.Session:
    if not hasattr(_local, "sessions"):
        _local.sessions = {True: _new_session(), False: _new_session()}
        for scheme in ("http://", "https://"):
            _local.sessions[False].mount(scheme, guard.Adapter())
    return _local.sessions[trusted]


def _new_session() -> requests.Session:
    """No cookie passes from one client's account to another's, no proxy or password comes from outside."""
    session = requests.Session()
    session.trust_env = False
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    session.headers["User-Agent"] = "Resonanz"
    return session


def _forget_sessions() -> None:
    global _local
    _local = threading.local()


os.register_at_fork(after_in_child=_forget_sessions)  # a forked worker must not share its parent's sockets


def _headers(auth: str, body: Body | None, more: Mapping[str, str] | None) -> dict[str, str]:
    if not (auth.isascii() and auth.isprintable()) or auth != auth.strip() or "  " in auth:
        raise Unauthorized("the token contains characters that no header can carry")
    headers = {"Accept": "application/json"}
    if auth:
        headers["Authorization"] = auth
    if body:
        headers["Content-Type"] = body.mime
    return headers | dict(more or {})


def _bounded(response: requests.Response, seconds: float) -> bytes:
    deadline = time.monotonic() + seconds
    parts, size = [], 0
    for part in response.iter_content(65_536):
        parts.append(part)
        size += len(part)
        if size > ANSWER_BYTES or time.monotonic() > deadline:
            raise requests.exceptions.ContentDecodingError("answer too long")
    return b"".join(parts)


def _failure(error: Exception, url: str, stream: _Stream | None) -> NetworkError:
    if isinstance(error, ValueError) and not (stream and stream.touched):
        return Refused("the address of the network is not usable")
    what = f"{_place(url)}: {type(error).__name__}"
    return Unknown(what) if _left(error, stream) else NotSent(what)


def _left(error: Exception, stream: _Stream | None) -> bool:
    if stream is not None:
        return stream.touched
    cause = getattr(error.args[0], "reason", None) if error.args else None
    never = isinstance(error, requests.ConnectTimeout | requests.exceptions.SSLError)
    return not (never or isinstance(cause, NewConnectionError))


def _place(url: str) -> str:
    """Host and port only: a user:password in an address is not repeated."""
    return urlsplit(url).netloc.rpartition("@")[2]


def _judged(response: requests.Response, content: bytes, auth: str) -> Answer:
    status = response.status_code
    if 200 <= status < 300:
        return Answer(status, response.headers, content, _place(response.url))
    if status == 429:
        raise Limited(_wait(response.headers.get("Retry-After", "")))
    answer = _maybe_parsed(content)
    reason = _reason(response, answer, auth)
    if status in (401, 403):
        raise Unauthorized(reason, status, answer)
    if status in MOVED or (400 <= status < 500 and status != 408):
        raise Refused(reason, status, answer)
    raise Unknown(f"{_place(response.url)}: {reason}")


def _maybe_parsed(content: bytes) -> object:
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None


def _reason(response: requests.Response, answer: object, auth: str) -> str:
    """The status with what the network says of it; some networks repeat the token there, which is cut out."""
    told = _told(answer) or _moved(response) or response.reason or ""
    secret = auth.rpartition(" ")[2]
    return f"{response.status_code} {told.replace(secret, '…') if secret else told}"[:REASON_LENGTH]


def _told(answer: object) -> str:
    """As `error`, as its `message`, or as `message`, as the networks have it."""
    if not isinstance(answer, dict):
        return ""
    error = answer.get("error")
    inner = error.get("message") if isinstance(error, dict) else error
    return next((text for text in (inner, answer.get("message")) if isinstance(text, str)), "")


def _moved(response: requests.Response) -> str:
    there = response.headers.get("Location", "") if response.status_code in MOVED else ""
    return f"moved to {urlsplit(there)._replace(query='', fragment='').geturl()}" if _is_address(there) else ""


def _is_address(text: str) -> bool:
    try:
        return urlsplit(text).scheme in ("http", "https") and "@" not in text
    except ValueError:
        return False


def _wait(header: str) -> float:
    """Retry-After in seconds, given as seconds or as an HTTP date (RFC 9110 §10.2.3)."""
    if header.isascii() and header.isdigit() and len(header) < 10:
        return min(float(header), LONGEST_WAIT)
    try:
        seconds = (parsedate_to_datetime(header).astimezone(UTC) - datetime.now(UTC)).total_seconds()
    except (ValueError, TypeError, OverflowError):
        return DEFAULT_WAIT
    return min(max(seconds, 0.0), LONGEST_WAIT)
