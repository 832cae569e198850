"""Channel secrets at rest: encrypted with the newest key, readable with any older one, bound to client and channel."""

import json

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured


class Sealed(Exception):
    """The secret can't be read: its key is gone, or it was sealed for another channel."""


def seal(secrets: dict, *, client_id: int, channel_id: int) -> str:
    plain = json.dumps({"client": client_id, "channel": channel_id, "secrets": secrets})
    return _keys().encrypt(plain.encode()).decode()


def unseal(sealed: str, *, client_id: int, channel_id: int) -> dict:
    """The secrets of one channel, {} where there are none. Raises Sealed."""
    if not sealed:
        return {}
    try:
        plain = json.loads(_keys().decrypt(sealed.encode()))
    except InvalidToken as error:
        raise Sealed("No key in RESONANZ_KEYS opens this channel's secrets.") from error
    if (plain["client"], plain["channel"]) != (client_id, channel_id):
        raise Sealed("These secrets belong to another channel.")
    return plain["secrets"]


def rotate(sealed: str) -> str:
    """The same secrets under the newest key. Raises Sealed."""
    try:
        return _keys().rotate(sealed.encode()).decode()
    except InvalidToken as error:
        raise Sealed("No key in RESONANZ_KEYS opens this channel's secrets.") from error


def _keys() -> MultiFernet:
    if not settings.RESONANZ_KEYS:
        raise ImproperlyConfigured("RESONANZ_KEYS is empty: set it to one or more Fernet keys, the newest first.")
    return MultiFernet([Fernet(key) for key in settings.RESONANZ_KEYS])
