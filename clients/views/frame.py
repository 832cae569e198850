"""What every page of the portal knows: whose it is, what waits for them, and whether they may decide."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import wraps
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from agency import alphabet
from agency.doors import portal_page
from campaigns import cards
from clients import access
from clients.models import Client

DECIDE, HOLD = "approvals:write", "holds:write"


@dataclass(frozen=True)
class Visit:
    """One request to the portal; `today` is the local day of the first of the clients."""

    request: HttpRequest
    principal: access.Principal
    clients: list[Client]
    waiting: int
    asked: int
    now: datetime

    @property
    def ids(self) -> list[int]:
        return [client.id for client in self.clients]

    @property
    def zone(self) -> str:
        calendar = self.clients[0].calendar.document if self.clients else self.principal.agency.calendar
        return calendar["zone"]

    @property
    def today(self) -> date:
        return self.now.astimezone(ZoneInfo(self.zone)).date()

    @property
    def decides(self) -> bool:
        return DECIDE in self.principal.rights

    @property
    def several(self) -> bool:
        return len(self.clients) > 1

    @property
    def name(self) -> str:
        return " · ".join(client.name for client in self.clients) or self.principal.agency.name

    def shown(self, template: str, *, status: int = 200, **told) -> HttpResponse:
        return render(self.request, f"portal/{template}.html", told | {"visit": self}, status=status)


def portal(view: Callable) -> Callable:
    """Calls `view(visit, …)` for people of a client; everybody else is led where they belong."""

    @portal_page
    @wraps(view)
    def entered(request, principal, *args, **kwargs):
        return view(visit(request, principal), *args, **kwargs)

    return entered


def visit(request: HttpRequest, principal: access.Principal) -> Visit:
    clients = list(access.clients(principal).select_related("calendar").order_by(*alphabet.by("name")))
    waiting, asked = cards.waits(principal.client_ids)
    return Visit(request, principal, clients, waiting, asked, timezone.now())
