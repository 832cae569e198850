import uuid

import pytest
from django.test import override_settings
from django.utils import timezone

from clients.networks.types import Account
from tests import factories
from tests.clients.networks import town


@pytest.fixture(scope="session", autouse=True)
def quick_passwords():
    """Nobody signs in here: the cast's passwords need no strong hash."""
    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]):
        yield


@pytest.fixture(scope="session")
def network(tmp_path_factory):
    with town.running(tmp_path_factory.mktemp("sandbox") / "network.sqlite3") as url:
        yield url


@pytest.fixture
def fresh_account(network, settings):
    """A function that gives a client a channel on the sandbox network, with an account nobody else uses."""
    settings.SANDBOX_URL = network

    def make(client, slug="social"):
        channel = factories.channel(client, slug, "sandbox")
        channel.account = f"{slug}-{uuid.uuid4().hex}"
        channel.save()
        return channel, Account(network, channel.account)

    return make


@pytest.fixture
def social(cast, in_scope, fresh_account):
    """The bakery's channel on the sandbox network, and the account behind it."""
    return fresh_account(cast.bakery)


@pytest.fixture
def now():
    return timezone.now()
