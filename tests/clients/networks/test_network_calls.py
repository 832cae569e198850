import logging
import os
import socket
import threading
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from clients.networks import http as calls
from clients.networks.types import Limited, NetworkError, NotSent, Refused, Unauthorized, Unknown

TOKEN = "tok-that-stays-here"


class OddNetwork:
    """Answers every request with the given bytes, then closes; keeps what it was sent."""

    def __init__(self, answer):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}"
        self.answer, self.asked = answer, []
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self):
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            with connection:
                self.asked.append(_request(connection))
                connection.sendall(self.answer)


def _request(connection):
    """Head and body, as far as they come; a TLS greeting (it begins with 22) has neither."""
    got = b""
    while b"\r\n\r\n" not in got and got[:1] != b"\x16" and (part := connection.recv(65_536)):
        got += part
    head, _, body = got.partition(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0] or 0)
    while len(body) < length and (part := connection.recv(65_536)):
        body += part
    return head + b"\r\n\r\n" + body


def answer(status, body=b"{}", *headers):
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


@pytest.fixture
def odd():
    opened = []

    def build(answer):
        opened.append(OddNetwork(answer))
        return opened[-1]

    yield build
    for network in opened:
        network.socket.close()


def caught(call, *args, **more):
    with pytest.raises(NetworkError) as info:
        call(*args, **more)
    return info.value


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (answer("400 Bad Request"), Refused),
        (answer("401 Unauthorized"), Unauthorized),
        (answer("403 Forbidden", b"<html>"), Unauthorized),
        (answer("408 Request Timeout"), Unknown),
        (answer("422 Unprocessable", b"[" * 100_000), Refused),
        (answer("429 Too Many Requests"), Limited),
        (answer("503 Unavailable", b"{}", "Retry-After: 5"), Unknown),
        (answer("302 Found", b"", "Location: http://127.0.0.1:9/"), Unknown),
        (answer("308 Moved", b"", "Location: http://127.0.0.1:9/"), Refused),
        (answer("200 OK", b"<html>"), Unknown),
        (answer("200 OK", b"\xff"), Unknown),
        (answer("200 OK", b"[" * 100_000), Unknown),
        (answer("200 OK", b"no gzip", "Content-Encoding: gzip"), Unknown),
        (answer("200 OK")[:-1], Unknown),
        (b"", Unknown),
        (b"220 mail.example ESMTP\r\n", Unknown),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", Unknown),
    ],
)
def test_answer_has_its_class(odd, reply, error):
    network = odd(reply)

    assert type(caught(calls.write, network.url, payload={})) is error
    assert type(caught(calls.read, network.url)) is error
    assert len(network.asked) == 2


def test_answer_is_parsed(odd):
    network = odd(answer("201 Created", '{"id": "ü"}'.encode()))

    assert calls.write(network.url, payload={"text": "😀"}, token=TOKEN) == {"id": "ü"}
    assert network.asked[0].endswith(b'\r\n\r\n{"text": "\\ud83d\\ude00"}')
    assert f"Authorization: Bearer {TOKEN}\r\n".encode() in network.asked[0]


def test_answer_without_content_is_none(odd):
    assert calls.write(odd(b"HTTP/1.1 204 No Content\r\n\r\n").url, payload={}) is None


def test_refusal_carries_reason_and_answer(odd):
    error = caught(calls.write, odd(answer("422 Unprocessable", b'{"error": "too long"}')).url, payload={})

    assert (error.reason, error.status, error.answer) == ("422 too long", 422, {"error": "too long"})


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("Retry-After: 0", 0),
        ("Retry-After: 17", 17),
        ("Retry-After: 999999", 86_400),
        ("Retry-After: soon", 60),
        ("Retry-After: ²", 60),
        ("X: y", 60),
        ("Retry-After: Wed, 21 Oct 2015 07:28:00 GMT", 0),
        ("Retry-After: Wed, 21 Oct 9999 07:28:00 GMT", 86_400),
    ],
)
def test_limit_says_how_long(odd, header, seconds):
    assert caught(calls.read, odd(answer("429 Slow", b"", header)).url).retry_after == seconds


def test_limit_as_a_date_is_turned_into_seconds(odd):
    date = format_datetime(datetime.now(UTC) + timedelta(minutes=10), usegmt=True)

    wait = caught(calls.read, odd(answer("429 Slow", b"", f"Retry-After: {date}")).url).retry_after

    assert 500 < wait <= 600


def test_answer_too_long_is_unknown(odd, monkeypatch):
    monkeypatch.setattr(calls, "ANSWER_BYTES", 1_000)

    assert type(caught(calls.write, odd(answer("200 OK", b" " * 1_001)).url, payload={})) is Unknown
    assert calls.read(odd(answer("200 OK", b'"' + b"x" * 998 + b'"')).url) == "x" * 998


@pytest.mark.parametrize(
    "call",
    [
        lambda url: calls.write(url, payload={}, token=TOKEN),
        lambda url: calls.read(url, token=TOKEN),
    ],
)
@pytest.mark.parametrize("scheme", ["https://", "http://nowhere.invalid:"])
def test_what_never_left_was_not_sent(odd, call, scheme):
    """TLS with something that speaks none, and a name that does not exist."""
    port = odd(answer("200 OK")).url.rpartition(":")[2]
    place = f"127.0.0.1:{port}" if scheme == "https://" else port

    assert type(caught(call, scheme + place)) is NotSent


@pytest.mark.parametrize(
    "url",
    [
        "",
        "nonsense",
        "ftp://x",
        "http://",
        "http://[::1",
        "http://x:99999",
        "file:///etc",
    ],
)
def test_address_that_is_none_is_refused(url):
    assert type(caught(calls.write, url, payload={}, token=TOKEN)) is Refused
    assert type(caught(calls.read, url, token=TOKEN)) is Refused


@pytest.mark.parametrize(
    "token",
    [
        TOKEN + "\n",
        TOKEN + "\r\nX: y",
        TOKEN + "ü",
        " " + TOKEN,
        TOKEN + "\ud800",
    ],
)
def test_token_that_fits_in_no_header_is_unauthorized(token):
    error = caught(calls.read, "http://127.0.0.1:9", token=token)

    assert type(error) is Unauthorized
    assert TOKEN not in str(error)


def test_token_shows_in_no_log_and_no_error(odd, caplog):
    caplog.set_level(logging.DEBUG)

    errors = [
        caught(calls.read, odd(reply).url.replace("//", "//user:pass@"), token=TOKEN)
        for reply in (b"", answer("500 Broken"), answer("400 Bad"))
    ]

    assert caplog.records != []
    assert all(word not in caplog.text + repr(errors) for word in (TOKEN, "pass@"))
    assert [(error.__cause__, error.__context__) for error in errors] == [(None, None)] * 3


def test_cookies_are_not_carried_on(odd):
    network = odd(answer("200 OK", b"{}", "Set-Cookie: session=of-the-first; Path=/"))

    calls.read(network.url)
    calls.read(network.url)

    assert b"cookie" not in network.asked[1].lower()


def test_environment_adds_no_proxy_and_no_password(odd, monkeypatch, tmp_path):
    network = odd(answer("200 OK"))
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login me password mine\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")

    calls.read(network.url, token=TOKEN)

    assert f"Authorization: Bearer {TOKEN}\r\n".encode() in network.asked[0]


def test_fork_does_not_share_connections():
    ours = calls._session()
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writing, b"same" if calls._session() is ours else b"own")
        os._exit(0)
    os.waitpid(child, 0)

    assert os.read(reading, 10) == b"own"
    assert calls._session() is ours
    os.close(reading)
    os.close(writing)
