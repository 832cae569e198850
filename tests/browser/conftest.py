"""A browser on the demo. The product runs once for all; the browser ends with each module, and its loop with it."""

import os
from urllib.parse import quote, urlsplit

import pytest
from django.db import connection
from playwright.sync_api import sync_playwright

from config import chromium
from tests.browser.stage import running
from tests.browser.visitor import Guests, launched
from tests.conftest import login


def pytest_collection_modifyitems(items):
    """They are skipped where there is no browser."""
    ours = [item for item in items if "tests/browser/" in item.path.as_posix()]
    reason = chromium.missing() if ours and not chromium.find() else ""
    for item in ours:
        item.add_marker(pytest.mark.browser)
        if reason:
            item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(scope="session")
def stage(django_db_setup, django_db_blocker, tmp_path_factory):
    """The started product, on a copy of this run's empty database."""
    known, name = connection.settings_dict, f"browser_{os.getpid()}"
    home = urlsplit(os.environ["DATABASE_URL"]).path[1:]
    with django_db_blocker.unblock():
        connection.close()
    with login(home) as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        cursor.execute(f"CREATE DATABASE {name} TEMPLATE {known['NAME']}")
    database = f"postgres://{known['USER']}:{quote(known['PASSWORD'])}@{known['HOST']}:{known['PORT']}/{name}"
    try:
        with running(tmp_path_factory.mktemp("browser"), database, os.environ["REDIS_URL"]) as stage:
            yield stage
    finally:
        with login(home) as cursor:
            cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="module")
def _guests(stage):
    with sync_playwright() as playwright:
        browser = launched(playwright)
        yield Guests(browser, stage)
        browser.close()


@pytest.fixture
def visit(_guests):
    """A function that opens the product for somebody; afterwards no page may have complained."""
    yield _guests
    assert _guests.leave() == []
