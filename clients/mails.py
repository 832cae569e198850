"""Mails to one person about their account: invitations, new passwords, what was changed. The row is the queue."""

import secrets
from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from agency.tokens import digest

from . import letters, vault
from .models import Mail

AT_ONCE, KEPT = letters.AT_ONCE, timedelta(days=30)
# By kind: the subject, the text and the page its link leads to.
KINDS: dict[str, tuple[Callable[[], str], Callable[[], str], str]] = {
    "invitation": (
        lambda: _("%(inviter)s invites you to %(agency)s on Resonanz"),
        lambda: _(
            "%(inviter)s invites you to join %(agency)s on Resonanz.\n\n"
            "Open this link to accept. It works once and for 7 days:\n%(link)s\n\n"
            "If you did not expect this, ignore this mail: nothing happens without you."
        ),
        "invitation",
    ),
    "password_reset": (
        lambda: _("Choose a new password for Resonanz"),
        lambda: _(
            "Somebody, hopefully you, asked for a new password for this address.\n\n"
            "Open this link to choose one. It works once and for one hour:\n%(link)s\n\n"
            "If it was not you, ignore this mail: your password stays as it is."
        ),
        "new-password",
    ),
    "password_changed": (
        lambda: _("Your password for Resonanz was changed"),
        lambda: _(
            "Your password was changed just now, and every other device was signed out.\n\n"
            "If it was not you, choose a new one at once:\n%(link)s"
        ),
        "forgotten",
    ),
    "factor_on": (
        lambda: _("Signing in to Resonanz now needs a code"),
        lambda: _(
            "Your account now asks for a code from your app when you sign in.\n\n"
            "If it was not you, choose a new password at once:\n%(link)s"
        ),
        "forgotten",
    ),
    "factor_off": (
        lambda: _("Signing in to Resonanz needs no code any more"),
        lambda: _(
            "The code from your app was switched off for your account.\n\n"
            "If you did not expect this, choose a new password at once and tell your agency:\n%(link)s"
        ),
        "forgotten",
    ),
    "passkey_added": (
        lambda: _("A passkey now opens your account at Resonanz"),
        lambda: _(
            "The passkey “%(name)s” was added to your account. It signs in without password and code.\n\n"
            "If it was not you, choose a new password at once and remove the passkey under My account:\n%(link)s"
        ),
        "forgotten",
    ),
    "passkey_removed": (
        lambda: _("A passkey of your account at Resonanz was removed"),
        lambda: _(
            "The passkey “%(name)s” opens your account no longer.\n\n"
            "If you did not expect this, choose a new password at once and tell your agency:\n%(link)s"
        ),
        "forgotten",
    ),
    "prospect_asked": (
        lambda: _("%(business)s asks for a call"),
        lambda: _(
            "%(name)s of %(business)s took your readiness check and asks for a call.\n\n"
            "How to reach them, and what the check said:\n%(link)s"
        ),
        "prospects",
    ),
}


def new_key() -> tuple[str, str]:
    """A key for a link and what is stored of it."""
    key = secrets.token_urlsafe(32)
    return key, digest(key)


def post(kind: str, to: str, language: str, *, key: str = "", **values: str) -> Mail:
    """Queue one mail; `key` opens the page its link leads to, and is kept sealed until it is sent."""
    if kind not in KINDS:
        raise ValueError(f"no mail is called {kind!r}")
    sealed = vault.seal_text(key, owner=f"mail:{to}") if key else ""
    return Mail.objects.create(
        kind=kind, to=to, language=language, values=values, sealed=sealed, mail_at=timezone.now()
    )


def withdraw(mail: Mail | None) -> None:
    """It is not sent any more, if it was not yet."""
    if mail is not None:
        waiting = Mail.objects.filter(pk=mail.pk, mail_state__in=("queued", "sending"))
        waiting.update(mail_state="withdrawn", mail_fence=mail.mail_fence + 1, sealed="")


def mail_due(*, now: datetime) -> int:
    """Mail those that are due; returns how many were handed to the mail server."""
    return letters.mail_due(Mail, (), _letter, now=now)


def tidy(now: datetime) -> None:
    """Delete what was sent or given up long ago."""
    Mail.objects.filter(created_at__lt=now - KEPT).exclude(mail_state__in=("queued", "sending")).delete()


def _letter(mail: Mail) -> EmailMessage:
    subject, text, page = KINDS[mail.kind]
    key = vault.unseal_text(mail.sealed, owner=f"mail:{mail.to}") if mail.sealed else ""
    link = f"{settings.BASE_URL}/{page}/{key}/" if key else f"{settings.BASE_URL}/{page}/"
    with translation.override(mail.language):
        values = mail.values | {"link": link}
        return EmailMessage(
            " ".join((subject() % values).split())[:200],
            f"{text() % values}\n",
            to=[mail.to],
            headers={"Message-ID": f"<mail-{mail.id}@resonanz.invalid>", "Auto-Submitted": "auto-generated"},
        )
