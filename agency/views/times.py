"""Time: what somebody spent for whom this week, the timer, and how each client's month stands against its budget."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from agency import alphabet
from agency.doors import office_page
from campaigns.effort import budget, entries
from campaigns.models import Post, TimeEntry
from clients import access
from clients.models import Client
from clients.refusal import Refused

from . import labels, periods, sheets, typed
from .attempts import Trouble, attempt

WRITES, STEERS = "campaigns:write", "clients:write"
MOST = 400
DAY = timedelta(days=1)


@require_http_methods(["GET", "HEAD", "POST"])
@office_page
def times(request: HttpRequest, principal: access.Principal) -> HttpResponse:
    """One week of one's own time, and for whoever steers the month of every client."""
    principal.need("campaigns:read")
    trouble, given = Trouble(), {"day": "", "activity": "answer", "client": request.GET.get("client", "")}
    if request.method == "POST":
        principal.need(WRITES)
        given = request.POST
        trouble = attempt(lambda: _enter(principal, given))
        if not trouble:
            messages.success(request, _("The time is written down."))
            return redirect(f"{request.path}?week={given.get('week', '')}")
    now = timezone.now()
    today = now.astimezone(ZoneInfo(principal.agency.calendar["zone"])).date()
    monday = _monday(request.GET.get("week") or request.POST.get("week", ""), today)
    clients = list(access.clients(principal).order_by(*alphabet.by("name")))
    names = {client.id: client for client in clients}
    rows = list(_own(principal, monday, monday + 6 * DAY))
    for row in rows:
        row.of, row.words = names[row.client_id], labels.ACTIVITIES[row.activity]
    days = [{"day": monday + n * DAY, "rows": [row for row in rows if row.day == monday + n * DAY]} for n in range(7)]
    for one in days:
        one["seconds"] = sum(row.seconds or 0 for row in one["rows"])
    told = {
        "screen": "times",
        "days": days,
        "total": sum(one["seconds"] for one in days),
        "week": monday,
        "before": monday - 7 * DAY,
        "after": monday + 7 * DAY if monday + 7 * DAY <= today else None,
        "clients": [(client.slug, client.name) for client in clients],
        "activities": labels.ACTIVITIES.items(),
        "given": given,
        "trouble": trouble,
        "today": today,
        "may_write": WRITES in principal.rights,
        "steers": STEERS in principal.rights,
    }
    if told["steers"]:
        told |= _months(clients, request.GET.get("month", ""), today, now)
    return render(request, "screens/times.html", told, status=trouble.status)


def _own(principal: access.Principal, low: date, high: date):
    rows = TimeEntry.objects.filter(client__in=principal.client_ids, person=principal.user, day__range=(low, high))
    return rows.filter(by_client=False).order_by("day", "id")[:MOST]


def _months(clients: list[Client], asked: str, today: date, now) -> dict:
    try:
        month = periods.month(asked, today)
    except Refused:
        month = today.replace(day=1)
    found = budget.months(clients, [month], now)
    rows = [{"client": client, "month": found[client.id, month]} for client in clients]
    order = {"over": 0, "at_risk": 1, "ok": 2, "unknown": 3}
    rows.sort(key=lambda row: order[row["month"].state])
    for row in rows:
        row["share"] = min(100, round(100 * row["month"].minutes / row["month"].budget)) if row["month"].budget else 0
    return {"months": rows, "month": month, "month_before": month - DAY, "month_after": periods.following(month)}


def _monday(text: str, today: date) -> date:
    try:
        day = date.fromisoformat(text) if len(text) == 10 else today
    except ValueError:
        day = today
    day = min(day, today)
    return day - day.weekday() * DAY if 1990 <= day.year <= 2100 else today - today.weekday() * DAY


