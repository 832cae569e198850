"""What went to an endpoint and what came back: looked up, sent once more, and forgotten after 30 days."""

import json
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from agency.models import Endpoint
from clients import access, audit
from clients.access import NotFound, Principal
from clients.models import Attempt, Delivery, Outgoing
from clients.refusal import Conflict
from clients.scope import scope

from .endpoints import RIGHT
from .outbox import instant

KEPT, AT_ONCE = timedelta(days=30), 5000
OPEN = ("waiting", "sending")
FORGET = """
DELETE FROM clients_outgoing WHERE id IN (SELECT id FROM clients_outgoing WHERE at < %s ORDER BY at LIMIT %s)
"""


def of(principal: Principal, endpoint: Endpoint) -> QuerySet[Delivery]:
    """The endpoint's deliveries about clients of the principal."""
    found = Delivery.objects.filter(endpoint=endpoint, client_id__among=principal.client_ids)
    return found.select_related("client", "outgoing")


def one(principal: Principal, endpoint: Endpoint, id: int) -> Delivery:
    found = of(principal, endpoint).filter(id=id).first()
    if found is None:
        raise NotFound(f"The webhook has no delivery '{id}'.")
    return found


def attempts(delivery: Delivery) -> list[Attempt]:
    return list(Attempt.objects.filter(client_id=delivery.client_id, delivery=delivery).order_by("id"))


def failing(principal: Principal, endpoint_ids: list[int]) -> set[int]:
    """Those of these endpoints with a delivery that was given up."""
    lost = Delivery.objects.filter(endpoint=OuterRef("pk"), client_id__among=principal.client_ids, state="failed")
    return set(Endpoint.objects.filter(Exists(lost), id__in=endpoint_ids).values_list("id", flat=True))


def message_id(event: Outgoing) -> str:
    """The same at each try, so that the receiver knows a repetition."""
    return f"msg_{event.key.hex}"


def body(event: Outgoing) -> str:
    told = {"type": event.type, "timestamp": instant(event.at), "data": event.data}
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))


@transaction.atomic
def resend(*, principal: Principal, delivery: Delivery) -> Delivery:
    """Send it once more, now and with all tries, whatever became of it. Raises Conflict."""
    principal.need(RIGHT)
    _check(delivery.endpoint)
    held = Delivery.objects.select_for_update().get(client_id=delivery.client_id, pk=delivery.pk)
    if held.state == "sending":
        raise Conflict("It is being sent at this moment.", "being_sent")
    Delivery.objects.filter(client_id=held.client_id, pk=held.pk).update(
        state="waiting", next_at=timezone.now(), tries=0, delivered_at=None
    )
    audit.log(principal.agency, principal.user, "webhook.resent", delivery.endpoint.url, after={"deliveries": 1})
    return of(principal, delivery.endpoint).get(pk=delivery.pk)


@transaction.atomic
def resend_failed(*, principal: Principal, endpoint: Endpoint, since: datetime) -> int:
    """The same for all that were given up of what happened since then; returns how many. Raises Conflict."""
    principal.need(RIGHT)
    _check(endpoint)
    found = Delivery.objects.filter(
        endpoint=endpoint, client_id__among=principal.client_ids, state="failed", at__gte=since
    )
    count = found.update(state="waiting", next_at=timezone.now(), tries=0)
    audit.log(principal.agency, principal.user, "webhook.resent", endpoint.url, after={"deliveries": count})
    return count


def _check(endpoint: Endpoint) -> None:
    if endpoint.disabled_at:
        raise Conflict("The webhook is disabled: enable it first.", "disabled")


def forget(*, now: datetime) -> int:
    """Delete what happened more than 30 days ago, with its deliveries and their attempts; returns how many events."""
    with scope(access.live_client_ids()), connection.cursor() as cursor:
        cursor.execute(FORGET, [now - KEPT, AT_ONCE])
        return cursor.rowcount
