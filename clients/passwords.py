"""How somebody gets another password: with the one they have, or by a link that is mailed to them."""

from datetime import datetime, timedelta

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from agency import sessions
from agency.models import User
from agency.tokens import digest

from . import mails
from .access import NotFound
from .models import PasswordReset
from .refusal import Refused

LASTS, AGAIN = timedelta(hours=1), timedelta(minutes=5)
LONGEST = 200


@transaction.atomic
def forgot(email: str) -> None:
    """Queue a mail with a link, at most every five minutes; for an address without account nothing."""
    now, email = timezone.now(), email.strip().lower()
    found = User.objects.select_for_update(no_key=True).filter(email=email, is_active=True)
    user = None if "\0" in email else found.first()
    if user is None or PasswordReset.objects.filter(user=user, created_at__gt=now - AGAIN).exists():
        return
    key, stored = mails.new_key()
    PasswordReset.objects.create(user=user, digest=stored, expires_at=now + LASTS)
    mails.post("password_reset", user.email, user.language, key=key)


def find(key: str) -> PasswordReset:
    """The reset that the key opens now. Raises NotFound."""
    return _valid(PasswordReset.objects.select_related("user").filter(digest=digest(key)).first())


@transaction.atomic
def reset(*, key: str, password: str) -> User:
    """The new password, once; every device is signed out, every other link ends. Raises NotFound, Refused."""
    held = PasswordReset.objects.select_for_update().filter(digest=digest(key)).first()
    user = _valid(held).user
    _set(user, password, "password")
    PasswordReset.objects.filter(user=user, used_at=None).update(used_at=timezone.now())
    sessions.end_all(user)
    return user


@transaction.atomic
def change(*, user: User, old: str, new: str, session_key: str | None) -> None:
    """Every device but this one is signed out. Raises Refused."""
    if not user.check_password(old):
        raise Refused("old", "is not your password", "wrong")
    _set(user, new, "new")
    PasswordReset.objects.filter(user=user, used_at=None).update(used_at=timezone.now())
    sessions.end_all(user, but=session_key)


def check(password: str, user: User, field: str) -> None:
    """Raises Refused where the password is too easy to guess."""
    if len(password) > LONGEST:
        raise Refused(field, f"has more than {LONGEST} characters")
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise Refused(errors=[(field, f"is too weak: {one.code}", "weak") for one in error.error_list]) from error


def tidy(now: datetime) -> None:
    PasswordReset.objects.filter(expires_at__lt=now - timedelta(days=1)).delete()


def _valid(row: PasswordReset | None) -> PasswordReset:
    if row is None or row.used_at or row.expires_at <= timezone.now() or not row.user.is_active:
        raise NotFound("This link does not work any more.")
    return row


def _set(user: User, password: str, field: str) -> None:
    check(password, user, field)
    user.set_password(password)
    user.save(update_fields=["password"])
    mails.post("password_changed", user.email, user.language)
