"""Secrets at rest: encrypted with the newest key, readable with any older one, bound to whose they are."""

import json

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured


class Sealed(Exception):
    """The secret can't be read: its key is gone, or it was sealed for somebody else."""


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


def seal_text(text: str, *, owner: str) -> str:
    """A secret that is no channel's; `owner` says whose it is and has to be said again to read it."""
    return _keys().encrypt(json.dumps({"owner": owner, "text": text}).encode()).decode()


def unseal_text(sealed: str, *, owner: str) -> str:
    """What `seal_text` took. Raises Sealed."""
    try:
        plain = json.loads(_keys().decrypt(sealed.encode()))
    except InvalidToken as error:
        raise Sealed("No key in RESONANZ_KEYS opens this secret.") from error
    if plain.get("owner") != owner:
        raise Sealed("This secret belongs to somebody else.")
    return plain["text"]


def rotate(sealed: str) -> str:
    """The same secrets under the newest key. Raises Sealed."""
    try:
        return _keys().rotate(sealed.encode()).decode()
    except InvalidToken as error:
        raise Sealed("No key in RESONANZ_KEYS opens these secrets.") from error


def _keys() -> MultiFernet:
    if not settings.RESONANZ_KEYS:
        raise ImproperlyConfigured("RESONANZ_KEYS is empty: set it to one or more Fernet keys, the newest first.")
    return MultiFernet([Fernet(key) for key in settings.RESONANZ_KEYS])
