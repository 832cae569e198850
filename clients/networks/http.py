"""How every network is called: bounded in time and size, no redirects, no retries, failures by class."""

import io
import json
import os
import threading
import time
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.cookiejar import DefaultCookiePolicy
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import HTTPError, NewConnectionError

from clients.networks.types import Limited, NetworkError, NotSent, Refused, Unauthorized, Unknown

CONNECT_SECONDS = 3
READ_SECONDS = 10  # between two parts of an answer
ANSWER_SECONDS = 30  # for the whole body of an answer
ANSWER_BYTES = 5 * 1024 * 1024
LONGEST_WAIT = 86_400.0
DEFAULT_WAIT = 60.0
REASON_LENGTH = 300
MOVED = {301, 307, 308}  # say that nothing was done; 302 and 303 often follow a write that was

_local = threading.local()


def read(url: str, *, token: str = "", params: dict | None = None) -> object:
    """Asks for JSON and returns it parsed; raises a NetworkError."""
    return _call("GET", url, token, params=params)


def write(url: str, *, token: str = "", payload: object) -> object:
    """Sends JSON once and returns the answer parsed; raises a NetworkError, NotSent only when certain."""
    return _call("POST", url, token, body=_Body(json.dumps(payload).encode()))


class _Body(io.BytesIO):
    """Knows whether it was touched: before that, no network can have received a whole request."""

    touched = False

    def read(self, *args):
        self.touched = True
        return super().read(*args)


def _call(
    method: str, url: str, token: str, *, params: dict | None = None, body: _Body | None = None
) -> object:
    headers = _headers(token)
    try:
        with _session().request(
            method, url, params=params, data=body, headers=headers, stream=True,
            allow_redirects=False, timeout=(CONNECT_SECONDS, READ_SECONDS),
        ) as response:
            raw = _bounded(response)
    except (requests.RequestException, HTTPError, OSError, ValueError) as error:
        failure = _failure(error, url, body)
    else:
        return _judge(response, raw)
    raise failure  # outside the except block: the original error holds the request with its token


def _session() -> requests.Session:
    if not hasattr(_local, "session"):
        _local.session = _new_session()
    return _local.session


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


def _headers(token: str) -> dict[str, str]:
    if not (token.isascii() and token.isprintable()) or token != token.strip():
        raise Unauthorized("the token contains characters that no header can carry")
    headers = {"Accept": "application/json", "Content-Type": "application/json"}
    return headers | {"Authorization": f"Bearer {token}"} if token else headers


def _bounded(response: requests.Response) -> bytes:
    deadline = time.monotonic() + ANSWER_SECONDS
    parts, size = [], 0
    for part in response.iter_content(65_536):
        parts.append(part)
        size += len(part)
        if size > ANSWER_BYTES or time.monotonic() > deadline:
            raise requests.exceptions.ContentDecodingError("answer too long")
    return b"".join(parts)


def _failure(error: Exception, url: str, body: _Body | None) -> NetworkError:
    if isinstance(error, ValueError) and not (body and body.touched):
        return Refused("the address of the network is not usable")
    what = f"{_place(url)}: {type(error).__name__}"
    return Unknown(what) if _left(error, body) else NotSent(what)


def _left(error: Exception, body: _Body | None) -> bool:
    if body is not None:
        return body.touched
    cause = getattr(error.args[0], "reason", None) if error.args else None
    never = isinstance(error, requests.ConnectTimeout | requests.exceptions.SSLError)
    return not (never or isinstance(cause, NewConnectionError))


def _place(url: str) -> str:
    """Host and port only: a user:password in an address is not repeated."""
    return urlsplit(url).netloc.rpartition("@")[2]


def _judge(response: requests.Response, raw: bytes) -> object:
    status = response.status_code
    if 200 <= status < 300:
        return _parsed(response, raw)
    if status == 429:
        raise Limited(_wait(response.headers.get("Retry-After", "")))
    answer = _maybe_parsed(raw)
    reason = _reason(response, answer)
    if status in (401, 403):
        raise Unauthorized(reason)
    if status in MOVED or (400 <= status < 500 and status != 408):
        raise Refused(reason, status, answer)
    raise Unknown(f"{_place(response.url)}: {reason}")


def _parsed(response: requests.Response, raw: bytes) -> object:
    try:
        return json.loads(raw) if raw else None
    except (ValueError, RecursionError):
        raise Unknown(f"{_place(response.url)}: {response.status_code} with an unreadable answer") from None


def _maybe_parsed(raw: bytes) -> object:
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        return None


def _reason(response: requests.Response, answer: object) -> str:
    told = answer.get("error") if isinstance(answer, dict) else None
    return f"{response.status_code} {told if isinstance(told, str) else response.reason}"[:REASON_LENGTH]


def _wait(header: str) -> float:
    """Retry-After in seconds, given as seconds or as an HTTP date (RFC 9110 §10.2.3)."""
    if header.isascii() and header.isdigit() and len(header) < 10:
        return min(float(header), LONGEST_WAIT)
    try:
        seconds = (parsedate_to_datetime(header).astimezone(UTC) - datetime.now(UTC)).total_seconds()
    except (ValueError, TypeError, OverflowError):
        return DEFAULT_WAIT
    return min(max(seconds, 0.0), LONGEST_WAIT)
