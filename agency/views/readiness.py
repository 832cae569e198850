"""The readiness check in the dashboard: a client's checks held against the facts, and who took it in public."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from agency.doors import office_page
from campaigns import posts
from clients import access
from clients.models import Client, Prospect, Readiness
from clients.readiness import checks, prospects
from clients.readiness.questionnaire import QUESTIONS
from clients.refusal import Refused
from clients.views import check_form, readiness_words
from feedback import actuals

from .client import CHANGES, file, show
from .lists import keyset

SHOWN = 12


@require_safe
@file
def readiness(request: HttpRequest, principal: access.Principal, client: Client) -> HttpResponse:
    """The latest check, what the facts say to it, and the ones before."""
    rows = list(checks.of(client)[:SHOWN])
    told = {"rows": [(row, readiness_words.OUTCOMES[row.outcome], check_form.SIGNS[row.outcome]) for row in rows]}
    if rows:
        told["zone"] = posts.zone_of(client)
        told |= {"check": rows[0], "told": check_form.told(rows[0].verdict)}
        told["facts"] = _facts(client, rows[0], told["zone"])
    return show(request, client, "readiness", told)


def _facts(client: Client, check: Readiness, zone: str) -> list[dict]:
    found = {one.question: one for one in actuals.of(client, check.answers, timezone.now(), zone)}
    return [
        {
            "question": readiness_words.QUESTIONS[question.key],
            "said": check_form.said(question.key, check.answers.get(question.key, "")),
            "found": check_form.said(question.key, found[question.key].answer),
            "actual": found[question.key],
        }
        for question in QUESTIONS
        if question.key in found
    ]


@require_http_methods(["GET", "HEAD", "POST"])
@file
def take(request: HttpRequest, principal: access.Principal, client: Client) -> HttpResponse:
    """The questions, filled in as they were answered last."""
    principal.need(CHANGES)
    given, wrong = {}, {}
    if request.method == "POST":
        given = check_form.given(request.POST)
        try:
            checks.take(client=client, actor=principal.user, answers=given)
            messages.success(request, _("The check is stored."))
            return redirect("client-readiness", client.slug)
        except Refused as error:
            wrong = check_form.faults(error)
    elif last := checks.of(client).first():
        given = last.answers
    told = {"areas": check_form.areas(given, wrong), "wrong": wrong}
    return show(request, client, "readiness", told, template="readiness_take", status=400 if wrong else 200)


@require_safe
@office_page
def listed(request: HttpRequest, principal: access.Principal) -> HttpResponse:
    """Who took the check on the public page, and who of them wants a word."""
    principal.need(CHANGES)
    found = keyset(request, prospects.listed(principal.agency), "-taken_at")
    told = {
        "screen": "clients",
        "list": found,
        "rows": [(row, readiness_words.OUTCOMES[row.outcome], check_form.SIGNS[row.outcome]) for row in found.rows],
        "address": request.build_absolute_uri(reverse("check", args=[principal.agency.slug])),
        "zone": principal.agency.calendar["zone"],
    }
    return render(request, "screens/clients/prospects.html", told)


@require_safe
@office_page
def prospect(request: HttpRequest, principal: access.Principal, id: int) -> HttpResponse:
    """One of them, with the verdict and every answer."""
    principal.need(CHANGES)
    found = Prospect.objects.filter(agency=principal.agency, id=id).select_related("handler", "became").first()
    if found is None:
        raise access.NotFound(f"There is no prospect '{id}'.")
    answers = [
        (text, check_form.said(key, found.answers.get(key, ""))) for key, text in readiness_words.QUESTIONS.items()
    ]
    told = {
        "screen": "clients", "row": found, "told": check_form.told(found.verdict), "answers": answers,
        "zone": principal.agency.calendar["zone"],
    }  # fmt: skip
    return render(request, "screens/clients/prospect.html", told)


@require_POST
@office_page
def handle(request: HttpRequest, principal: access.Principal, id: int) -> HttpResponse:
    principal.need(CHANGES)
    prospects.handle(agency=principal.agency, id=id, actor=principal.user)
    messages.success(request, _("Noted as seen to."))
    return redirect("prospects")
