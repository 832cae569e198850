import uuid

import pytest

from clients.networks import sandbox
from clients.networks.types import Account
from tests.clients.networks import town


@pytest.fixture(scope="session")
def network(tmp_path_factory):
    with town.running(tmp_path_factory.mktemp("sandbox") / "network.sqlite3") as url:
        yield url


@pytest.fixture
def bakery(network):
    return Account(network, f"bakery-{uuid.uuid4().hex}", secret={sandbox.WEBHOOK_SECRET: town.SECRET})


@pytest.fixture
def hook(bakery):
    inbox = town.Inbox()
    town.control(bakery, "webhook", url=inbox.url, secret=town.SECRET)
    yield inbox
    inbox.end()
