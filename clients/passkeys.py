"""A key in somebody's phone or computer signs them in, instead of password and code (WebAuthn Level 3).

The device asks its owner for a finger, a face or a number, so that a key is two factors in one.
"""

import json
from dataclasses import dataclass
from ipaddress import ip_address

import webauthn
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from agency.models import Passkey, User

from . import mails
from .refusal import Conflict, Refused

MOST, NAME = 10, 60
LONGEST = 20_000  # characters of a browser's answer
# An answer that is no answer: the library raises what its parts raise.
BROKEN = (WebAuthnException, ValueError, TypeError, KeyError, AttributeError)


@dataclass(frozen=True)
class Site:
    """Where the browser is; keys made for one site open no other. `host` has no port, `origin` has."""

    host: str
    origin: str

    @property
    def usable(self) -> bool:
        """Browsers make no keys for bare addresses."""
        try:
            ip_address(self.host)
        except ValueError:
            return True
        return False


@dataclass(frozen=True)
class Question:
    """`options` for the browser as JSON; its answer must be about this `challenge` (base64url)."""

    options: str
    challenge: str


def of(user: User) -> QuerySet[Passkey]:
    return Passkey.objects.filter(user=user).order_by("id")


def offer(user: User, site: Site) -> Question:
    """Ask the browser for a new key. Raises Conflict where there are enough."""
    options = webauthn.generate_registration_options(
        rp_id=site.host, rp_name="Resonanz", user_id=str(user.pk).encode(), user_name=user.email,
        user_display_name=user.name or user.email,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=base64url_to_bytes(one)) for one in _held(user)],
    )  # fmt: skip
    return Question(webauthn.options_to_json(options), bytes_to_base64url(options.challenge))


@transaction.atomic
def add(*, user: User, site: Site, challenge: str, answer: str, name: str) -> Passkey:
    """Keep the key that the browser made; a mail tells the person. Raises Refused (called, answer), Conflict."""
    name = name.strip()
    if not 1 <= len(name) <= NAME or "\0" in name:
        raise Refused("called", f"needs 1 to {NAME} characters")
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    _held(user)
    try:
        made = webauthn.verify_registration_response(
            credential=_read(answer), expected_challenge=base64url_to_bytes(challenge), expected_rp_id=site.host,
            expected_origin=site.origin, require_user_verification=True,
        )  # fmt: skip
    except BROKEN as error:
        raise Refused("answer", "is no passkey", "wrong") from error
    credential = bytes_to_base64url(made.credential_id)
    if Passkey.objects.filter(credential=credential).exists():
        raise Refused("answer", "is no passkey", "wrong")
    mails.post("passkey_added", user.email, user.language, name=name)
    return Passkey.objects.create(
        user=user, credential=credential, public_key=made.credential_public_key, sign_count=made.sign_count, name=name
    )


def ask(site: Site) -> Question:
    """Ask the browser for any key it has for the site; the device lets its owner choose."""
    options = webauthn.generate_authentication_options(
        rp_id=site.host, user_verification=UserVerificationRequirement.REQUIRED
    )
    return Question(webauthn.options_to_json(options), bytes_to_base64url(options.challenge))


def check(*, site: Site, challenge: str, answer: str) -> User | None:
    """Whose key answered; None when it is nobody's, or not an answer to this question."""
    try:
        given = _read(answer)
        row = Passkey.objects.select_related("user").filter(credential=str(given["id"]), user__is_active=True).first()
        if row is None:
            return None
        used = webauthn.verify_authentication_response(
            credential=given, expected_challenge=base64url_to_bytes(challenge), expected_rp_id=site.host,
            expected_origin=site.origin, credential_public_key=bytes(row.public_key),
            credential_current_sign_count=row.sign_count, require_user_verification=True,
        )  # fmt: skip
    except BROKEN:
        return None
    same = Passkey.objects.filter(pk=row.pk, sign_count=row.sign_count)
    counted = same.update(sign_count=used.new_sign_count, used_at=timezone.now())
    return row.user if counted else None


def remove(*, user: User, id: int) -> None:
    """The key opens nothing any more; one that is gone already is no fault."""
    for row in of(user).filter(pk=id):
        row.delete()
        mails.post("passkey_removed", user.email, user.language, name=row.name)


def _held(user: User) -> list[str]:
    """The ids of the person's keys. Raises Conflict where no other fits beside them."""
    held = list(of(user).values_list("credential", flat=True))
    if len(held) >= MOST:
        raise Conflict(f"At most {MOST} passkeys are possible.", "too_many")
    return held


def _read(answer: str) -> dict:
    if len(answer) > LONGEST or "\0" in answer or not isinstance(found := json.loads(answer), dict):
        raise ValueError("no answer of a browser")
    return found
