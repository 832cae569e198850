import json
import signal
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from clients.networks import sandbox
from clients.networks.types import Account
from tests.clients.networks import town


def test_webhook_brings_each_change_signed(bakery, hook):
    said = town.say(bakery, "Grüße", external_id="g")
    town.reply(bakery)

    came = [hook.came.get(timeout=10) for _ in range(2)]

    assert [sandbox.verify(bakery, *each) for each in came] == [True, True]
    assert len({sandbox.delivery_id(headers) for headers, _ in came} - {""}) == 2
    parsed = [sandbox.parse(body) for _, body in came]
    assert sorted(item.direction for items in parsed for item in items) == ["in", "out"]
    assert {items[0] for items in parsed} == set(sandbox.poll(bakery, "").items)
    assert said["external_id"] == "g"


def test_webhook_is_repeated_under_its_id_until_accepted(bakery, hook):
    hook.statuses += [500, 302]
    town.say(bakery)

    came = [hook.came.get(timeout=20) for _ in range(3)]

    assert len({sandbox.delivery_id(headers) for headers, _ in came}) == 1
    assert len({body for _, body in came}) == 1
    deadline = time.monotonic() + 10
    while town.stats(bakery)["webhooks"]["pending"] and time.monotonic() < deadline:
        time.sleep(0.05)
    assert town.stats(bakery)["webhooks"] == {"delivered": 1, "pending": 0}


@pytest.mark.parametrize(
    ("minutes", "accepted"),
    [
        (0, True),
        (-4.9, True),
        (4.9, True),
        (-5.2, False),
        (5.2, False),
    ],
)
def test_verify_refuses_what_is_not_fresh(bakery, minutes, accepted):
    headers = town.signed(b"{}", datetime.now(UTC) + timedelta(minutes=minutes))

    assert sandbox.verify(bakery, headers, b"{}") is accepted


def test_verify_refuses_every_flipped_bit(bakery):
    body = json.dumps({"items": [], "pad": "x" * 60}).encode()
    headers = town.signed(body)
    parts = [*(value.encode() for value in headers.values()), body]
    flips = [(part, bit) for part in range(4) for bit in range(8 * len(parts[part]))]

    def accepted(part, bit):
        changed = [bytearray(each) for each in parts]
        changed[part][bit // 8] ^= 1 << bit % 8
        values = [each.decode("latin-1") for each in changed[:3]]
        return sandbox.verify(bakery, dict(zip(headers, values, strict=True)), bytes(changed[3]))

    assert len(flips) > 1_000
    assert [flip for flip in flips if accepted(*flip)] == []
    assert sandbox.verify(bakery, headers, body)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sandbox-Signature": "v1="},
        {"Sandbox-Id": "ü", "Sandbox-Timestamp": "²", "Sandbox-Signature": "\ud800"},
    ],
)
def test_verify_refuses_unreadable_headers(bakery, headers):
    assert sandbox.verify(bakery, headers, b"{}") is False


@pytest.mark.parametrize(("theirs", "ours"), [("another", town.SECRET), ("", ""), (town.SECRET, "")])
def test_verify_refuses_without_the_same_secret(bakery, theirs, ours):
    account = replace(bakery, secret={sandbox.WEBHOOK_SECRET: ours})

    assert sandbox.verify(account, town.signed(b"{}", secret=theirs), b"{}") is False
    assert sandbox.verify(replace(bakery, secret={}), town.signed(b"{}", secret=theirs), b"{}") is False


def test_verify_takes_header_names_in_any_case(bakery):
    headers = {name.upper(): value for name, value in town.signed(b"{}").items()}

    assert sandbox.verify(bakery, headers, b"{}") is True


@pytest.mark.parametrize(
    "change",
    [
        {"created_at": "2026-03-01T10:00:00"},
        {"created_at": "0001-01-01T00:00:00+14:00"},
        {"created_at": 5},
        {"kind": "poem"},
        {"kind": []},
        {"direction": None},
        {"author": None},
        {"author": {"id": 1, "name": ""}},
        {"stars": 6},
        {"stars": True},
        {"text": None},
        {"external_id": None},
        {"thread_id": 7},
    ],
)
def test_parse_refuses_what_it_cannot_read(change):
    item = {
        "external_id": "a",
        "thread_id": "a",
        "direction": "in",
        "kind": "comment",
        "author": town.KARL,
        "text": "",
        "created_at": "2026-03-01T10:00:00Z",
    }
    assert len(sandbox.parse(json.dumps({"items": [item]}).encode())) == 1

    with pytest.raises(ValueError, match=r"^items\[0\]"):
        sandbox.parse(json.dumps({"items": [item | change]}).encode())


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff",
        b"[]",
        b'{"items": {}}',
        b'{"items": [7]}',
        b"[" * 100_000,
    ],
)
def test_parse_refuses_what_is_no_webhook(body):
    with pytest.raises(ValueError):
        sandbox.parse(body)


def test_kill_loses_nothing_accepted_and_delivers_what_was_queued(tmp_path):
    hook = town.Inbox(*[503] * 2)
    process, url = town.start(tmp_path / "network.sqlite3")
    bakery = Account(url, "bakery", "tok", {sandbox.WEBHOOK_SECRET: town.SECRET})
    town.control(bakery, "token", token="tok")
    town.control(bakery, "webhook", url=hook.url, secret=town.SECRET)
    town.say(bakery, external_id="q1")
    made = town.reply(bakery)
    hook.came.get(timeout=10)
    town.end(process, signal.SIGKILL)

    with town.running(tmp_path / "network.sqlite3") as url:
        bakery = replace(bakery, url=url)
        assert sandbox.find_reply(bakery, "t1", "k1") == made
        assert town.reply(bakery) == made
        told = set()
        while told != {"q1", made.external_id}:
            headers, body = hook.came.get(timeout=40)
            assert sandbox.verify(bakery, headers, body)
            told |= {item.external_id for item in sandbox.parse(body)}
    hook.end()
