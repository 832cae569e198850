"""Secrets and signatures by Standard Webhooks 1.0 (https://www.standardwebhooks.com)."""

import base64
import secrets
from collections.abc import Iterable
from datetime import datetime

from standardwebhooks import Webhook

PREFIX = "whsec_"
BYTES = 32


def new_secret() -> str:
    return PREFIX + base64.b64encode(secrets.token_bytes(BYTES)).decode()


def headers(id: str, at: datetime, body: str, keys: Iterable[str]) -> dict[str, str]:
    """What tells the receiver that it is ours and new, with one signature for each of the secrets; `at` is in UTC."""
    return {
        "webhook-id": id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(Webhook(key).sign(id, at, body) for key in keys),
    }
