"""Who did what when: the events of the reader's clients, and for owners the agency's own log."""

from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from agency import alphabet
from agency.doors import office_page
from agency.models import LogEntry, User
from clients import access
from clients.models import Calendar, Event

from . import changes
from .lists import keyset

FEW = 4


@require_safe
@office_page
def log(request: HttpRequest, principal: access.Principal) -> HttpResponse:
    """What happened to the clients, newest first, by client and deed."""
    principal.need("log:read")
    slug, action = request.GET.get("client", ""), _action(request)
    client = access.client(principal, slug) if slug else None
    found = Event.objects.filter(client=client) if client else _all(principal)
    listed = keyset(request, found.filter(action=action) if action else found, "-at")
    people = _actors(listed.rows)
    clients = list(access.clients(principal).order_by(*alphabet.by("name")))
    names, zones = {one.id: one for one in clients}, _zones(listed.rows)
    rows = [
        {
            "at": row.at,
            "zone": zones[row.client_id].key,
            "client": names[row.client_id],
            "actor": people.get(row.actor_id),
            "deed": changes.deed(row.action),
            "subject": changes.subject(row),
            **_lines(row, zones[row.client_id]),
        }
        for row in listed.rows
    ]
    told = {
        "screen": "log", "tab": "clients", "rows": rows, "list": listed, "slug": slug, "action": action,
        "clients": clients, "actions": _actions(), "owns": _owns(principal),
    }  # fmt: skip
    return render(request, "screens/log.html", told)


def _lines(row: Event | LogEntry, zone: ZoneInfo) -> dict:
    """What changed; more than a few lines are folded away."""
    found = changes.lines(row, zone)
    return {"lines": found, "count": len(found), "many": len(found) > FEW}


def _all(principal: access.Principal) -> QuerySet[Event]:
    return Event.objects.filter(client_id__among=principal.client_ids)


def _action(request: HttpRequest) -> str:
    return request.GET.get("action", "") if request.GET.get("action") in changes.DEEDS else ""


def _actions() -> list[tuple[str, str]]:
    return sorted(((action, str(words)) for action, words in changes.DEEDS.items()), key=lambda pair: pair[1])


def _actors(rows: list) -> dict[int, str]:
    """Names by id, in one query for the page."""
    ids = {row.actor_id for row in rows if row.actor_id}
    return dict(User.objects.filter(id__in=ids).values_list("id", "name"))


def _zones(rows: list) -> dict[int, ZoneInfo]:
    ids = {row.client_id for row in rows}
    found = Calendar.objects.filter(client_id__among=ids).values_list("client_id", "document__zone")
    return {id: ZoneInfo(zone) for id, zone in found}


def _owns(principal: access.Principal) -> bool:
    return "agency:write" in principal.rights and principal.every_client


@require_safe
@office_page
def agency(request: HttpRequest, principal: access.Principal) -> HttpResponse:
    """How clients, people and keys came and went."""
    principal.need("log:read")
    if not _owns(principal):
        raise access.Forbidden("agency:write")
    action, zone = _action(request), ZoneInfo(principal.agency.calendar["zone"])
    found = LogEntry.objects.filter(agency=principal.agency)
    listed = keyset(request, found.filter(action=action) if action else found, "-at")
    people = _actors(listed.rows)
    rows = [
        {
            "at": row.at,
            "zone": zone.key,
            "actor": people.get(row.actor_id),
            "deed": changes.deed(row.action),
            "subject": row.subject,
            **_lines(row, zone),
        }
        for row in listed.rows
    ]
    told = {
        "screen": "log", "tab": "agency", "rows": rows, "list": listed, "action": action, "actions": _actions(),
        "owns": True,
    }  # fmt: skip
    return render(request, "screens/log.html", told)
