"""The readiness check on the agency's public page: no account, and a name only if somebody wants a word."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from agency.views.attempts import Trouble
from clients.readiness import prospects
from clients.refusal import Conflict, Refused

from . import check_form


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def check(request: HttpRequest, agency: str) -> HttpResponse:
    """The questions; a POST leads to the result, whose address nobody can guess."""
    whose = prospects.agency(agency)
    given, wrong, trouble, status = {}, {}, "", 200
    if request.method == "POST":
        given = check_form.given(request.POST)
        if request.POST.get("website"):  # a field that only machines see
            return redirect("check", whose.slug)
        try:
            _found, key = prospects.check(agency=whose, answers=given)
            return redirect("check-result", whose.slug, key)
        except Refused as error:
            wrong, status = check_form.faults(error), 400
            trouble = _("Some answers are missing; they are marked below.")
        except Conflict:
            trouble, status = _("Too many checks were taken today. Please try again tomorrow."), 429
    told = {"areas": check_form.areas(given, wrong), "trouble": trouble}
    return _shown(request, "check/questions.html", told, whose, status)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def result(request: HttpRequest, agency: str, key: str) -> HttpResponse:
    """The verdict with its reasons; a POST leaves an address."""
    whose = prospects.agency(agency)
    found, faults, status = prospects.enter(whose, key), {}, 200
    given = {field: request.POST.get(field, "") for field in prospects.LONGEST}
    if request.method == "POST":
        try:
            prospects.ask(found, **given)
            return redirect("check-result", whose.slug, key)
        except Refused as error:
            faults, status = check_form.contact_faults(error), 400
    told = {"check": found, "told": check_form.told(found.verdict), "given": given, "trouble": Trouble(status, faults)}
    return _shown(request, "check/result.html", told, whose, status)


def _shown(request: HttpRequest, template: str, told: dict, whose, status: int) -> HttpResponse:
    answer = render(request, template, told | {"agency": whose}, status=status)
    # With "no-referrer" browsers would send forms without their origin, and these would be refused.
    answer["Referrer-Policy"] = "same-origin"
    if "check" in told:
        answer["X-Robots-Tag"] = "noindex"
    return answer
