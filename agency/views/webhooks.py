"""Webhooks of the agency: where events go, with which secret, what came back."""

import json
from datetime import timedelta

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from agency import alphabet
from agency.doors import office_page
from agency.models import Endpoint
from clients import access, tasks
from clients.models import Delivery
from clients.refusal import Refused
from clients.webhooks import deliveries, endpoints
from clients.webhooks.vocabulary import EVERYTHING, GROUPS, TEST, TYPES
from feedback.nudges import nudge

from . import edits, labels
from .attempts import Trouble, attempt
from .lists import keyset

LABELS = {"url": _l("Address"), "description": _l("What it is for"), "events": _l("Events"), "clients": _l("Clients")}
EVENTS = labels.WEBHOOK_GROUPS | labels.WEBHOOK_TYPES
NAMED = 4  # clients that a row names before it only counts
KEPT_DAYS = deliveries.KEPT.days


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@office_page
def webhooks(request: HttpRequest, principal: access.Principal) -> HttpResponse:
    """All of them, and the form for another one, whose secret is shown this once."""
    principal.need(endpoints.RIGHT)
    given, trouble, made = request.POST, Trouble(), []
    if request.method == "POST":
        trouble = attempt(lambda: made.extend(endpoints.add(principal=principal, **_asked(principal, _typed(given)))))
    listed = keyset(request, endpoints.visible(principal), "-id")
    lost = deliveries.failing(principal, [row.id for row in listed.rows])
    clients = _clients(principal)
    for row in listed.rows:
        _describe(row, clients)
        row.lost = row.id in lost
    told = _frame(principal) | {
        "list": listed, "trouble": trouble, "made": made[0] if made else None, "secret": made[1] if made else "",
        "url": given.get("url", "") if trouble else "", "description": given.get("description", "") if trouble else "",
        "events": given.getlist("events") if trouble else [EVERYTHING],
        "chosen": given.getlist("clients") if trouble else [],
    }  # fmt: skip
    return render(request, "screens/settings/webhooks.html", told | _choices(principal, clients), status=trouble.status)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@office_page
def webhook(request: HttpRequest, principal: access.Principal, id: int) -> HttpResponse:
    """One of them with its deliveries; a POST changes it or makes a new secret, which is shown this once."""
    principal.need(endpoints.RIGHT)
    endpoint, secret, trouble, clients = endpoints.one(principal, id), "", Trouble(), _clients(principal)
    if request.POST.get("action") == "rotate":
        endpoint, secret = endpoints.rotate(principal=principal, endpoint=endpoint)
        edit = edits.Edit(LABELS, _stored(endpoint, clients))
    else:
        edit = edits.begin(
            request, ("webhooks", id), LABELS, lambda: _stored(endpoints.one(principal, id), clients), _typed,
            words={"events": EVENTS, "clients": {one.slug: one.name for one in clients}},
        )  # fmt: skip
        if request.method == "POST":
            trouble = edit.save(
                lambda: endpoints.change(principal=principal, endpoint=endpoint, **_asked(principal, edit.values))
            )
            if not trouble:
                messages.success(request, _("Saved."))
                return redirect("webhook", id)
            endpoint = endpoints.one(principal, id)
    return _shown(request, principal, endpoint, clients, edit, trouble, secret)


@never_cache
@require_POST
@office_page
def act(request: HttpRequest, principal: access.Principal, id: int) -> HttpResponse:
    """Send a test, switch it off or on, send again what was given up, or remove it."""
    principal.need(endpoints.RIGHT)
    endpoint, what = endpoints.one(principal, id), request.POST.get("action", "")
    trouble = attempt(lambda: _do(request, what, {"principal": principal, "endpoint": endpoint}))
    if trouble:
        messages.error(request, trouble.whole)
    nudge(tasks.deliver_webhooks)
    return redirect("webhooks") if what == "remove" and not trouble else redirect("webhook", id)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@office_page
def delivery(request: HttpRequest, principal: access.Principal, id: int, delivery: int) -> HttpResponse:
    """One delivery with what was sent and each try; a POST sends it once more."""
    principal.need(endpoints.RIGHT)
    endpoint = endpoints.one(principal, id)
    row = deliveries.one(principal, endpoint, delivery)
    if request.method == "POST":
        trouble = attempt(lambda: deliveries.resend(principal=principal, delivery=row))
        if trouble:
            messages.error(request, trouble.whole)
        else:
            messages.success(request, _("It is sent once more, under the same id."))
            nudge(tasks.deliver_webhooks)
        return redirect("webhook-delivery", id, delivery)
    attempts = deliveries.attempts(row)
    for one in attempts:
        one.fault = labels.WIRE.get(one.error, one.error)
    body = json.dumps(json.loads(deliveries.body(row.outgoing)), indent=2, ensure_ascii=False)
    told = _frame(principal) | {
        "endpoint": endpoint, "row": _worded(row), "body": body, "attempts": attempts,
        "message_id": deliveries.message_id(row.outgoing),
    }  # fmt: skip
    return render(request, "screens/settings/delivery.html", told)


