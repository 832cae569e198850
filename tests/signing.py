"""What people do at the door, for tests: read their mail, and the app on their phone."""

import re
import time
from base64 import b32decode

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from django.core import mail
from django.test import Client as Browser
from django.utils import timezone

from agency.models import Authenticator, User
from clients import factors, mails

PASSWORD = "long enough 4711"


def letters() -> list[mail.EmailMessage]:
    """What the postman brings now, the newest last."""
    mail.outbox = []
    mails.mail_due(now=timezone.now())
    return mail.outbox


def link() -> str:
    """The path of the link in the newest mail."""
    return re.search(r"https?://[^/\s]+(/\S+)", letters()[-1].body)[1]


def code(secret: str, steps: int = 0) -> str:
    """What the app shows, so many half minutes from now."""
    return TOTP(b32decode(secret), 6, SHA1(), 30).generate(int(time.time()) + 30 * steps).decode()


def with_app(user: User) -> tuple[str, list[str]]:
    """Give the person an app whose codes of now are unused; its secret and the recovery codes."""
    factors.begin(user)
    secret = factors.setup(user).secret
    codes = factors.confirm(user=user, code=code(secret), session_key=None)
    Authenticator.objects.update(last_step=0)
    return secret, codes


def without_forgery_key(page: bytes) -> str:
    return re.sub(r'value="[^"]{64}"', "", page.decode())


def give_password(email: str, password: str = PASSWORD) -> None:
    user = User.objects.get(email=email)
    if not user.has_usable_password():
        user.set_password(password)
        user.save()


def signed_in(email: str, password: str = PASSWORD, **headers) -> Browser:
    """A browser that has sent this password, which somebody without one now has."""
    give_password(email, password)
    browser = Browser(**headers)
    browser.post("/sign-in/", {"username": email, "password": password})
    return browser
