"""The first screen: how the clients stand today."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from agency.doors import staff_page
from clients import access
from clients.models import Calendar
from feedback import standing

from .words import span


@staff_page
def home(request: HttpRequest, principal: access.Principal) -> HttpResponse:
    """Every client of the user with its running promises, the one in most trouble first."""
    now = timezone.now()
    stands = standing.of_clients(principal.client_ids, now)
    zones = dict(Calendar.objects.filter(client_id__in=principal.client_ids).values_list("client_id", "document__zone"))
    rows = [
        _row(client, stands.get(client.id, standing.Standing()), ZoneInfo(zones[client.id]), now)
        for client in access.clients(principal).order_by("name")
    ]
    rows.sort(key=lambda row: (-row["overdue"], row["due"] is None, row["due"] or now))
    total = {name: sum(row[name] for row in rows) for name in ("open", "overdue")}
    return render(request, "home.html", {"principal": principal, "rows": rows, "total": total})


def _row(client, stand: standing.Standing, zone: ZoneInfo, now: datetime) -> dict:
    due = stand.next_due
    return {
        "client": client,
        "open": stand.open,
        "overdue": stand.overdue,
        "due": due,
        "zone": zone,
        "left": due and _("in %(span)s") % {"span": span((due - now).total_seconds())},
        "state": "overdue" if stand.overdue else "waiting" if stand.open else "calm",
    }
