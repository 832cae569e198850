from datetime import timedelta

import pytest
from django.utils import timezone

from agency.models import Endpoint
from clients.models import Delivery
from clients.webhooks import endpoints, outbox, sending
from tests import factories
from tests.clients.webhooks.receiver import Receiver


@pytest.fixture
def receiver(settings):
    settings.ALLOW_PRIVATE_ADDRESSES = True
    made = Receiver()
    yield made
    made.end()


@pytest.fixture
def hook(cast, in_scope, receiver):
    """A function that sets up an endpoint at a receiver; without clients for all of them."""

    def make(events=("*",), clients=None, at=receiver, user=cast.olga) -> Endpoint:
        made, secret = endpoints.add(
            principal=factories.principal(user), url=at.url, events=list(events), clients=clients
        )
        at.secrets.append(secret)
        return made

    return make


@pytest.fixture
def tell(cast):
    """A function that writes an event of the bakery, of a conversation unless another line is named."""

    def write(type="conversation.created", line="conversation:1", client=None, **data):
        client = client or cast.bakery
        outbox.tell(client.id, type, line, lambda: data | {"client": client.slug})

    return write


@pytest.fixture
def send():
    """A function that does what the sweep does."""

    def sweep():
        outbox.spread()
        return sending.deliver_due()

    return sweep


@pytest.fixture
def later():
    """A function that lets the next try of all that waits be due."""
    return lambda: Delivery.objects.filter(state="waiting").update(next_at=timezone.now() - timedelta(seconds=1))
