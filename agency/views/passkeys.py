"""Passkeys at the door, and what My account asks a browser for; the browser's part is static/passkeys.js."""

import time
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from clients import passkeys
from clients.passkeys import Question, Site

from . import entrance, typed

ASKED, SECONDS = "passkey", 300  # the question a browser has to answer, in its session; how long it has


@never_cache
@require_POST
def ask(request: HttpRequest) -> HttpResponse:
    """What the browser is to ask its device, as JSON."""
    question = passkeys.ask(site(request))
    keep(request, question)
    return HttpResponse(question.options, content_type="application/json")


@never_cache
@require_POST
def enter(request: HttpRequest) -> HttpResponse:
    """Signs in whose key answered."""
    challenge, answer = asked(request), request.POST.get("answer", "")
    user = challenge and passkeys.check(site=site(request), challenge=challenge, answer=answer)
    if not user:
        return render(request, "sign_in.html", {"no_passkey": True, "next": request.POST.get("next", "")}, status=400)
    return entrance.admit(request, user, typed.next_of(request, "home"))


def site(request: HttpRequest) -> Site:
    """As the browser's address bar has it; the host is one of ALLOWED_HOSTS."""
    origin = f"{request.scheme}://{request.get_host()}"
    return Site(urlsplit(origin).hostname, origin)


def keep(request: HttpRequest, question: Question) -> None:
    """The browser has five minutes to answer."""
    request.session[ASKED] = {"challenge": question.challenge, "until": int(time.time()) + SECONDS}


def asked(request: HttpRequest) -> str | None:
    """The challenge of the last question, which counts once."""
    held = request.session.pop(ASKED, None)
    return held["challenge"] if held and held["until"] > time.time() else None
