"""The addresses to which an agency's webhooks go: who may set them up, for which clients, with which secret."""

import ipaddress
import re
import socket
from collections.abc import Sequence
from datetime import timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from agency.models import Endpoint
from clients import audit, vault
from clients.access import NotFound, Principal
from clients.models import Client, Delivery, Outgoing
from clients.networks import guard
from clients.refusal import Conflict, Refused

from . import signing
from .vocabulary import TEST, WANTED

RIGHT = "webhooks:write"
OVERLAP = timedelta(hours=24)
MOST = 50
FIELDS = ("url", "description", "events", "clients")
LOOPBACK = {"localhost", "127.0.0.1", "::1"}
BY_PERSON, GONE, FAILING = "paused", "gone", "failing"


def visible(principal: Principal) -> QuerySet[Endpoint]:
    """Those of the agency that tell of no client whom the principal does not serve."""
    found = Endpoint.objects.filter(agency=principal.agency, removed_at=None).select_related("creator")
    return found if principal.every_client else found.filter(
        every_client=False, client_ids__contained_by=sorted(principal.client_ids)
    )  # fmt: skip


def one(principal: Principal, id: int) -> Endpoint:
    found = visible(principal).filter(id=id).first()
    if found is None:
        raise NotFound(f"There is no webhook '{id}'.")
    return found


@transaction.atomic
def add(
    *, principal: Principal, url: str, events: Sequence[str], clients: Sequence[Client] | None, description: str = ""
) -> tuple[Endpoint, str]:
    """A new endpoint and its secret, which is shown this once; `clients` None: every one. Raises Refused, Conflict."""
    principal.need(RIGHT)
    if Endpoint.objects.filter(agency=principal.agency, removed_at=None).count() >= MOST:
        raise Conflict(f"An agency has at most {MOST} webhooks.", "too_many")
    endpoint = Endpoint(agency=principal.agency, creator=principal.user)
    _set(endpoint, principal, {"url": url, "events": events, "clients": clients, "description": description})
    endpoint.save()
    secret = signing.new_secret()
    endpoint.secret = seal(endpoint, secret)
    endpoint.save(update_fields=["secret"])
    audit.log(principal.agency, principal.user, "webhook.added", _named(endpoint), after=_facts(endpoint))
    return endpoint, secret


@transaction.atomic
def change(*, principal: Principal, endpoint: Endpoint, **changes) -> Endpoint:
    """New values for any of FIELDS; what waits goes to the new address. Raises Refused."""
    endpoint = _held(principal, endpoint)
    before = _facts(endpoint)
    _set(endpoint, principal, changes)
    endpoint.save()
    if before != _facts(endpoint):
        audit.log(principal.agency, principal.user, "webhook.changed", _named(endpoint), before, _facts(endpoint))
    return endpoint


@transaction.atomic
def rotate(*, principal: Principal, endpoint: Endpoint) -> tuple[Endpoint, str]:
    """A new secret, shown this once; the one before signs as well for a day."""
    endpoint = _held(principal, endpoint)
    secret = signing.new_secret()
    endpoint.secret_before, endpoint.before_until = endpoint.secret, timezone.now() + OVERLAP
    endpoint.secret = seal(endpoint, secret)
    endpoint.save()
    audit.log(principal.agency, principal.user, "webhook.secret_rotated", _named(endpoint))
    return endpoint, secret


@transaction.atomic
def enable(*, principal: Principal, endpoint: Endpoint, drop: bool = False) -> Endpoint:
    """Go on, at once, with what waited meanwhile; with `drop` only with what happens from now on."""
    endpoint = _held(principal, endpoint)
    waiting = Delivery.objects.filter(endpoint=endpoint, state__in=["waiting", "sending"])
    if drop:
        waiting.update(state="dropped")
    if endpoint.disabled_at is None:
        return endpoint
    waiting.update(next_at=timezone.now())
    endpoint.disabled_at = endpoint.failing_since = endpoint.failed_at = endpoint.rest_until = None
    endpoint.disabled_as = ""
    endpoint.save()
    audit.log(principal.agency, principal.user, "webhook.enabled", _named(endpoint), after={"dropped": drop})
    return endpoint


@transaction.atomic
def disable(*, principal: Principal, endpoint: Endpoint) -> Endpoint:
    """Nothing is sent; what happens meanwhile waits, for as long as deliveries are kept."""
    endpoint = _held(principal, endpoint)
    if endpoint.disabled_at is None:
        endpoint.disabled_at, endpoint.disabled_as = timezone.now(), BY_PERSON
        endpoint.save()
        audit.log(principal.agency, principal.user, "webhook.disabled", _named(endpoint))
    return endpoint


@transaction.atomic
def remove(*, principal: Principal, endpoint: Endpoint) -> None:
    """Nothing is sent there any more; its secrets are gone, its deliveries go when they are old."""
    endpoint = _held(principal, endpoint)
    endpoint.removed_at, endpoint.secret, endpoint.secret_before = timezone.now(), "", ""
    endpoint.save()
    audit.log(principal.agency, principal.user, "webhook.removed", _named(endpoint), before=_facts(endpoint))


