"""Webhooks of networks: verified as they came, kept, and only then answered; a sweep takes them in."""

import hashlib

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from agency.problems import Problem
from clients import access, networks, scope
from clients.accounts import account
from clients.models import Channel

from . import events, tasks
from .nudges import nudge

LARGEST = 5 * 1024 * 1024
LONGEST_ID = 200


@csrf_exempt
@require_http_methods(["GET", "POST"])
def receive(request: HttpRequest, network: str, key: str) -> HttpResponse:
    """200 for what is kept now or was before; 401 for what the network did not sign just like this.

    A GET is a network that asks, before it sends anything, whether this is the address it was told of.
    """
    channel = access.channel_by_hook(network, key)
    if not networks.get(channel.network).webhooks:
        raise access.NotFound("There is no such webhook address.")
    if request.method == "GET":
        return _answer(channel, request)
    body = request.read(LARGEST + 1)
    if len(body) > LARGEST:
        return Problem(413, "too_large", f"A webhook has at most {LARGEST:,} bytes.").response()
    connector = networks.get(channel.network).connector
    if not connector.verify(account(channel), request.headers, body):
        return Problem(401, "not_authenticated", "This webhook was not accepted.").response()
    _keep(channel, connector.delivery_id(request.headers), body)
    nudge(tasks.take_events)
    return JsonResponse({})


def _answer(channel: Channel, request: HttpRequest) -> HttpResponse:
    entry = networks.get(channel.network)
    if not entry.challenges:
        return HttpResponseNotAllowed(["POST"])
    word = entry.connector.challenge(account(channel), request.GET)
    if word is None:
        return Problem(401, "not_authenticated", "This question was not accepted.").response()
    return HttpResponse(word, content_type="text/plain")


def _keep(channel: Channel, delivery_id: str, body: bytes) -> None:
    scope.enter([channel.client_id])
    if not 0 < len(delivery_id) <= LONGEST_ID:
        delivery_id = hashlib.sha256(body).hexdigest()
    events.keep(channel=channel, delivery_id=delivery_id, body=body, now=timezone.now())
