"""The code after the password: an app makes one every half minute (RFC 6238); ten codes stand in for a lost app."""

import secrets
from base64 import b32encode
from dataclasses import dataclass
from datetime import datetime
from hmac import compare_digest

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from django.db import transaction
from django.utils import timezone

from agency import rights, sessions
from agency.models import Agency, Authenticator, Membership, Passkey, RecoveryCode, User
from agency.tokens import digest

from . import audit, mails, vault
from .access import Principal
from .refusal import Conflict, Refused

STEP, DIGITS, BYTES = 30, 6, 20
DRIFT = (0, -1, 1)  # half minutes that a clock may be off
CODES, LETTERS = 10, "abcdefghjkmnpqrstuvwxyz23456789"


@dataclass(frozen=True)
class Setup:
    """What the app has to know: `uri` as the picture says it, `secret` to be typed in."""

    uri: str
    secret: str


def active(user: User) -> bool:
    return Authenticator.objects.filter(user=user, confirmed_at__isnull=False).exists()


def missing(principal: Principal) -> bool:
    """Whether the agency wants a code of this person, who has not set it up."""
    return principal.agency.second_factor and principal.role in rights.STAFF and not active(principal.user)


def setup(user: User) -> Setup | None:
    """The app that was begun and is not confirmed yet."""
    row = Authenticator.objects.filter(user=user, confirmed_at=None).first()
    key = row and _key(row)
    if not key:
        return None
    uri = TOTP(key, DIGITS, SHA1(), STEP).get_provisioning_uri(user.email, "Resonanz")
    return Setup(uri, b32encode(key).decode())


@transaction.atomic
def begin(user: User) -> None:
    """A new secret, which counts once a code of it was typed in. Raises Conflict where one counts already."""
    held = Authenticator.objects.select_for_update().filter(user=user).first()
    if held and held.confirmed_at:
        raise Conflict("There is an app already: switch it off first.", "active")
    sealed = vault.seal_text(secrets.token_bytes(BYTES).hex(), owner=_owner(user.id))
    Authenticator.objects.update_or_create(user=user, defaults={"sealed": sealed, "created_at": timezone.now()})


@transaction.atomic
def confirm(*, user: User, code: str, session_key: str | None) -> list[str]:
    """The app counts from now on, other devices are signed out; returns the recovery codes. Raises Refused."""
    row = Authenticator.objects.select_for_update().filter(user=user, confirmed_at=None).first()
    step = row and _step(row, code, timezone.now())
    if not step:
        raise Refused("code", "is not the code of now", "wrong")
    row.last_step, row.confirmed_at = step, timezone.now()
    row.save(update_fields=["last_step", "confirmed_at"])
    sessions.end_all(user, but=session_key)
    mails.post("factor_on", user.email, user.language)
    return _new_codes(user)


def check(user: User, code: str) -> bool:
    """Whether the code is right and was not used before; it is used up by this."""
    plain = "".join(code.split()).replace("-", "").lower()
    if len(plain) == DIGITS:
        return _use_app(user, plain)
    unused = RecoveryCode.objects.filter(user=user, digest=digest(plain), used_at=None)
    return unused.update(used_at=timezone.now()) == 1


def codes_left(user: User) -> int:
    return RecoveryCode.objects.filter(user=user, used_at=None).count()


@transaction.atomic
def renew_codes(user: User) -> list[str]:
    """Ten new recovery codes; the earlier ones stop working. Raises Conflict without an app."""
    if not active(user):
        raise Conflict("There is no app to stand in for.", "inactive")
    return _new_codes(user)


@transaction.atomic
def remove(user: User) -> None:
    """The person signs in with the password alone. Raises Conflict where an agency of theirs wants the code."""
    wanted = Membership.objects.filter(user=user, role__in=rights.STAFF, agency__second_factor=True)
    if wanted.exists():
        raise Conflict("Your agency wants a code at each sign-in.", "wanted")
    _drop(user)


