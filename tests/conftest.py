"""The database and the cast of all tests. Tests run as the plain role: as a superuser nothing would be tested."""

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlsplit

import hypothesis
import psycopg2
import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.test import override_settings
from django.utils import translation
from psycopg2.extensions import cursor as Cursor
from rest_framework.test import APIClient
from xdist.scheduler import LoadScopeScheduling

from agency.models import Role
from clients.networks.types import Account
from clients.scope import scope
from tests import factories
from tests.clients.networks import town
from tests.clients.networks.odd import OddNetwork

# The same examples in every run, and none that fails because the machine is busy.
hypothesis.settings.register_profile("house", deadline=None, derandomize=True, database=None)
hypothesis.settings.load_profile("house")


class Files(LoadScopeScheduling):
    """The tests of a file stay in one process, so that what they share is built once; so do all that need the browser."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return "browser" if file.startswith("tests/browser/") else file


def pytest_collection_modifyitems(items):
    """What takes longest comes first, so that no process has it alone at the end: the whole product, then the browser."""
    folders = (Path(__file__).parent, Path(__file__).parent / "browser")
    items.sort(key=lambda item: folders.index(item.path.parent) if item.path.parent in folders else len(folders))


def pytest_xdist_make_scheduler(config, log) -> Files:
    return Files(config, log)


@contextmanager
def login(database: str) -> Iterator[Cursor]:
    """Outside any transaction, as the login that owns the databases."""
    known = connection.settings_dict
    login = psycopg2.connect(
        host=known["HOST"],
        port=known["PORT"],
        user=known["USER"],
        password=known["PASSWORD"],
        dbname=database,
    )
    login.autocommit = True
    try:
        with login.cursor() as cursor:
            yield cursor
    finally:
        login.close()


@pytest.fixture(scope="session", autouse=True)
def quick_passwords():
    """Argon2 is slow on purpose; the tests make hundreds of people."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher", *settings.PASSWORD_HASHERS]


@pytest.fixture(scope="session", autouse=True)
def own_redis():
    """What is counted for a name in one process must not be forgotten by the other's tests of the same name."""
    number = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
    settings.REDIS_URL = urlsplit(settings.REDIS_URL)._replace(path=f"/{number}").geturl()


@pytest.fixture(autouse=True)
def own_language():
    """Each request sets its language; a test that makes none begins with the product's."""
    translation.activate(settings.LANGUAGE_CODE)


@pytest.fixture(scope="session", autouse=True)
def media_folder(tmp_path_factory):
    """Pictures of the tests lie nowhere else."""
    store = settings.STORAGES["default"]
    options = store["OPTIONS"] | {"location": str(tmp_path_factory.mktemp("media"))}
    with override_settings(STORAGES=settings.STORAGES | {"default": store | {"OPTIONS": options}}):
        yield


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment, django_db_blocker):
    """A fresh database of this run, migrated as its owner and then used as the plain role."""
    database, name = connection.settings_dict, f"test_{os.getpid()}"
    home = database["NAME"]
    with login(home) as cursor, django_db_blocker.unblock():
        # Roles belong to the whole server: runs side by side migrate one after the other.
        cursor.execute("SELECT pg_advisory_lock(hashtext('tests'))")
        cursor.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        cursor.execute(f"CREATE DATABASE {name}")
        connection.close()
        database["NAME"] = name
        call_command("migrate", verbosity=0)
    yield
    with django_db_blocker.unblock():
        connection.close()
    database["NAME"] = home
    with login(home) as cursor:
        cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def agency(db):
    return factories.agency()


@pytest.fixture
def cast(agency):
    """Bakery and florist, Ana (bakery), Flo (florist), Sam (staff for both), Olga (agency's owner), Zoe (nobody)."""
    bakery, florist = factories.client(agency, "bakery"), factories.client(agency, "florist")
    return SimpleNamespace(
        agency=agency,
        bakery=bakery,
        florist=florist,
        olga=agency.memberships.get(role=Role.OWNER).user,
        sam=factories.member(agency, "sam", Role.MANAGER, [bakery, florist]),
        ana=factories.member(agency, "ana", Role.APPROVER, [bakery]),
        flo=factories.member(agency, "flo", Role.APPROVER, [florist]),
        zoe=factories.person("zoe"),
    )


@pytest.fixture
def in_scope(cast):
    """The scope of both clients, open for the whole test."""
    with scope([cast.bakery.id, cast.florist.id]):
        yield


@pytest.fixture
def line(cast, in_scope):
    """A manual channel of the bakery, connected long ago."""
    return factories.channel(cast.bakery, "counter")


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
def api(cast):
    """A function that gives an API client with a token of this user."""

    def caller(user, scopes=None, clients=None, agency=None) -> APIClient:
        return factories.api(agency or cast.agency, user, scopes, clients)

    return caller


@pytest.fixture
def odd():
    opened = []

    def build(answer):
        opened.append(OddNetwork(answer))
        return opened[-1]

    yield build
    for network in opened:
        network.socket.close()


@pytest.fixture
def standing():
    """A function that starts a stand-in of a network, ended after the test."""
    started = []

    def start(kind):
        started.append(kind())
        return started[-1]

    yield start
    for fake in started:
        fake.end()
