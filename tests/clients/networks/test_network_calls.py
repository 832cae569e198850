import logging
import os
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import partial

import pytest

from clients.networks import http as calls
from clients.networks.types import Limited, Media, NetworkError, NotSent, Refused, Unauthorized, Unknown
from tests.clients.networks.odd import answer

TOKEN = "tok-that-stays-here"
read, write = partial(calls.read, trusted=True), partial(calls.write, trusted=True)


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

    assert type(caught(write, network.url, payload={})) is error
    assert type(caught(read, network.url)) is error
    assert len(network.asked) == 2


def test_answer_is_parsed(odd):
    network = odd(answer("201 Created", '{"id": "ü"}'.encode()))

    assert write(network.url, payload={"text": "😀"}, token=TOKEN) == {"id": "ü"}
    assert network.asked[0].endswith(b'\r\n\r\n{"text": "\\ud83d\\ude00"}')
    assert f"Authorization: Bearer {TOKEN}\r\n".encode() in network.asked[0]


def test_answer_without_content_is_none(odd):
    assert write(odd(b"HTTP/1.1 204 No Content\r\n\r\n").url, payload={}) is None


def test_refusal_carries_reason_and_answer(odd):
    error = caught(write, odd(answer("422 Unprocessable", b'{"error": "too long"}')).url, payload={})

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
    assert caught(read, odd(answer("429 Slow", b"", header)).url).retry_after == seconds


def test_limit_as_a_date_is_turned_into_seconds(odd):
    date = format_datetime(datetime.now(UTC) + timedelta(minutes=10), usegmt=True)

    wait = caught(read, odd(answer("429 Slow", b"", f"Retry-After: {date}")).url).retry_after

    assert 500 < wait <= 600


def test_answer_too_long_is_unknown(odd, monkeypatch):
    monkeypatch.setattr(calls, "ANSWER_BYTES", 1_000)

    assert type(caught(write, odd(answer("200 OK", b" " * 1_001)).url, payload={})) is Unknown
    assert read(odd(answer("200 OK", b'"' + b"x" * 998 + b'"')).url) == "x" * 998


