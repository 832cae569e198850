"""The demo's webhook: its receiver broke two days ago; some arrived, some were given up, some wait."""

from datetime import datetime, timedelta

from agency.models import Endpoint
from clients.models import Attempt, Client, Delivery
from clients.webhooks import endpoints, schedule, signing

from .. import outgoing
from ..models import Conversation

URL = "https://crm.demo.example/hooks/resonanz"
SINCE = timedelta(days=2)
FAULT = '{"error": "relation \\"contacts\\" does not exist"}'


def add(client: Client, creator, now: datetime) -> Endpoint:
    """The webhook of a client, and its deliveries of the latest conversations; the client's scope is open."""
    endpoint = Endpoint.objects.create(
        agency_id=client.agency_id, creator=creator, url=URL, description=f"CRM {client.name}", every_client=False,
        client_ids=[client.id], events=["conversation.*", "sla.*"], failing_since=now - SINCE,
        failed_at=now - timedelta(hours=1), created_at=now - timedelta(days=20),
    )  # fmt: skip
    endpoint.secret = endpoints.seal(endpoint, signing.new_secret())
    endpoint.save()
    talks = Conversation.objects.filter(client=client).order_by("-received_at").values_list("id", flat=True)[:8]
    for place, id in enumerate(talks):
        _deliver(endpoint, id, now, age=timedelta(hours=3 + 16 * place))
    return endpoint


def _deliver(endpoint: Endpoint, conversation_id: int, now: datetime, age: timedelta) -> None:
    """One that is younger than the trouble still waits or was given up, depending on its age."""
    at = now - age
    event = outgoing.began(conversation_id)
    event.at, event.spread_at = at, at
    event.save()
    fine = age > SINCE
    tries = 1 if fine else schedule.TRIES if age > timedelta(hours=30) else 4
    row = Delivery.objects.create(
        client_id=event.client_id, endpoint=endpoint, outgoing=event, type=event.type, line=event.line, at=at,
        state="delivered" if fine else "failed" if tries == schedule.TRIES else "waiting",
        next_at=now + timedelta(hours=2), tries=tries, status=204 if fine else 500,
        delivered_at=at + timedelta(seconds=1) if fine else None,
    )  # fmt: skip
    tried = at
    for number in range(tries):
        Attempt.objects.create(
            client_id=row.client_id, delivery=row, at=min(tried, now), url=URL, status=row.status,
            answer="" if fine else FAULT, milliseconds=120 + 37 * number,
        )  # fmt: skip
        tried += schedule.pause(number + 1, 0) or timedelta()
