"""The first screen: what waits for me today, and how the clients stand."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from agency.doors import staff_page
from clients import access, calendars, notices
from feedback import alerts, promises
from feedback.models import Conversation

from . import outlook

MINE, NEWS = 10, 6
SHOWN = (
    "status", "author_name", "preview", "due_at", "warn_at", "client__slug", "client__name",
    "client__calendar__document", "channel__name",
)  # fmt: skip


@staff_page
def home(request: HttpRequest, principal: access.Principal) -> HttpResponse:
    """My deadlines, late approvals, the posts of the next day, and the clients, the one in most trouble first."""
    now = timezone.now()
    clients = tuple(access.by_name(principal))
    works = "inbox:read" in principal.rights and not principal.of_client
    told = _of_person(principal, works, now)
    zones = {client.id: client.zone for client in clients}
    for row in [*told["mine"], *told["news"]]:
        row.zone = zones[row.client_id]
    told |= {
        "principal": principal,
        "today": now.astimezone(ZoneInfo(principal.agency.calendar["zone"])).date(),
        "count": len(clients),
        "works": works,
        "outlook": outlook.of(principal, clients, works, now),
    }
    return render(request, "home.html", told)


def _of_person(principal: access.Principal, works: bool, now: datetime) -> dict:
    """The next deadlines of what the user has taken, and what they were told and have not read."""
    told = notices.inbox(principal.user).filter(client_id__among=principal.client_ids, read_at=None)
    news = list(told.select_related("client")[:NEWS])
    for notice in news:
        notice.text = notices.text(notice)
    if not works:
        return {"mine": [], "news": news, "unread": 0}
    rows = Conversation.objects.filter(
        client_id__among=principal.client_ids, assignee=principal.user, due_at__isnull=False
    )
    found = rows.select_related("client__calendar", "channel").only(*SHOWN)
    mine = list(found.order_by("due_at", "id")[:MINE])
    for row in mine:
        row.promise = promises.of_conversation(row, calendars.build(row.client.calendar.document), now)
    unread = alerts.inbox(principal.user, now).filter(client_id__among=principal.client_ids, read_at=None).count()
    return {"mine": mine, "news": news, "unread": unread}
