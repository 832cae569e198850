"""Whom we serve, and how they stand: the list of clients, and the form for a new one."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from agency import alphabet
from agency.doors import office_page
from clients import access, directory, scope
from clients.models import Calendar, Channel, Client
from feedback import policies, standing
from feedback.models import Conversation

from . import labels
from .attempts import Trouble, attempt
from .lists import keyset

SHOWN = ("all", "late", "trouble")
SOON = timedelta(days=7)  # so long before their end, credentials are worth a word


@require_safe
@office_page
def clients(request: HttpRequest, principal: access.Principal) -> HttpResponse:
    """Every client of the reader by name, with its running promises and the channels that need somebody."""
    now, words = timezone.now(), request.GET.get("q", "").replace("\0", "").strip()[:200]
    show = request.GET.get("show") if request.GET.get("show") in SHOWN else "all"
    found = _wanted(access.clients(principal), words, show, now).annotate(place=alphabet.place("name"))
    listed = keyset(request, found, "place")
    ids = [client.id for client in listed.rows]
    stands, channels = standing.of_clients(ids, now), _channels(ids, now)
    zones = dict(Calendar.objects.filter(client_id__among=ids).values_list("client_id", "document__zone"))
    rows = [
        {
            "client": client,
            "stand": stands.get(client.id, standing.Standing()),
            "zone": zones[client.id],
            **channels[client.id],
        }
        for client in listed.rows
    ]
    told = {
        "screen": "clients", "rows": rows, "list": listed, "words": words, "show": show,
        "may_add": _may_add(principal), "served": len(principal.client_ids),
    }  # fmt: skip
    return render(request, "screens/clients/list.html", told)


def _wanted(found: QuerySet[Client], words: str, show: str, now: datetime) -> QuerySet[Client]:
    if words:
        found = found.filter(Q(name__icontains=words) | Q(slug__icontains=words) | Q(homepage__icontains=words))
    if show == "late":
        late = Conversation.objects.filter(client_id=OuterRef("id"), due_at__lt=now)
        found = found.filter(Exists(late))
    if show == "trouble":
        found = found.filter(Exists(troubled(now).filter(client_id=OuterRef("id"))))
    return found


def troubled(now: datetime) -> QuerySet[Channel]:
    """Channels that somebody has to see to: broken, failing, or soon without credentials."""
    needs = ~Q(trouble="") | Q(broken_at__isnull=False) | Q(expires_at__lt=now + SOON)
    return Channel.objects.filter(needs, disabled_at=None)


def _channels(ids: Iterable[int], now: datetime) -> dict[int, dict]:
    """By client: how many channels it has, and those in trouble."""
    found = {id: {"channels": 0, "troubled": []} for id in ids}
    wrong = set(troubled(now).filter(client_id__among=ids).values_list("id", flat=True))
    for channel in Channel.objects.filter(client_id__among=ids, disabled_at=None).order_by("slug"):
        found[channel.client_id]["channels"] += 1
        if channel.id in wrong:
            found[channel.client_id]["troubled"].append(channel)
    return found


def _may_add(principal: access.Principal) -> bool:
    return principal.every_client and "clients:write" in principal.rights


@require_http_methods(["GET", "HEAD", "POST"])
@office_page
def add(request: HttpRequest, principal: access.Principal) -> HttpResponse:
    """A new client begins with the agency's opening hours and the usual promises."""
    if not _may_add(principal):
        raise PermissionDenied
    given = {name: request.POST.get(name, "").strip() for name in ("name", "slug", "homepage")}
    given |= {"language": request.POST.get("language", "de")}
    trouble, made = Trouble(), []
    if request.method == "POST":
        given["slug"] = given["slug"] or slugify(_plain(given["name"]))[:80].strip("-")
        trouble = attempt(lambda: made.append(_added(principal, given)))
    if made and not trouble:
        messages.success(request, _("%(name)s has been added.") % {"name": made[0].name})
        return redirect("client", made[0].slug)
    told = {"screen": "clients", "given": given, "trouble": trouble, "languages": labels.LANGUAGES.items()}
    return render(request, "screens/clients/add.html", told, status=trouble.status)


def _added(principal: access.Principal, given: dict) -> Client:
    client = directory.add_client(agency=principal.agency, actor=principal.user, **given)
    scope.enter(principal.client_ids | {client.id})
    policies.make_defaults(client)
    return client


def _plain(name: str) -> str:
    """With umlauts as they are written in addresses."""
    return name.lower().translate({ord("ä"): "ae", ord("ö"): "oe", ord("ü"): "ue", ord("ß"): "ss"})