def _enter(principal: access.Principal, given) -> None:
    client = access.client(principal, given.get("client", ""))
    try:
        day = date.fromisoformat(given.get("day", "")[:10])
    except ValueError:
        raise Refused("day", "must be a date") from None
    entries.enter(
        client=client, person=principal.user, activity=given.get("activity", ""), day=day,
        minutes=typed.minutes(given.get("minutes", "")), note=given.get("note", "").strip(),
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@office_page
def entry(request: HttpRequest, principal: access.Principal, id: int) -> HttpResponse:
    """Change or remove one of one's own entries."""
    principal.need(WRITES)
    row = TimeEntry.objects.filter(client__in=principal.client_ids, person=principal.user, id=id).first()
    if row is None:
        raise access.NotFound(f"There is no time entry '{id}'.")
    row.client = access.clients(principal).get(id=row.client_id)
    given, trouble = {"minutes": (row.seconds or 0) // 60, "day": row.day.isoformat()}, Trouble()
    given |= {"activity": row.activity, "note": row.note}
    if request.method == "POST":
        given = request.POST
        trouble = attempt(lambda: _change(principal, row, given))
        if not trouble:
            messages.success(request, _("Saved."))
            return redirect(f"{reverse('times')}?week={row.day.isoformat()}")
    told = {"screen": "times", "row": row, "given": given, "trouble": trouble, "activities": labels.ACTIVITIES.items()}
    return render(request, "screens/time.html", told, status=trouble.status)


def _change(principal: access.Principal, row: TimeEntry, given) -> None:
    if given.get("what") == "remove":
        entries.remove(row, actor=principal.user)
        return
    try:
        day = date.fromisoformat(given.get("day", "")[:10])
    except ValueError:
        raise Refused("day", "must be a date") from None
    entries.change(
        row, actor=principal.user, activity=given.get("activity", ""), day=day,
        minutes=typed.minutes(given.get("minutes", "")), note=given.get("note", "").strip()[:500],
    )  # fmt: skip


@require_safe
@office_page
def running(request: HttpRequest, principal: access.Principal) -> HttpResponse:
    """The timer that runs, for the frame of every page."""
    row = entries.running(principal.user, principal.client_ids) if WRITES in principal.rights else None
    return _timer(request, row)


@require_POST
@office_page
def start(request: HttpRequest, principal: access.Principal) -> HttpResponse:
    """Start the timer for a client, from the inbox, the editor or the list of times."""
    principal.need(WRITES)
    given = request.POST
    client = access.client(principal, given.get("client", ""))
    post = typed.id_of(given.get("post", ""))
    found = Post.objects.filter(client=client, id=post).select_related("campaign").first()
    trouble = attempt(
        lambda: entries.start(
            client=client,
            person=principal.user,
            served=principal.client_ids,
            activity=given.get("activity", ""),
            post=found,
            conversation=typed.id_of(given.get("conversation", "")),
        )  # fmt: skip
    )
    if trouble:
        messages.error(request, next(iter(trouble.fields.values()), trouble.whole))
    if request.htmx:
        return _timer(request, entries.running(principal.user, principal.client_ids))
    return redirect(typed.next_of(request, "times"))


@require_POST
@office_page
def stop(request: HttpRequest, principal: access.Principal) -> HttpResponse:
    principal.need(WRITES)
    row = entries.stop(person=principal.user, served=principal.client_ids)
    if request.htmx:
        return _timer(request, None)
    if row:
        messages.success(request, _("The timer is stopped."))
    return redirect(typed.next_of(request, "times"))


def _timer(request: HttpRequest, row: TimeEntry | None) -> HttpResponse:
    return render(request, "parts/timer.html", {"row": row, "words": row and labels.ACTIVITIES[row.activity]})


@require_safe
@office_page
def export(request: HttpRequest, principal: access.Principal, form: str) -> HttpResponse:
    """Every entry of a month, as a table: of all clients for whoever steers, else one's own."""
    principal.need("campaigns:read")
    month = periods.month(request.GET.get("month", ""), timezone.localdate())
    rows = TimeEntry.objects.filter(
        client__in=principal.client_ids, day__gte=month, day__lt=periods.following(month), seconds__isnull=False
    )
    if STEERS not in principal.rights:
        rows = rows.filter(person=principal.user)
    columns = [(_("Day"), "day"), (_("Client"), "text"), (_("Person"), "text"), (_("Whose time"), "text"),
               (_("Activity"), "text"), (_("Time taken"), "length"), (_("Note"), "text")]  # fmt: skip
    table = sheets.Table(
        _("Time spent"),
        columns,
        [
            (row.day, row.client.name, row.person.name, _("the client's") if row.by_client else _("ours"),
             labels.ACTIVITIES[row.activity], row.seconds, row.note)
            for row in rows.select_related("client", "person").order_by("day", *alphabet.by("client__name"))[:50_000]
        ],
    )  # fmt: skip
    return sheets.answer([table], form, f"zeiten-{month:%Y-%m}")
