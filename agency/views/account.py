"""My account, for everybody who signs in: name, language, password, the code of an app, and where one is signed in."""

import re
from collections.abc import Callable
from functools import wraps

import segno
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from agency import alphabet, guesses, rights, sessions
from agency.doors import account_page
from agency.models import Membership, User
from clients import access, factors, passwords
from clients import passkeys as keys
from clients.refusal import Conflict, Refused
from clients.views import frame

from . import entrance, labels, passkeys, typed
from .attempts import Trouble, attempt

BROWSERS = (("Edg", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
SYSTEMS = (
    ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"), ("CrOS", "ChromeOS"),
    ("Mac OS X", "macOS"), ("Linux", "Linux"),
)  # fmt: skip
DONE = {
    "names": gettext_lazy("Saved."),
    "password": gettext_lazy("Your password is changed; other devices were signed out."),
    "remove": gettext_lazy("From now on your password is enough."),
    "passkey_add": gettext_lazy("From now on this passkey signs you in."),
    "passkey_remove": gettext_lazy("The passkey is removed here; delete it on your device too."),
}


@never_cache
@require_safe
@account_page
def account(request: HttpRequest, principal: access.Principal) -> HttpResponse:
    return _shown(request, principal)


def change(act: Callable) -> Callable:
    """A form of the page: `act(request, principal)` raises what was wrong; then the page again, with what was typed.

    What it returns is shown this once.
    """

    @never_cache
    @require_POST
    @account_page
    @wraps(act)
    def entered(request, principal):
        found = []
        trouble = attempt(lambda: found.append(act(request, principal)))
        if trouble:
            return _shown(request, principal, trouble, act.__name__)
        if shown := found[0]:
            return _shown(request, principal, **shown)
        if act.__name__ in DONE:
            messages.success(request, DONE[act.__name__])
        answer = redirect("account")
        return entrance.speak(answer, principal.user.language) if act.__name__ == "names" else answer

    return entered


@change
def names(request: HttpRequest, principal: access.Principal) -> None:
    name, language = request.POST.get("name", "").strip(), request.POST.get("language", "")
    if not 1 <= len(name) <= 200 or "\0" in name:
        raise Refused("name", "needs 1 to 200 characters")
    if language not in labels.LANGUAGES:
        raise Refused("language", "must be one of those shown")
    principal.user.name, principal.user.language = name, language
    User.objects.filter(pk=principal.user.pk).update(name=name, language=language)


@change
def password(request: HttpRequest, principal: access.Principal) -> None:
    _guess(principal.user, "old")
    passwords.change(
        user=principal.user, old=request.POST.get("old", ""), new=request.POST.get("new", ""),
        session_key=request.session.session_key,
    )  # fmt: skip
    guesses.right(principal.user.email)
    update_session_auth_hash(request, principal.user)


@change
def begin(request: HttpRequest, principal: access.Principal) -> None:
    """Make a secret for the app, which the page then shows."""
    factors.begin(principal.user)


@change
def confirm(request: HttpRequest, principal: access.Principal) -> dict:
    """The app counts from now on; the recovery codes are shown this once."""
    codes = factors.confirm(
        user=principal.user, code=request.POST.get("code", "")[:100], session_key=request.session.session_key
    )
    request.session.cycle_key()
    return {"codes": codes}


@change
def renew(request: HttpRequest, principal: access.Principal) -> dict:
    """Ten new recovery codes, shown this once."""
    _prove(request, principal.user)
    return {"codes": factors.renew_codes(principal.user)}


@change
def remove(request: HttpRequest, principal: access.Principal) -> None:
    """The password alone is enough again."""
    _prove(request, principal.user)
    factors.remove(principal.user)


@change
def passkey_begin(request: HttpRequest, principal: access.Principal) -> dict:
    """The password proves who asks; then the page lets the browser make a key."""
    _prove(request, principal.user)
    question = keys.offer(principal.user, passkeys.site(request))
    passkeys.keep(request, question)
    return {"offer": question.options}


@change
def passkey_add(request: HttpRequest, principal: access.Principal) -> None:
    """Keep what the browser made."""
    challenge = passkeys.asked(request)
    if challenge is None:
        raise Conflict("This took too long: begin again.", "late")
    keys.add(
        user=principal.user, site=passkeys.site(request), challenge=challenge,
        answer=request.POST.get("answer", ""), name=request.POST.get("called", ""),
    )  # fmt: skip


@change
def passkey_remove(request: HttpRequest, principal: access.Principal) -> None:
    """The key opens nothing any more."""
    id = typed.id_of(request.POST.get("passkey", ""))
    if id is None:
        raise Refused("passkey", "must be one of those shown")
    keys.remove(user=principal.user, id=id)


@change
def devices(request: HttpRequest, principal: access.Principal) -> None:
    """Sign out of one other session, or of all."""
    named = request.POST.get("device", "")
    if named == "others":
        sessions.end_all(principal.user, but=request.session.session_key)
    elif named != sessions.name(request.session.session_key):
        sessions.end(principal.user, named)


@change
def choose(request: HttpRequest, principal: access.Principal) -> None:
    """Work for another agency of theirs."""
    chosen = typed.id_of(request.POST.get("agency", ""))
    if not Membership.objects.filter(user=principal.user, agency=chosen).exists():
        raise Refused("agency", "must be one of those shown")
    request.session.cycle_key()
    request.session[sessions.CHOSEN] = chosen


def _prove(request: HttpRequest, user: User) -> None:
    """Only who knows the password goes on. Raises Refused."""
    _guess(user, "proof")
    if not user.check_password(request.POST.get("proof", "")):
        raise Refused("proof", "is not your password", "wrong")
    guesses.right(user.email)


def _guess(user: User, field: str) -> None:
    if guesses.guess(user.email):
        raise Refused(field, "too many attempts", "too_many")


def _shown(
    request: HttpRequest, principal: access.Principal, trouble: Trouble | None = None, which: str = "", codes=(),
    offer: str = "",
) -> HttpResponse:
    """`which` names the form with the trouble; `offer` is what a browser needs to make a passkey."""
    user, trouble = principal.user, trouble or Trouble()
    active = factors.active(user)
    begun = None if active else factors.setup(user)
    told = {
        "screen": "account", "which": which, "trouble": trouble, "codes": codes, "languages": labels.LANGUAGES.items(),
        "name": request.POST.get("name", user.name), "language": request.POST.get("language", user.language),
        "active": active, "begun": begun, "qr": begun and _picture(begun.uri), "codes_left": factors.codes_left(user),
        "wanted": factors.missing(principal), "devices": _devices(request, principal),
        "passkeys": keys.of(user), "site": passkeys.site(request), "offer": offer,
        "agent": device(request.META.get("HTTP_USER_AGENT", "")),
        "zone": principal.agency.calendar["zone"], "role": labels.ROLES[principal.role],
        "agencies": list(
            Membership.objects.filter(user=user).select_related("agency").order_by(*alphabet.by("agency__name"))
        ),
    }  # fmt: skip
    if principal.role in rights.STAFF:
        told |= {"frame": "shell.html"}
    else:
        told |= {"frame": "portal/frame.html", "visit": frame.visit(request, principal)}
    return render(request, "account.html", told, status=trouble.status)


def _devices(request: HttpRequest, principal: access.Principal) -> list[dict]:
    here = request.session.session_key
    return [
        {"row": row, "name": sessions.name(row.session_key), "device": device(row.agent), "here": row.pk == here}
        for row in sessions.of(principal.user)[:50]
    ]


def device(agent: str) -> str:
    """What a browser calls itself, in two words a person knows."""
    browser = next((name for mark, name in BROWSERS if mark in agent), "")
    system = next((name for mark, name in SYSTEMS if re.search(rf"\b{mark}\b", agent)), "")
    if browser and system:
        return _("%(browser)s on %(system)s") % {"browser": browser, "system": system}
    return browser or system or _("Unknown device")


def _picture(uri: str) -> str:
    return segno.make(uri, error="m", micro=False).svg_inline(svgclass="qr", lineclass=None, omitsize=True, border=2)
