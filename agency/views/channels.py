"""A client's accounts on networks: what each needs, how it does, and what its webhooks are sent to."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from agency import alphabet
from clients import access, directory, networks
from clients.models import Calendar, Channel, Client
from clients.networks import Network
from clients.refusal import Refused

from . import edits, labels
from .attempts import Trouble, attempt
from .client import CHANGES, file, show
from .clients import SOON

# What lets a network renew the token by itself, and some check its webhooks; a channel works without.
MORE = {
    "facebook": ("app_id", "app_secret"),
    "google": ("push_account",),
    "instagram": ("app_id", "app_secret"),
    "linkedin": ("refresh_token", "client_id", "client_secret"),
}


CHANNEL = {"name": _l("Name"), "url": _l("Address of the server")}


@require_safe
@file
def channels(request: HttpRequest, principal: access.Principal, client: Client) -> HttpResponse:
    now = timezone.now()
    rows = [_row(channel, now) for channel in client.channels.order_by("disabled_at", *alphabet.by("name"))]
    return show(request, client, "channels", {"rows": rows})


def _row(channel: Channel, now: datetime) -> dict:
    entry = networks.get(channel.network)
    return {"channel": channel, "network": labels.network(entry), "entry": entry, "state": _state(channel, entry, now)}


def _state(channel: Channel, entry: Network, now: datetime) -> str:
    if channel.disabled_at:
        return "off"
    if entry.retired:
        return "retired"
    if channel.broken_at:
        return "broken"
    if channel.trouble:
        return "trouble"
    if channel.expires_at and channel.expires_at < now + SOON:
        return "expiring"
    return "good"


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@file
def add(request: HttpRequest, principal: access.Principal, client: Client) -> HttpResponse:
    """First the network, then what this one needs; the address of its webhooks is shown once."""
    principal.need(CHANGES)
    named = request.POST.get("network") or request.GET.get("network", "")
    entry = networks.get(named) if named in networks.names() else None
    if entry is None:
        told = {"networks": [_offer(one) for one in networks.listed() if not one.retired]}
        return show(request, client, "channels", told, "channel_choose")
    given, trouble, made = _given(request, entry), Trouble(), []
    if request.method == "POST":
        trouble = attempt(lambda: made.append(_added(principal, client, entry, request)))
        if not trouble:
            return _added_answer(request, client, made[0], entry)
    told = {"entry": entry, "network": labels.network(entry), "given": given, "trouble": trouble} | _needs(entry)
    return show(request, client, "channels", told, "channel_add", trouble.status)


def _offer(entry: Network) -> dict:
    able = [words for name, words in labels.ABILITIES.items() if getattr(entry, name)]
    return {"entry": entry, "name": labels.network(entry), "able": able}


def _needs(entry: Network) -> dict:
    """The fields of a channel of this network: (name, words, needed, whether it is a secret)."""
    wanted = [name for name in entry.needs if name not in ("url", "account")]
    return {
        "address": (True, _example(entry)) if "url" in entry.needs else None,
        "account_needed": "account" in entry.needs,
        "secrets": [(f"credentials.{name}", labels.need(name), True) for name in wanted]
        + [(f"credentials.{name}", labels.need(name), False) for name in MORE.get(entry.slug, ())],
    }


def _example(entry: Network) -> str:
    return "imaps://mail.bakery.example" if "imaps" in entry.schemes else "https://bakery.example"


def _given(request: HttpRequest, entry: Network) -> dict:
    names = ("name", "slug", "url", "account", "expires_on")
    given = {name: request.POST.get(name, "").strip() for name in names}
    if request.method != "POST":
        given |= {"name": labels.network(entry), "slug": entry.slug}
    return given


def _added(principal: access.Principal, client: Client, entry: Network, request: HttpRequest) -> Channel:
    given = _given(request, entry)
    return directory.add_channel(
        client=client,
        slug=given["slug"],
        name=given["name"],
        network=entry.slug,
        actor=principal.user,
        url=given["url"],
        account=given["account"] or None,
        credentials=_credentials(request, entry),
        expires_at=_end_of(given["expires_on"], client),
    )


def _credentials(request: HttpRequest, entry: Network) -> dict[str, str]:
    """Those that were filled in."""
    names = [name for name in entry.needs if name not in ("url", "account")] + [*MORE.get(entry.slug, ())]
    given = {name: request.POST.get(f"credentials.{name}", "").strip() for name in names}
    if long := [name for name, value in given.items() if len(value) > 5_000]:
        raise Refused(f"credentials.{long[0]}", "has more than 5000 characters")
    return {name: value for name, value in given.items() if value}


def _end_of(text: str, client: Client) -> datetime | None:
    """The last instant of the day on which credentials stop working. Raises Refused."""
    if not text:
        return None
    try:
        day = datetime.strptime(text, "%Y-%m-%d").date()
    except ValueError:
        raise Refused("expires_on", "must be a date") from None
    zone = ZoneInfo(Calendar.objects.get(client=client).document["zone"])
    return datetime.combine(day + timedelta(days=1), time(), zone).astimezone(UTC)


def _added_answer(request: HttpRequest, client: Client, channel: Channel, entry: Network) -> HttpResponse:
    messages.success(request, _("%(name)s has been added.") % {"name": channel.name})
    if entry.webhooks:
        return _webhook(request, client, channel)
    return redirect("client-channel", client.slug, channel.id)


def _webhook(request: HttpRequest, client: Client, channel: Channel) -> HttpResponse:
    """The address and the secret: readable in this answer only."""
    told = {
        "channel": channel,
        "entry": networks.get(channel.network),
        "url": f"{settings.BASE_URL}/hooks/{channel.network}/{channel.hook_key}/",
        "secret": directory.webhook_secret(channel),
    }
    return show(request, client, "channels", told, "channel_webhook")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@file
def channel(request: HttpRequest, principal: access.Principal, client: Client, id: int) -> HttpResponse:
    """How one channel does; its name, its address and its credentials can be changed."""
    row = _of(client, id)
    entry, trouble = networks.get(row.network), Trouble()
    if request.method == "POST":
        principal.need(CHANGES)
    edit = edits.begin(
        request, ("channels", id), CHANNEL, lambda: _named(_of(client, id)),
        lambda typed: {name: typed.get(name, value).strip() for name, value in _named(_of(client, id)).items()},
        of=(client, "channel", id),
    )  # fmt: skip
    given = edit.values | {"expires_on": request.POST.get("expires_on", "").strip()}
    if request.method == "POST":
        trouble = edit.save(lambda: _changed(principal, client, row, entry, request, edit.values))
        if not trouble:
            messages.success(request, _("Saved."))
            return redirect("client-channel", client.slug, row.id)
        row = _of(client, id)
    told = {"edit": edit, "given": given, "trouble": trouble, "able": _offer(entry)["able"]} | _row(row, timezone.now())
    return show(request, client, "channels", told | _needs(entry), "channel", trouble.status)


def _of(client: Client, id: int) -> Channel:
    found = client.channels.filter(id=id).select_related("client").first()
    if found is None:
        raise access.NotFound(f"The client '{client.slug}' has no channel '{id}'.")
    return found


def _named(row: Channel) -> dict:
    return {"name": row.name, "url": row.url}


def _changed(
    principal: access.Principal, client: Client, row: Channel, entry: Network, request: HttpRequest, named: dict
) -> Channel:
    """What the form's button asks for: the name and address, new credentials, or off and on again."""
    given, change = request.POST, {}
    if given.get("what") == "switch":
        change = {"disabled": row.disabled_at is None}
    elif given.get("what") == "renew":
        change = {
            "credentials": _credentials(request, entry),
            "expires_at": _end_of(given.get("expires_on", "").strip(), client),
        }
        if not any(change.values()):
            wanted = [name for name in entry.needs if name not in ("url", "account")]
            raise Refused(f"credentials.{wanted[0]}" if wanted else "expires_on", "is needed", "required")
    else:
        change = {"name": named["name"]} | ({} if named["url"] == row.url else {"url": named["url"]})
    return directory.change_channel(channel=row, actor=principal.user, **change)


@never_cache
@require_POST
@file
def webhook(request: HttpRequest, principal: access.Principal, client: Client, id: int) -> HttpResponse:
    """A new address and secret; the old ones stop working at once, unless they are to overlap."""
    principal.need(CHANGES)
    row, overlap = _of(client, id), request.POST.get("how") == "overlap"
    trouble = attempt(lambda: directory.rotate_webhook(channel=row, actor=principal.user, overlap=overlap))
    if trouble:
        messages.error(request, next(iter(trouble.fields.values()), trouble.whole))
        return redirect("client-channel", client.slug, row.id)
    return _webhook(request, client, row)
