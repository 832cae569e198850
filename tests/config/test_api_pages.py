"""The snippets of docs/api/ are run as they stand there, against a server that runs."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from agency import rights, tokens
from tests import factories, routes

PAGES = Path(settings.ROOT) / "docs" / "api"
CALLS = {"README.md": 5, "schnellstart.md": 5, "incoming.md": 0}


def snippets(page: str, kind: str) -> str:
    """All snippets of the kind as one program."""
    return "\n".join(re.findall(rf"^```{kind}\n(.*?)^```$", (PAGES / page).read_text(), re.S | re.M))


def filled(text: str, address: str, key: str) -> str:
    """With the reader's own address and key."""
    text = re.sub(r"(?m)^export RESONANZ_URL=.*$", f"export RESONANZ_URL={address}", text)
    return re.sub(r"(?m)^export RESONANZ_TOKEN=.*$", f"export RESONANZ_TOKEN={key}", text)


@pytest.fixture
def key(transactional_db) -> str:
    agency = factories.agency()
    _, secret = tokens.create(
        agency=agency, creator=agency.memberships.get().user, name="reader", scopes=rights.SCOPES
    )
    return secret


@pytest.mark.parametrize("page", CALLS)
def test_the_snippets_of_a_page_work_in_their_order(page, live_server, key, settings):
    settings.BASE_URL = live_server.url
    shell = f"set -eu\n{filled(snippets(page, 'bash'), live_server.url, key)}"
    environment = os.environ | {"RESONANZ_URL": live_server.url, "RESONANZ_TOKEN": key}

    if shutil.which("curl"):
        told = subprocess.run(["bash", "-c", shell], capture_output=True, text=True)
        assert told.returncode == 0, told.stdout + told.stderr
        assert snippets(page, "bash").count("curl ") == CALLS[page]
    else:
        factories.client(tokens.find(key).agency, "bakery")
    told = subprocess.run(
        [sys.executable, "-c", snippets(page, "python")], env=environment, capture_output=True, text=True
    )

    assert told.returncode == 0, told.stdout + told.stderr


def test_the_pages_name_only_addresses_that_exist():
    known = {re.sub(r"\{\w+\}", "x", path) for path in routes._description()["paths"]}
    named = {
        re.sub(r"\$\w+|\{\w+\}", "x", path)
        for page in CALLS
        for path in re.findall(r"/api/v1(/[a-z0-9/$_{}-]+/)", (PAGES / page).read_text())
    }

    assert sorted(path for path in named if f"/api/v1{path}" not in known) == []
