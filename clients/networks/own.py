"""Systems of the client's own, such as its shop or the form on its homepage: they call us, and nothing calls them.

Their calls are signed by Standard Webhooks 1.0, so that every public library of it can sign them. What they tell is
read by `feedback.submitted`; answers are carried there by a person.
"""

import base64
import binascii
import hashlib
import hmac
import time
from collections.abc import Mapping

from clients.networks import reading
from clients.networks.types import Account

CLOCK_SECONDS = 300  # how far a webhook's timestamp may be off
PREFIX = "whsec_"
SIGNATURES = 10  # in one header; more are not looked at


def verify(account: Account, headers: Mapping[str, str], raw_body: bytes) -> bool:
    """One signature of `webhook-signature` fits one of the secrets that count now.

    They are compared as text: base64 has several spellings of the same bytes, of which one is right.
    """
    id, stamp = delivery_id(headers), reading.header(headers, "webhook-timestamp")
    signed = b".".join((id.encode("utf-8", "replace"), stamp.encode("utf-8", "replace"), raw_body))
    given = reading.header(headers, "webhook-signature").encode("utf-8", "replace").split(b" ")[:SIGNATURES]
    wanted = [_signature(key, signed) for key in _keys(account)]
    fits = [hmac.compare_digest(one, other) for one in wanted for other in given]
    return any(fits) and bool(id) and _fresh(stamp)


def delivery_id(headers: Mapping[str, str]) -> str:
    return reading.header(headers, "webhook-id")


def _keys(account: Account) -> list[bytes]:
    """That of the newest secret, and until its end that of the one before."""
    told = account.secret
    overlaps = told.get("webhook_secret_before") and time.time() < float(told.get("webhook_before_until") or 0)
    secrets = [told.get("webhook_secret", ""), told["webhook_secret_before"] if overlaps else ""]
    return [key for secret in secrets if (key := _key(secret))]


def _key(secret: str) -> bytes:
    try:
        return base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        return b""


def _signature(key: bytes, signed: bytes) -> bytes:
    return b"v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest())


def _fresh(stamp: str) -> bool:
    readable = stamp.isascii() and stamp.isdigit() and len(stamp) <= 12
    return readable and abs(time.time() - int(stamp)) <= CLOCK_SECONDS
