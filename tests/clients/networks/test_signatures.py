"""Signatures of what comes in: no bit of it can be changed, whichever network it is from."""

import hashlib
import hmac
import json
import time
from datetime import UTC, datetime

import pytest
from standardwebhooks import Webhook

from clients.networks import facebook, own, sandbox
from clients.networks.types import Account
from tests.clients.networks.bits import flips

SECRET = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
BODY = json.dumps({"entry": [{"id": "4711"}], "text": "Wo bleibt mein Brot?"}).encode()
ACCOUNT = Account("", "4711", "", {"webhook_secret": SECRET, "app_secret": SECRET})


def by_own_system():
    at = datetime.now(UTC)
    signature = Webhook(SECRET).sign("msg_1", at, BODY.decode())
    return {"webhook-id": "msg_1", "webhook-timestamp": str(int(at.timestamp())), "webhook-signature": signature}


def by_sandbox():
    stamp = str(int(time.time()))
    digest = hmac.new(SECRET.encode(), b".".join((b"d1", stamp.encode(), BODY)), hashlib.sha256).hexdigest()
    return {"Sandbox-Id": "d1", "Sandbox-Timestamp": stamp, "Sandbox-Signature": f"v1={digest}"}


def by_meta():
    return {"X-Hub-Signature-256": f"sha256={hmac.new(SECRET.encode(), BODY, hashlib.sha256).hexdigest()}"}


@pytest.fixture(params=[(own, by_own_system), (sandbox, by_sandbox), (facebook, by_meta)], ids=["own", "sandbox", "meta"])
def signed(request):
    network, sign = request.param
    return network, sign()


def test_what_was_signed_is_accepted(signed):
    network, headers = signed

    assert network.verify(ACCOUNT, headers, BODY)


def test_each_flipped_bit_of_the_body_is_refused(signed):
    network, headers = signed

    assert not any(network.verify(ACCOUNT, headers, changed) for changed in flips(BODY))


def test_each_flipped_bit_of_each_header_is_refused(signed):
    network, headers = signed
    changed = [
        headers | {name: raw.decode("latin-1")} for name, value in headers.items() for raw in flips(value.encode())
    ]

    assert not any(network.verify(ACCOUNT, one, BODY) for one in changed)


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_%%%", "no base64!"])
def test_own_system_without_a_usable_secret_is_refused(secret):
    account = Account("", "4711", "", {"webhook_secret": secret})

    assert not own.verify(account, by_own_system(), BODY)


@pytest.mark.parametrize("missing", ["webhook-id", "webhook-timestamp", "webhook-signature"])
def test_own_system_needs_every_header(missing):
    headers = {name: value for name, value in by_own_system().items() if name != missing}

    assert not own.verify(ACCOUNT, headers, BODY)
