"""Secrets at rest: encrypted with the newest key, readable with any older one, bound to the rows they belong to."""

import json

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

CLOSED = "No key in RESONANZ_KEYS opens these secrets."


class Sealed(Exception):
    """The secret can't be read: its key is gone, or it was sealed for something else."""


def seal(secrets: dict, **owner: int) -> str:
    """`owner` names the rows whose secrets they are, such as client_id and channel_id."""
    return _keys().encrypt(json.dumps(_bound(owner) | {"secrets": secrets}).encode()).decode()


def unseal(sealed: str, **owner: int) -> dict:
    """The secrets of this owner, {} where there are none. Raises Sealed."""
    if not sealed:
        return {}
    try:
        plain = json.loads(_keys().decrypt(sealed.encode()))
    except InvalidToken as error:
        raise Sealed(CLOSED) from error
    secrets = plain.pop("secrets")
    if plain != _bound(owner):
        raise Sealed("These secrets belong to something else.")
    return secrets


def _bound(owner: dict[str, int]) -> dict[str, int]:
    return {name.removesuffix("_id"): id for name, id in owner.items()}


def rotate(sealed: str) -> str:
    """The same secrets under the newest key. Raises Sealed."""
    try:
        return _keys().rotate(sealed.encode()).decode()
    except InvalidToken as error:
        raise Sealed(CLOSED) from error


def _keys() -> MultiFernet:
    if not settings.RESONANZ_KEYS:
        raise ImproperlyConfigured("RESONANZ_KEYS is empty: set it to one or more Fernet keys, the newest first.")
    return MultiFernet([Fernet(key) for key in settings.RESONANZ_KEYS])