@transaction.atomic
def test(*, principal: Principal, endpoint: Endpoint) -> Delivery:
    """Send a test there, whatever it subscribed to. Raises Conflict where it is disabled or has no client."""
    endpoint = _held(principal, endpoint)
    if endpoint.disabled_at:
        raise Conflict("The webhook is disabled: enable it first.", "disabled")
    served = principal.client_ids if endpoint.every_client else principal.client_ids & set(endpoint.client_ids)
    if not served:
        raise Conflict("There is no client yet of whom the webhook could tell.", "no_client")
    now, client_id = timezone.now(), min(served)
    data = {"webhook": endpoint.id, "message": "This is a test."}
    event = Outgoing.objects.create(client_id=client_id, type=TEST, line="", data=data, at=now, spread_at=now)
    return Delivery.objects.create(
        client_id=client_id, endpoint=endpoint, outgoing=event, type=TEST, line="", at=now, next_at=now
    )


def seal(endpoint: Endpoint, secret: str) -> str:
    """The secret as it is stored; it can be read for this endpoint alone."""
    return vault.seal_text(secret, owner=_owner(endpoint))


def _owner(endpoint: Endpoint) -> str:
    return f"endpoint:{endpoint.id}"


def keys(endpoint: Endpoint, *, now) -> list[str]:
    """The secrets that sign now, the newest first. Raises vault.Sealed."""
    overlaps = endpoint.before_until is not None and now < endpoint.before_until
    sealed = [endpoint.secret, *([endpoint.secret_before] if overlaps else [])]
    return [vault.unseal_text(one, owner=_owner(endpoint)) for one in sealed]


def trusted(url: str) -> bool:
    """Whether it is this very machine, which only an environment for development or tests allows."""
    return settings.ALLOW_PRIVATE_ADDRESSES and urlsplit(url).hostname in LOOPBACK


def rotate_keys() -> tuple[int, list[Endpoint]]:
    """Seal every endpoint's secrets with the newest key; returns how many, and those that no key opens."""
    done, closed = 0, []
    for id in Endpoint.objects.filter(removed_at=None).order_by("id").values_list("id", flat=True):
        with transaction.atomic():
            endpoint = Endpoint.objects.select_for_update().get(pk=id)
            try:
                endpoint.secret = vault.rotate(endpoint.secret)
                endpoint.secret_before = endpoint.secret_before and vault.rotate(endpoint.secret_before)
            except vault.Sealed:
                closed.append(endpoint)
                continue
            endpoint.save(update_fields=["secret", "secret_before"])
            done += 1
    return done, closed


def _held(principal: Principal, endpoint: Endpoint) -> Endpoint:
    principal.need(RIGHT)
    return Endpoint.objects.select_for_update(of=["self"]).select_related("creator").get(
        pk=endpoint.pk, removed_at=None
    )  # fmt: skip


def _set(endpoint: Endpoint, principal: Principal, changes: dict) -> None:
    if "url" in changes:
        endpoint.url = _address(changes["url"].strip())
    if "description" in changes:
        endpoint.description = changes["description"].strip()
        if len(endpoint.description) > 200:
            raise Refused("description", "has more than 200 characters")
    if "events" in changes:
        endpoint.events = _events(changes["events"])
    if "clients" in changes:
        endpoint.every_client, endpoint.client_ids = _limits(principal, changes["clients"])


def _events(wanted: Sequence[str]) -> list[str]:
    if not wanted:
        raise Refused("events", "is needed: name at least one, or * for all", "required")
    if unknown := [name for name in wanted if name not in WANTED]:
        raise Refused("events", f"must be one of {', '.join(WANTED)}, not '{unknown[0][:60]}'", "unknown")
    return sorted(set(wanted))


def _limits(principal: Principal, clients: Sequence[Client] | None) -> tuple[bool, list[int]]:
    if clients is None:
        if not principal.every_client:
            raise Refused("clients", "name at least one client: you don't serve every one", "required")
        return True, []
    if not clients:
        raise Refused("clients", "name at least one client, or null for every one", "required")
    return False, sorted({client.id for client in clients})


def _address(url: str) -> str:
    """The address if it may be called; a name is looked up at each call. Raises Refused."""
    try:
        place, port = urlsplit(url), urlsplit(url).port
    except ValueError:
        place, port = urlsplit(""), None
    if not (place.scheme in ("https", "http") and place.hostname and re.fullmatch(r"[!-~]{1,500}", url)) or port == 0:
        raise Refused("url", "must be an address such as https://shop.example/hooks", "invalid")
    if "@" in place.netloc or place.fragment:
        raise Refused("url", "must be an address such as https://shop.example/hooks without a name or #", "invalid")
    if trusted(url):
        return url
    if place.scheme != "https":
        raise Refused("url", "must be an address such as https://shop.example/hooks: only https is taken", "https")
    if not _outside(place.hostname):
        raise Refused("url", "must lead to the public internet", "not_public")
    return url


def _outside(host: str) -> bool:
    """False for what is surely inside: an inner address in whatever notation, or a name of this machine."""
    host = host.rstrip(".")
    if host == "localhost" or host.endswith((".localhost", ".local", ".internal")):
        return False
    try:
        return guard.public(host)
    except ValueError:
        pass
    try:
        return guard.public(str(ipaddress.IPv4Address(socket.inet_aton(host))))
    except OSError:
        return True


def _named(endpoint: Endpoint) -> str:
    return endpoint.description or endpoint.url


def _facts(endpoint: Endpoint) -> dict:
    return {
        "url": endpoint.url, "description": endpoint.description, "events": endpoint.events,
        "every_client": endpoint.every_client, "clients": endpoint.client_ids,
    }  # fmt: skip
