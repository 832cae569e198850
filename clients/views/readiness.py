"""The readiness check in the portal: the client looks at its own, and may take it itself."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from clients import access
from clients.readiness import checks
from clients.refusal import Refused

from . import check_form
from .frame import DECIDE, Visit, portal


@require_http_methods(["GET", "HEAD", "POST"])
@portal
def readiness(visit: Visit) -> HttpResponse:
    """The latest verdict, or with `?again` the questions. Whoever speaks for several clients chooses by `?of=`."""
    slug = visit.request.GET.get("of") or (visit.clients[0].slug if visit.clients else "")
    client = access.client(visit.principal, slug)
    last, given, wrong = checks.of(client).first(), {}, {}
    if visit.request.method == "POST":
        visit.principal.need(DECIDE)
        given = check_form.given(visit.request.POST)
        try:
            checks.take(client=client, actor=visit.principal.user, answers=given)
            messages.success(visit.request, _("Thank you, the check is stored."))
            return redirect(f"{visit.request.path}?of={client.slug}")
        except Refused as error:
            wrong = check_form.faults(error)
    asks = bool(wrong) or (visit.decides and (last is None or "again" in visit.request.GET))
    told = {"client": client, "check": last, "asks": asks, "wrong": wrong}
    if asks:
        told["areas"] = check_form.areas(given or (last.answers if last else {}), wrong)
    elif last:
        told["told"] = check_form.told(last.verdict)
    return visit.shown("readiness", status=400 if wrong else 200, **told)
