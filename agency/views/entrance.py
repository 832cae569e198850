"""The ways in besides the password: the code of an app, a forgotten password, an invitation."""

import time
from collections.abc import Callable
from functools import wraps

from django.conf import settings
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from agency import guesses, sessions
from agency.models import User
from clients import access, factors, invitations, passwords

from . import labels
from .attempts import Trouble, attempt
from .words import span

HALF, HALF_SECONDS = "half", 600  # signed in with the password, the code is still to come
BACKEND = settings.AUTHENTICATION_BACKENDS[0]


def admit(request: HttpRequest, user: User, to: str) -> HttpResponse:
    """Sign in under a new session key, in the person's language, and lead to `to`."""
    request.session.pop(HALF, None)
    login(request, user, BACKEND)
    sessions.begin(request.session, request.META.get("HTTP_USER_AGENT", ""))
    guesses.right(user.email)
    return speak(redirect(to), user.language)


def speak(answer: HttpResponse, language: str) -> HttpResponse:
    """Let the pages speak this language from now on."""
    answer.set_cookie(settings.LANGUAGE_COOKIE_NAME, language, samesite="Lax", secure=settings.HTTPS)
    return answer


def ask_code(request: HttpRequest, user: User, to: str) -> HttpResponse:
    """The password was right: the code is asked for, for ten minutes and as long as the password stays."""
    request.session.cycle_key()
    request.session[HALF] = {
        "user": user.id, "hash": user.get_session_auth_hash(), "until": int(time.time()) + HALF_SECONDS, "to": to,
    }  # fmt: skip
    return redirect("sign-in-code")


def too_many(account: str) -> tuple[str, int]:
    """Count a guess for the account; what to say and how many seconds to wait, nothing and 0 when it may be tried."""
    seconds = guesses.guess(account)
    return (_("Too many attempts. Please wait %(span)s.") % {"span": span(seconds)} if seconds else ""), seconds


def private(view: Callable) -> Callable:
    """A page whose address is a key: kept nowhere, and not told to others."""

    @never_cache
    @require_http_methods(["GET", "HEAD", "POST"])
    @wraps(view)
    def entered(request, *args, **kwargs):
        try:
            answer = view(request, *args, **kwargs)
        except access.NotFound:
            answer = render(request, "entrance/gone.html", status=404)
        # With "no-referrer" browsers would send forms without their origin, and these would be refused.
        answer["Referrer-Policy"] = "same-origin"
        answer["X-Robots-Tag"] = "noindex"
        return answer

    return entered


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def code(request: HttpRequest) -> HttpResponse:
    """The second half of signing in."""
    half = request.session.get(HALF)
    user = _half_in(half)
    if user is None:
        return redirect("sign-in")
    if request.method != "POST":
        return render(request, "entrance/code.html")
    wait, seconds = too_many(user.email)
    if seconds:
        answer = render(request, "entrance/code.html", {"wait": wait}, status=429)
        answer["Retry-After"] = str(seconds)
        return answer
    if not factors.check(user, request.POST.get("code", "")[:100]):
        return render(request, "entrance/code.html", {"wrong": True}, status=400)
    return admit(request, user, half["to"])


def _half_in(half: dict | None) -> User | None:
    if half is None or half["until"] < time.time():
        return None
    user = User.objects.filter(id=half["user"], is_active=True).first()
    return user if user and user.get_session_auth_hash() == half["hash"] else None


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def forgotten(request: HttpRequest) -> HttpResponse:
    """Says the same for every address."""
    if request.method != "POST":
        return render(request, "entrance/forgotten.html")
    passwords.forgot(request.POST.get("email", "")[:254])
    return render(request, "entrance/forgotten.html", {"asked": True})


@private
def new_password(request: HttpRequest, key: str) -> HttpResponse:
    """The link of the mail; only sending the form uses it up."""
    user, trouble = passwords.find(key).user, Trouble()
    if request.method == "POST":
        given = request.POST.get("password", "")
        trouble = attempt(lambda: passwords.reset(key=key, password=given))
        if not trouble:
            return redirect(reverse("sign-in") + "?changed=1")
    told = {"email": user.email, "trouble": trouble}
    return render(request, "entrance/new_password.html", told, status=trouble.status)


@private
def invitation(request: HttpRequest, key: str) -> HttpResponse:
    """What one is invited to; only sending the form joins."""
    row, trouble = invitations.find(key), Trouble()
    known, name, new = invitations.account(row), request.POST.get("name", ""), []
    if request.method == "POST":
        password = request.POST.get("password", "")
        trouble = attempt(lambda: new.append(invitations.accept(key=key, name=name, password=password)))
        if not trouble:
            return _joined(request, new[0], known)
    told = {
        "invitation": row, "known": known, "name": name, "trouble": trouble, "role": labels.ROLES[row.role],
        "hint": labels.ROLE_HINTS[row.role],
    }  # fmt: skip
    return render(request, "entrance/invitation.html", told, status=trouble.status)


def _joined(request: HttpRequest, user: User, known: User | None) -> HttpResponse:
    """Somebody new is signed in at once; an account that was there before opens with its own password only."""
    if request.user == user:
        return redirect("home")
    if known:
        return redirect(reverse("sign-in") + "?joined=1")
    user.language = translation.get_language()
    user.save(update_fields=["language"])
    return admit(request, user, reverse("home"))
