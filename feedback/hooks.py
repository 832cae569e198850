"""Webhooks in: verified as they came, kept, and only then answered; a sweep takes them in."""

import hashlib
from datetime import datetime

from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from agency.problems import Problem
from clients import access, networks, scope
from clients.accounts import account
from clients.models import Channel
from clients.networks.types import Account
from clients.vault import Sealed

from . import events, submitted, tasks
from .nudges import nudge

LARGEST = 5 * 1024 * 1024
LONGEST_ID = 200


@transaction.non_atomic_requests  # a signature may need keys that are fetched first
@csrf_exempt
@require_http_methods(["GET", "POST"])
def receive(request: HttpRequest, network: str, key: str) -> HttpResponse:
    """200 for what is kept now or was before; one and the same 401 for an unknown address and for any bad signature.

    A GET is a network that asks, before it sends anything, whether this is the address it was told of. A system of the
    client's own is told what is wrong with what it sends: 400, and nothing is kept.
    """
    body = _bounded(request)
    if body is None:
        return Problem(413, "too_large", f"A webhook has at most {LARGEST:,} bytes.").response()
    try:
        channel = access.channel_by_hook(network, key)
        entry, known = networks.get(channel.network), account(channel)
    except (access.NotFound, Sealed):
        return _refused()
    if request.method == "GET":
        return _answer(entry, known, request)
    if not entry.webhooks or not entry.connector.verify(known, request.headers, body):
        return _refused()
    now = timezone.now()
    if entry.own:
        submitted.read(body, now=now)
    with transaction.atomic():
        _keep(channel, entry.connector.delivery_id(request.headers), body, now)
        nudge(tasks.take_events)
    return JsonResponse({})


def _bounded(request: HttpRequest) -> bytes | None:
    """None where it is too large; what says so beforehand is not read."""
    told = request.META.get("CONTENT_LENGTH") or "0"
    if not told.isdecimal() or int(told) > LARGEST:
        return None
    body = request.read(LARGEST + 1)
    return body if len(body) <= LARGEST else None


def _refused() -> HttpResponse:
    return Problem(401, "not_authenticated", "This webhook was not accepted.").response()


def _answer(entry: networks.Network, known: Account, request: HttpRequest) -> HttpResponse:
    word = entry.connector.challenge(known, request.GET) if entry.challenges else None
    return _refused() if word is None else HttpResponse(word, content_type="text/plain")


def _keep(channel: Channel, delivery_id: str, body: bytes, now: datetime) -> None:
    scope.enter([channel.client_id])
    if not 0 < len(delivery_id) <= LONGEST_ID:
        delivery_id = hashlib.sha256(body).hexdigest()
    events.keep(channel=channel, delivery_id=delivery_id, body=body, now=now)