def resettable(principal: Principal, membership: Membership) -> bool:
    """Whether the principal may take a lost app from this member: an owner, of somebody of no other agency."""
    elsewhere = Membership.objects.filter(user_id=membership.user_id).exclude(agency=principal.agency)
    return membership.user_id != principal.user.id and not elsewhere.exists()


@transaction.atomic
def reset(*, principal: Principal, membership: Membership) -> None:
    """Take away the app and the passkeys of a device that a member lost; all of theirs are signed out.

    Raises Conflict.
    """
    principal.need("agency:write")
    if not resettable(principal, membership):
        raise Conflict("This person has to do it themselves.", "not_yours")
    _drop(membership.user)
    Passkey.objects.filter(user=membership.user).delete()
    sessions.end_all(membership.user)
    audit.log(principal.agency, principal.user, "factor.reset", membership.user.email)


@transaction.atomic
def require(*, principal: Principal, on: bool) -> Agency:
    """Whether the staff has to sign in with a code. Raises Conflict for somebody who would lock themselves out."""
    principal.need("agency:write")
    agency = Agency.objects.select_for_update().get(pk=principal.agency.pk)
    if on and not active(principal.user):
        raise Conflict("Set up your own code first.", "own_first")
    if agency.second_factor != on:
        agency.second_factor = on
        agency.save(update_fields=["second_factor"])
        before, after = {"second_factor": not on}, {"second_factor": on}
        audit.log(agency, principal.user, "agency.changed", agency.slug, before, after)
    return agency


def covered(agency: Agency) -> tuple[int, int]:
    """How many of the staff sign in with a code, and how many there are."""
    staff = User.objects.filter(memberships__agency=agency, memberships__role__in=rights.STAFF, is_active=True)
    return staff.filter(authenticator__confirmed_at__isnull=False).count(), staff.count()


def rotate_keys() -> tuple[int, list[str]]:
    """Seal every app's secret with the newest key; returns how many, and the addresses whose app no key opens."""
    done, lost = 0, []
    for row in Authenticator.objects.select_related("user").order_by("user_id"):
        try:
            done += Authenticator.objects.filter(pk=row.pk, sealed=row.sealed).update(sealed=vault.rotate(row.sealed))
        except vault.Sealed:
            lost.append(row.user.email)
    return done, lost


def _use_app(user: User, code: str) -> bool:
    row = Authenticator.objects.filter(user=user, confirmed_at__isnull=False).first()
    step = row and _step(row, code, timezone.now())
    if not step:
        return False
    return Authenticator.objects.filter(user=user, last_step__lt=step).update(last_step=step) == 1


def _step(row: Authenticator, code: str, now: datetime) -> int | None:
    """The half minute whose code this is, None when it is none of those around now."""
    if not (key := _key(row)):
        return None
    app, current = TOTP(key, DIGITS, SHA1(), STEP), int(now.timestamp()) // STEP
    given = "".join(code.split()).encode()
    return next((current + off for off in DRIFT if compare_digest(app.generate((current + off) * STEP), given)), None)


def _key(row: Authenticator) -> bytes:
    """Empty where no key opens it any more: then only a recovery code or an owner helps."""
    try:
        return bytes.fromhex(vault.unseal_text(row.sealed, owner=_owner(row.user_id)))
    except vault.Sealed:
        return b""


def _owner(user_id: int) -> str:
    return f"authenticator:{user_id}"


def _new_codes(user: User) -> list[str]:
    codes = ["".join(secrets.choice(LETTERS) for _letter in range(16)) for _code in range(CODES)]
    RecoveryCode.objects.filter(user=user).delete()
    RecoveryCode.objects.bulk_create(RecoveryCode(user=user, digest=digest(code)) for code in codes)
    return ["-".join(code[at : at + 4] for at in range(0, 16, 4)) for code in codes]


def _drop(user: User) -> None:
    removed, _kinds = Authenticator.objects.filter(user=user).delete()
    RecoveryCode.objects.filter(user=user).delete()
    if removed:
        mails.post("factor_off", user.email, user.language)
