"""The database and the cast of all tests. Tests run as the plain role: as a superuser nothing would be tested."""

import os
from types import SimpleNamespace

import psycopg2
import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from rest_framework.test import APIClient

from agency.models import Role
from clients.scope import scope
from tests import factories

QUICK = {
    "test_calendars.py", "test_history.py", "test_hours_document.py", "test_inbox.py", "test_sla.py", "test_sla_closing.py",
    "test_sla_pauses.py", "test_sla_policies.py", "test_triage.py",
}  # fmt: skip


def pytest_collection_modifyitems(items):
    """`./test` runs the heart of the product within minutes on a slow machine; everything else is for `./test --all`."""
    for item in items:
        if item.path.name not in QUICK:
            item.add_marker("slow")


def _as_login(database: str, *statements: str) -> None:
    """Run statements outside any transaction as the login that owns the databases."""
    known = connection.settings_dict
    login = psycopg2.connect(
        host=known["HOST"],
        port=known["PORT"],
        user=known["USER"],
        password=known["PASSWORD"],
        dbname=database,
    )
    login.autocommit = True
    with login.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
    login.close()


@pytest.fixture(scope="session", autouse=True)
def quick_passwords():
    """Argon2 is slow on purpose; the tests make hundreds of people."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher", *settings.PASSWORD_HASHERS]


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment, django_db_blocker):
    """A fresh database of this run, migrated as its owner and then used as the plain role."""
    database, name = connection.settings_dict, f"test_{os.getpid()}"
    home = database["NAME"]
    _as_login(home, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)", f"CREATE DATABASE {name}")
    with django_db_blocker.unblock():
        connection.close()
        database["NAME"] = name
        call_command("migrate", verbosity=0)
    yield
    with django_db_blocker.unblock():
        connection.close()
    database["NAME"] = home
    _as_login(home, f"DROP DATABASE {name} WITH (FORCE)")


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


@pytest.fixture
def api(cast):
    """A function that gives an API client with a token of this user."""

    def caller(user, scopes=None, clients=None, agency=None) -> APIClient:
        return factories.api(agency or cast.agency, user, scopes, clients)

    return caller