def _do(request: HttpRequest, what: str, named: dict) -> None:
    """Raises Refused, Conflict."""
    if what == "test":
        endpoints.test(**named)
        said = _("A test is on its way.")
    elif what == "disable":
        endpoints.disable(**named)
        said = _("The webhook is switched off.")
    elif what in ("enable", "enable-new"):
        endpoints.enable(**named, drop=what == "enable-new")
        said = _("The webhook goes on.")
    elif what == "resend":
        count = deliveries.resend_failed(**named, since=timezone.now() - timedelta(days=KEPT_DAYS))
        said = ngettext("%d delivery is sent again.", "%d deliveries are sent again.", count) % count
    elif what == "remove":
        endpoints.remove(**named)
        said = _("The webhook was removed.")
    else:
        raise Refused("action", "must be one of those shown")
    messages.success(request, said)


def _stored(endpoint: Endpoint, clients: list[access.Client]) -> dict:
    slugs = sorted(one.slug for one in clients if one.id in endpoint.client_ids)
    told = {"url": endpoint.url, "description": endpoint.description}
    return told | {"events": sorted(endpoint.events), "clients": slugs}


def _typed(given: QueryDict) -> dict:
    told = {"url": given.get("url", ""), "description": given.get("description", "")}
    return told | {name: sorted(given.getlist(name)) for name in ("events", "clients")}


def _shown(
    request: HttpRequest, principal: access.Principal, endpoint: Endpoint, clients: list[access.Client],
    edit: edits.Edit, trouble: Trouble, secret: str,
) -> HttpResponse:  # fmt: skip
    state, found = request.GET.get("state", ""), deliveries.of(principal, endpoint)
    listed = keyset(request, found.filter(state=state) if state in labels.DELIVERIES else found, "-at")
    for row in listed.rows:
        _worded(row)
    _describe(endpoint, clients)
    told = _frame(principal) | {
        "endpoint": endpoint, "trouble": trouble, "secret": secret, "list": listed, "state": state,
        "states": list(labels.DELIVERIES.items()), "lost": bool(deliveries.failing(principal, [endpoint.id])),
        "url": edit.values["url"], "description": edit.values["description"], "events": edit.values["events"],
        "chosen": edit.values["clients"], "edit": edit,
        "days": KEPT_DAYS,
    }  # fmt: skip
    return render(request, "screens/settings/webhook.html", told | _choices(principal, clients), status=trouble.status)


def _frame(principal: access.Principal) -> dict:
    return {"screen": "settings", "tab": "webhooks", "zone": principal.agency.calendar["zone"]}


def _clients(principal: access.Principal) -> list[access.Client]:
    return list(access.clients(principal).order_by(*alphabet.by("name")).only("slug", "name"))


def _choices(principal: access.Principal, clients: list[access.Client]) -> dict:
    return {
        "groups": [(name, labels.WEBHOOK_GROUPS[name]) for name in (EVERYTHING, *GROUPS)],
        "types": [(name, f"{labels.WEBHOOK_TYPES[name]} ({name})") for name in TYPES if name != TEST],
        "clients": [(one.slug, one.name) for one in clients],
        "every_client": principal.every_client,
    }


def _describe(row: Endpoint, clients: list[access.Client]) -> None:
    """What a row says of itself."""
    known = [one.name for one in clients if one.id in row.client_ids]
    row.client_names, row.rest = known[:NAMED], max(0, len(known) - NAMED)
    row.event_names = [str(labels.WEBHOOK_GROUPS.get(name, name)) for name in row.events]
    row.state = row.disabled_as or ("trouble" if row.failing_since else "active")
    row.state_name = labels.WEBHOOKS[row.state]


def _worded(row: Delivery) -> Delivery:
    row.state_name = labels.DELIVERIES[row.state]
    row.type_name = labels.WEBHOOK_TYPES[row.type] if row.type in labels.WEBHOOK_TYPES else row.type
    row.open, row.fault = row.state in deliveries.OPEN, labels.WIRE.get(row.error, row.error)
    return row


def _asked(principal: access.Principal, given: dict) -> dict:
    """What the form says. Raises Refused."""
    slugs = set(given["clients"])
    found = list(access.clients(principal).filter(slug__in=slugs))
    if len(found) < len(slugs):
        raise Refused("clients", "must be one of those shown")
    return given | {"clients": found or None}
