"""Webhooks from networks: kept as they came, taken in by a sweep, each with one effect."""

from datetime import datetime

from django.db import IntegrityError, transaction

from clients import access, networks
from clients.accounts import account
from clients.models import Channel
from clients.refusal import Refused
from clients.scope import scope

from . import inbox, intake, polling, retries, submitted
from .arrivals import Arrival
from .models import InboundEvent

AT_ONCE = 200


def keep(*, channel: Channel, delivery_id: str, body: bytes, now: datetime) -> bool:
    """Store a verified webhook; False for a repetition. The scope of the client must be open."""
    try:
        with transaction.atomic():
            InboundEvent.objects.create(
                client_id=channel.client_id,
                channel=channel,
                delivery_id=delivery_id,
                body=body,
                received_at=now,
                next_at=now,
            )
    except IntegrityError:
        return False
    return True


def take_due(*, now: datetime) -> int:
    """Take in the stored webhooks that are due; one that can't be read is set aside with its reason."""
    clients = access.live_client_ids()
    taken = 0
    while taken < AT_ONCE and _take_one(clients, now):
        taken += 1
    return taken


def _take_one(clients: list[int], now: datetime) -> bool:
    with scope(clients):
        event = (
            InboundEvent.objects.select_for_update(of=["self"], skip_locked=True)
            .select_related("channel__client__agency")
            .filter(state="queued", next_at__lte=now)
            .order_by("next_at")
            .first()
        )
        if event is None:
            return False
        try:
            with transaction.atomic():
                _receive(event, now)
                event.state, event.error = "done", ""
        except (ValueError, Refused) as error:
            event.state, event.error = "failed", str(error)[:500]
        except Exception as error:  # any other fault may pass: again later, then aside
            retries.later(event, error)
        event.save(update_fields=["state", "error", "attempts", "next_at"])
    return True


def _receive(event: InboundEvent, now: datetime) -> None:
    entry, body = networks.get(event.channel.network), bytes(event.body)
    if entry.pokes:
        if entry.connector.concerns(account(event.channel), body):
            polling.soon(event.channel, now)
        return
    if entry.own:  # looked at before it was kept
        items = submitted.read(body, now=event.received_at)
    else:
        items = [item for item in map(intake.defused, entry.connector.parse(body)) if intake.storable(item, now)]
    inbox.receive([Arrival(event.channel, item) for item in items], now=now)
