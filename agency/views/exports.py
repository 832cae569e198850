"""Files of rows in the dashboard: asked for, watched while a worker writes them, fetched, thrown away."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from agency.doors import office_page
from clients import access
from clients.models import Client
from clients.refusal import Refused
from feedback import exports as files
from feedback import extracts, tasks
from feedback.models import Export
from feedback.nudges import nudge
from feedback.views.download import served

from . import labels, periods
from .attempts import Trouble, attempt
from .lists import keyset

DAYS = 30
FIELDS = ("kind", "form", "client", "from", "to")
FORMS = {"csv-de": ("csv", "de"), "csv-en": ("csv", "en"), "xlsx": ("xlsx", "en"), "jsonl": ("jsonl", "en")}


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@office_page
def exports(request: HttpRequest, principal: access.Principal) -> HttpResponse:
    """Those whose rows one may read, the newest first; a POST asks for more."""
    kinds = [name for name, kind in extracts.KINDS.items() if kind.right in principal.rights]
    if not kinds:
        raise access.Forbidden("metrics:read")
    clients = list(access.clients(principal).order_by("name", "id"))
    given, trouble, made = _given(request.POST, principal), Trouble(), []
    if request.method == "POST":
        trouble = attempt(lambda: made.extend(_add(principal, clients, given)))
        if not trouble:
            nudge(tasks.build_exports)
            messages.success(request, _("The file is being made. You are told when it is ready."))
            return redirect("exports")
    found = keyset(request, files.readable(principal), "-created_at")
    now = timezone.now()
    told = {
        "screen": "figures",
        "list": found,
        "rows": [_row(export, principal, now) for export in found.rows],
        "working": any(export.state in ("queued", "running") for export in found.rows),
        "kinds": [(name, labels.EXPORT_KINDS[name]) for name in kinds],
        "forms": list(labels.EXPORT_FORMS.items()),
        "clients": [("", _("All clients, a file each")), *((client.slug, client.name) for client in clients)],
        "given": given,
        "trouble": trouble,
        "zone": principal.agency.calendar["zone"],
    }
    return render(request, "screens/exports.html", told, status=trouble.status)


@never_cache
@require_safe
@office_page
def file(request: HttpRequest, principal: access.Principal, id: int) -> HttpResponseBase:
    return served(request, files.one(principal, id))


@never_cache
@require_POST
@office_page
def cancel(request: HttpRequest, principal: access.Principal, id: int) -> HttpResponse:
    files.cancel(export=files.one(principal, id), principal=principal)
    messages.success(request, _("Stopped; there is no file."))
    return redirect("exports")


def _given(typed: QueryDict, principal: access.Principal) -> dict[str, str]:
    """What was typed; by default the last so many days."""
    today = timezone.now().astimezone(ZoneInfo(principal.agency.calendar["zone"])).date()
    usual = {"from": (today - timedelta(days=DAYS - 1)).isoformat(), "to": today.isoformat(), "form": "csv-de"}
    return {name: typed.get(name, usual.get(name, "")).strip()[:80] for name in FIELDS}


def _add(principal: access.Principal, clients: list[Client], given: dict[str, str]) -> list[Export]:
    """Raises Refused, Conflict, access.NotFound, access.Forbidden."""
    kind, form = extracts.KINDS.get(given["kind"]), FORMS.get(given["form"])
    if kind is None or form is None:
        raise Refused("form" if kind else "kind", "must be one of those")
    principal.need(kind.right)
    chosen = [access.client(principal, given["client"])] if given["client"] else clients
    if not chosen:
        raise Refused("client", "name at least one client")
    low, high = periods.day("from", given["from"]), periods.day("to", given["to"])
    format, language = form
    return files.add(
        clients=chosen, user=principal.user, kind=given["kind"], format=format, language=language, low=low, high=high
    )


def _row(export: Export, principal: access.Principal, now) -> dict:
    over = export.state == "finished" and export.expires_at is not None and export.expires_at <= now
    state = "expired" if over else export.state
    mine = export.user_id == principal.user.id or "agency:write" in principal.rights
    return {
        "export": export,
        "kind": labels.EXPORT_KINDS[export.kind],
        "form": labels.EXPORT_FORMS[next(name for name, form in FORMS.items() if _is(export, form))],
        "state": state,
        "words": labels.EXPORT_STATES[state],
        "may_stop": mine and state in ("queued", "running", "finished"),
    }


def _is(export: Export, form: tuple[str, str]) -> bool:
    return export.format == form[0] and (export.format != "csv" or export.language == form[1])
