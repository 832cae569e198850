"""Criticism in the inbox: the case of a conversation, the second pair of eyes, and the page of an incident."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from agency import rights
from agency.doors import office_page
from clients import access
from clients.models import Calendar
from clients.refusal import Conflict, Refused
from feedback import cases, desk, disclosures, eyes, incidents, tasks
from feedback.models import Conversation, Incident, Reply
from feedback.nudges import nudge

from . import criticism_words, words
from .decisions import again, back, writable


@require_POST
@office_page
def case(request: HttpRequest, principal: access.Principal, client: str, id: int, act: str) -> HttpResponse:
    """One decision about the conversation's case."""
    row = writable(principal, client, id)
    if act not in CASE:
        raise Http404
    try:
        CASE[act](row, principal.user, request.POST)
    except (Refused, Conflict) as error:
        return again(request, principal, row, f"case-{act}", error)
    return back(request, row)


@require_POST
@office_page
def second(request: HttpRequest, principal: access.Principal, client: str, id: int, reply: int, act: str):
    """One decision about an answer that waits for a second pair of eyes."""
    row = writable(principal, client, id)
    found = Reply.objects.filter(client_id=row.client_id, conversation=row, id=reply)
    found = found.select_related("conversation__client", "channel__client", "user").first()
    if found is None:
        raise access.NotFound(f"There is no reply '{reply}'.")
    if act not in EYES:
        raise Http404
    try:
        EYES[act](found, principal.user, request.POST)
    except (Refused, Conflict) as error:
        return again(request, principal, row, f"reply-{act}", error)
    nudge(tasks.deliver_replies)
    return back(request, row)


@office_page
def listed(request: HttpRequest, principal: access.Principal) -> HttpResponse:
    """Incidents of all clients: those that run, and the last that were closed."""
    principal.need("inbox:read")
    closed = Incident.objects.filter(client_id__among=principal.client_ids, closed_at__isnull=False)
    closed = closed.select_related("client", "owner").order_by("-closed_at", "-id")[:50]
    told = {"running": incidents.running(principal.client_ids)[:50], "closed": closed, "zone": _zone(principal)}
    return render(request, "inbox/incidents.html", told)


@office_page
def incident(request: HttpRequest, principal: access.Principal, client: str, incident: int) -> HttpResponse:
    principal.need("inbox:read")
    return _shown(request, principal, _incident(principal, client, incident))


@require_POST
@office_page
def act(request: HttpRequest, principal: access.Principal, client: str, incident: int, act: str) -> HttpResponse:
    """One decision about an incident."""
    principal.need("inbox:read")
    principal.need("inbox:write")
    row = _incident(principal, client, incident)
    if act not in INCIDENT:
        raise Http404
    try:
        INCIDENT[act](row, principal, request.POST)
    except (Refused, Conflict) as error:
        status = 409 if isinstance(error, Conflict) else 400
        return _shown(request, principal, row, status, wrong=act, trouble=words.no(error), given=request.POST)
    return redirect("incident", client, row.id)


def _incident(principal: access.Principal, client: str, id: int) -> Incident:
    found = incidents.whole().filter(client=access.client(principal, client), id=id).first()
    if found is None:
        raise access.NotFound(f"There is no incident '{id}'.")
    return found


def _shown(request, principal: access.Principal, row: Incident, status: int = 200, **typed) -> HttpResponse:
    linked = row.cases.select_related("conversation__channel", "conversation__assignee")
    told = {
        "row": row,
        "linked": linked.order_by("conversation__received_at", "conversation_id"),
        "zone": Calendar.objects.values_list("document__zone", flat=True).get(client_id=row.client_id),
        "people": access.people(row.client, rights.ANSWERING),
        "may_write": "inbox:write" in principal.rights,
        "words": words,
        "named": criticism_words,
    }
    return render(request, "inbox/incident.html", told | typed, status=status)


def _zone(principal: access.Principal) -> str:
    return principal.agency.calendar["zone"]


def _open(row: Conversation, user, given) -> None:
    incidents.open_by_hand(conversation=row, user=user, title=given.get("title", ""))


def _remove(row: Conversation, user, given) -> None:
    silenced = {"spam": desk.spam, "block": desk.block}.get(given.get("action", ""))
    if silenced:
        silenced(conversation=row, user=user, reason=given.get("reason", ""))
        return
    disclosures.remove(conversation=row, user=user, action=given.get("action", ""), reason=given.get("reason", ""))


CASE = {
    "kind": lambda row, user, given: cases.choose(conversation=row, user=user, kind=given.get("kind", "")),
    "step": lambda row, user, given: cases.do(
        conversation=row, user=user, step=given.get("step", ""), done=given.get("done") != "no"
    ),
    "close": lambda row, user, given: cases.close(
        conversation=row, user=user, outcome=given.get("outcome", ""), note=given.get("reason", "")
    ),
    "remove": _remove,
    "incident": _open,
}


def _version(given) -> int | None:
    text = given.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else None


EYES = {
    "release": lambda reply, user, given: eyes.release(reply=reply, user=user, version=_version(given)),
    "return": lambda reply, user, given: eyes.give_back(reply=reply, user=user, remark=given.get("remark", "")),
    "revise": lambda reply, user, given: eyes.revise(reply=reply, user=user, text=given.get("revised", "")),
    "drop": lambda reply, user, given: eyes.drop(reply=reply, user=user),
    "given": lambda reply, user, given: eyes.given(reply=reply, user=user),
}


def _lead(row: Incident, principal: access.Principal, given) -> None:
    email = given.get("owner", "")
    person = access.member(principal, principal.user.email if email == "me" else email, row.client)
    incidents.hand_over(incident=row, user=principal.user, owner=person)


def _close(row: Incident, principal: access.Principal, given) -> None:
    incidents.close(incident=row, user=principal.user, summary=given.get("summary", ""))


def _decide(row: Incident, principal: access.Principal, given) -> None:
    incidents.decide(incident=row, user=principal.user, text=given.get("text", ""))


INCIDENT = {"lead": _lead, "decide": _decide, "close": _close}