@pytest.mark.parametrize(
    "call",
    [
        lambda url: write(url, payload={}, token=TOKEN),
        lambda url: read(url, token=TOKEN),
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
    assert type(caught(write, url, payload={}, token=TOKEN)) is Refused
    assert type(caught(read, url, token=TOKEN)) is Refused


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
    error = caught(read, "http://127.0.0.1:9", token=token)

    assert type(error) is Unauthorized
    assert TOKEN not in str(error)


def test_token_shows_in_no_log_and_no_error(odd, caplog):
    caplog.set_level(logging.DEBUG)

    errors = [
        caught(read, odd(reply).url.replace("//", "//user:pass@"), token=TOKEN)
        for reply in (b"", answer("500 Broken"), answer("400 Bad"))
    ]

    assert caplog.records != []
    assert all(word not in caplog.text + repr(errors) for word in (TOKEN, "pass@"))
    assert [(error.__cause__, error.__context__) for error in errors] == [(None, None)] * 3


def test_cookies_are_not_carried_on(odd):
    network = odd(answer("200 OK", b"{}", "Set-Cookie: session=of-the-first; Path=/"))

    read(network.url)
    read(network.url)

    assert b"cookie" not in network.asked[1].lower()


def test_environment_adds_no_proxy_and_no_password(odd, monkeypatch, tmp_path):
    network = odd(answer("200 OK"))
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login me password mine\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")

    read(network.url, token=TOKEN)

    assert f"Authorization: Bearer {TOKEN}\r\n".encode() in network.asked[0]


def test_fork_does_not_share_connections():
    ours = calls._session(True)
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writing, b"same" if calls._session(True) is ours else b"own")
        os._exit(0)
    os.waitpid(child, 0)

    assert os.read(reading, 10) == b"own"
    assert calls._session(True) is ours
    os.close(reading)
    os.close(writing)


@pytest.mark.parametrize(
    ("body", "mime", "content"),
    [
        (calls.form({"grant": "a b", "ü": "&"}), b"application/x-www-form-urlencoded", b"grant=a+b&%C3%BC=%26"),
        (calls.as_json({"a": 1}), b"application/json", b'{"a": 1}'),
        (calls.Body("image/png", b"\x89PNG"), b"image/png", b"\x89PNG"),
    ],
)
def test_body_goes_out_as_it_is(odd, body, mime, content):
    network = odd(answer("200 OK"))

    calls.call("PUT", network.url, body=body, trusted=True)

    head, _, sent = network.asked[0].partition(b"\r\n\r\n")
    assert head.startswith(b"PUT / HTTP/1.1\r\n")
    assert b"Content-Type: " + mime + b"\r\n" in head + b"\r\n"
    assert sent == content


def test_files_go_out_with_their_fields(odd):
    network = odd(answer("200 OK"))

    calls.call("POST", network.url, body=calls.parts({"alt": "Brot", "file": Media("a.png", "image/png", b"\x89")}), trusted=True)

    sent = network.asked[0].partition(b"\r\n\r\n")[2]
    assert b'name="alt"\r\n\r\nBrot\r\n' in sent
    assert b'name="file"; filename="a.png"\r\nContent-Type: image/png\r\n\r\n\x89\r\n' in sent


def test_call_without_a_body_has_no_type(odd):
    network = odd(answer("200 OK"))

    calls.call("DELETE", network.url, auth=calls.basic("ana", "p ä"), headers={"X-Version": "7"}, trusted=True)

    head = network.asked[0].partition(b"\r\n\r\n")[0]
    assert b"Content-Type" not in head
    assert b"X-Version: 7\r\n" in head + b"\r\n"
    assert b"Authorization: Basic YW5hOnAgw6Q=\r\n" in head + b"\r\n"


def test_answer_tells_status_headers_and_content(odd):
    said = calls.call("GET", odd(answer("206 Partial", b"<x/>", "X-WP-Total: 7")).url, trusted=True)

    assert (said.status, said.headers["x-wp-total"], said.content) == (206, "7", b"<x/>")
    assert type(caught(said.json)) is Unknown


@pytest.mark.parametrize(
    ("status", "body", "headers", "reason"),
    [
        ("400 Bad", b'{"error": {"message": "Too long"}}', (), "400 Too long"),
        ("400 Bad", b'{"code": "rest_x", "message": "Nein"}', (), "400 Nein"),
        ("400 Bad", b'{"error": {}}', (), "400 Bad"),
        ("401 No", f'{{"error": "Malformed {TOKEN}!"}}'.encode(), (), "401 Malformed …!"),
        ("301 Moved", b"", ("Location: https://www.x.example/a?token=1",), "301 moved to https://www.x.example/a"),
        ("301 Moved", b"", ("Location: https://u:p@x.example/",), "301 Moved"),
    ],
)
def test_reason_is_what_the_network_told(odd, status, body, headers, reason):
    assert caught(read, odd(answer(status, body, *headers)).url, token=TOKEN).reason == reason


def test_missing_right_carries_status_and_answer(odd):
    error = caught(read, odd(answer("403 Forbidden", b'{"code": "quota"}')).url)

    assert (type(error), error.status, error.answer) == (Unauthorized, 403, {"code": "quota"})


def test_calls_together_take_no_longer_than_one(odd):
    network = odd(answer("200 OK"))

    with calls.within(calls.LEAST_SECONDS / 2):
        error = caught(write, network.url, payload={})
    read(network.url)

    assert (type(error), len(network.asked)) == (NotSent, 1)


def test_a_period_inside_another_does_not_lengthen_it(odd):
    with calls.within(calls.LEAST_SECONDS / 2), calls.within(60):
        assert type(caught(read, odd(answer("200 OK")).url)) is NotSent
