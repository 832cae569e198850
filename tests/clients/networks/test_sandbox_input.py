import json
import subprocess
from urllib.parse import urlsplit

import pytest

from clients.networks import sandbox
from tests.clients.networks import town

SAID = {"kind": "comment", "author": town.KARL, "text": "x"}


@pytest.mark.parametrize(
    ("area", "what", "raw", "status"),
    [
        ("people", "say", b"{", 400),
        ("people", "say", b"\xff\xfe", 400),
        ("people", "say", b"[" * 100_000, 400),
        ("people", "say", b"null", 400),
        ("people", "say", b"1" * 5_000, 400),
        ("people", "say", json.dumps(SAID | {"kind": {}}).encode(), 400),
        ("people", "say", json.dumps(SAID | {"text": "\ud800"}).encode(), 400),
        ("people", "say", json.dumps(SAID | {"text": "x" * 100_001}).encode(), 400),
        ("people", "say", json.dumps(SAID | {"author": {"id": "a", "name": "a", "bot": 1}}).encode(), 400),
        ("people", "say", json.dumps(SAID | {"stars": 0}).encode(), 400),
        ("people", "say", json.dumps(SAID | {"created_at": "0000-01-01T00:00:00Z"}).encode(), 400),
        ("people", "say", json.dumps(SAID | {"created_at": "0001-01-01T00:00:00+14:00"}).encode(), 400),
        ("people", "bulk", json.dumps({"items": [SAID, 7]}).encode(), 400),
        ("people", "edit", b'{"external_id": "nobody", "text": ""}', 404),
        ("people", "delete", b"{}", 400),
        ("people", "nothing", b"{}", 404),
        ("api", "interactions", b"{}", 405),
        ("api", "replies", b'{"thread_id": "t", "text": "", "key": "k"}', 400),
        ("control", "faults", b'{"earthquake": true}', 400),
        ("control", "faults", b'{"expired": {"probability": NaN}}', 400),
        ("control", "faults", b'{"expired": {"calls": [[]]}}', 400),
        ("control", "webhook", b'{"url": "http://[", "secret": "s"}', 400),
        ("control", "webhook", b'{"url": "file:///etc/passwd", "secret": "s"}', 400),
    ],
)
def test_bad_input_gets_a_clean_answer(bakery, area, what, raw, status):
    got, answer = town.request(bakery, "POST", area, what, raw=raw)

    assert (got, set(answer)) == (status, {"code", "error"})
    assert town.stats(bakery)["interactions"] == 0


@pytest.mark.parametrize(
    "path",
    [
        "interactions?cursor=x",
        "interactions?cursor=00000000.-1",
        "interactions?limit=0",
        "interactions?limit=%C2%B2",
        "replies",
        "replies?key=",
    ],
)
def test_bad_query_gets_400(bakery, path):
    assert town.request(bakery, "GET", "api", path)[0] == 400


@pytest.mark.parametrize(
    "head",
    [
        b"NONSENSE\r\n\r\n",
        b"BREW / HTTP/1.1\r\n\r\n",
        b"GET http://[x/y HTTP/1.1\r\n\r\n",
        b"POST /people/a/say HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"POST /people/a/say HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"GET /" + b"x" * 70_000 + b" HTTP/1.1\r\n\r\n",
    ],
)
def test_bad_request_gets_json(bakery, head):
    connection = town.connect(bakery.url)
    connection.connect()
    connection.sock.sendall(head)

    got = connection.sock.recv(10_000)

    connection.close()
    assert json.loads(got.partition(b"\r\n\r\n")[2] or got)["code"] != "bug"
    assert sandbox.poll(bakery, "").items == []


def test_connection_is_kept_alive(bakery):
    connection = town.connect(bakery.url)
    connection.connect()
    socket = connection.sock
    for path in ("/", "/nothing", "/people/a/say", f"/control/{bakery.account}/stats"):
        connection.request("GET", path)
        connection.getresponse().read()

    assert connection.sock is socket
    connection.close()


def test_busy_port_gets_a_clear_message(network, tmp_path):
    port = str(urlsplit(network).port)

    second = subprocess.run(
        town.command(tmp_path / "x", port), cwd=town.ROOT, capture_output=True, text=True, timeout=20
    )

    assert second.returncode == 1
    assert second.stderr.startswith(f"Sandbox network: 127.0.0.1:{port} cannot be used: ")
    assert second.stderr.count("\n") == 1
