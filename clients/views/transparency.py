"""Where the client reads what was done to criticism and what was decided in its place, the same for the agency."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from agency.views.attempts import Trouble, attempt
from agency.views.client import file, show
from agency.views.inbox import criticism_words
from clients import access
from clients.models import Client
from clients.refusal import Refused
from feedback import cases, disclosures

from .frame import Visit, portal

SHOWN = 200
RULES = "policies:write"


@dataclass(frozen=True)
class Line:
    """One entry of the log, whatever it is about."""

    at: datetime
    what: str
    client: str
    where: str
    by: str
    author: str
    said: str
    reason: str
    by_hand: bool = False


@require_safe
@portal
def own(visit: Visit) -> HttpResponse:
    visit.principal.need("clients:read")
    told = {"rows": lines(visit.ids), "several": visit.several, "zone": visit.zone, "named": criticism_words}
    return visit.shown("transparency", **told)


@require_http_methods(["GET", "HEAD", "POST"])
@file
def of_client(request: HttpRequest, principal: access.Principal, client: Client) -> HttpResponse:
    """The client's log in the open, and its rules for criticism."""
    trouble, rules = Trouble(), cases.rules(client)
    given = {
        "four_eyes_stars": rules.four_eyes_stars,
        "four_eyes_kinds": rules.four_eyes_kinds,
        "crisis_count": rules.crisis_count,
        "crisis_hours": f"{rules.crisis_minutes / 60:g}",
    }
    if request.method == "POST":
        principal.need(RULES)
        given = request.POST.dict() | {"four_eyes_kinds": request.POST.getlist("four_eyes_kinds")}
        trouble = attempt(lambda: cases.change_rules(client=client, actor=principal.user, **_rules(given)))
        if not trouble:
            messages.success(request, _("Saved."))
            return redirect("client-criticism", client.slug)
    told = {
        "given": given, "trouble": trouble, "rows": lines([client.id]), "named": criticism_words,
        "kinds": [(kind, label) for kind, label in criticism_words.KINDS.items() if kind != "illegal"],
    }  # fmt: skip
    return show(request, client, "criticism", told, status=trouble.status)


def lines(client_ids: Collection[int]) -> list[Line]:
    """The newest 200 of each sort, the latest first."""
    found = [
        Line(row.at, row.action, row.client.name, row.channel.name, row.user.name, row.author_name, row.said,
             row.reason, row.by_hand)
        for row in disclosures.rows(client_ids)[:SHOWN]
    ]  # fmt: skip
    found += [
        Line(row.at, row.verdict, row.client.name, row.publication.channel.name, row.user.name if row.user else "", "",
             row.publication.post.title or row.publication.post.text, row.reason)
        for row in disclosures.decided(client_ids)[:SHOWN]
    ]  # fmt: skip
    return sorted(found, key=lambda line: line.at, reverse=True)


def _rules(given: dict) -> dict:
    """Raises Refused."""
    try:
        minutes = round(float(given.get("crisis_hours", "").replace(",", ".")) * 60)
    except (ValueError, OverflowError):
        raise Refused("crisis_minutes", "must be a whole number") from None
    kinds = [kind for kind in given["four_eyes_kinds"] if kind]
    return {name: _whole(given, name) for name in ("four_eyes_stars", "crisis_count")} | {
        "crisis_minutes": minutes, "four_eyes_kinds": kinds,
    }  # fmt: skip


def _whole(given: dict, name: str) -> int:
    text = given.get(name, "").strip()
    if not (text.isascii() and text.isdigit() and len(text) <= 6):
        raise Refused(name, "must be a whole number")
    return int(text)
