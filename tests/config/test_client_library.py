
import pytest

from agency import rights, tokens
from tests import client_library, factories


@pytest.fixture(scope="session")
def library():
    return client_library.generate()


@pytest.fixture
def key(transactional_db) -> str:
    agency = factories.agency()
    _, secret = tokens.create(
        agency=agency, creator=agency.memberships.get().user, name="shop", scopes=rights.SCOPES
    )
    return secret


def test_the_generated_client_speaks_to_a_running_server(library, live_server, key):
    said = client_library.run("tests.client_smoke", live_server.url, key, folder=library)

    assert said == "Bäckerei Korn: 1 conversation, reply queued\n"


def test_every_module_of_the_generated_client_can_be_imported(library):
    modules = sorted(
        ".".join(path.relative_to(library).with_suffix("").parts)
        for path in (library / client_library.PACKAGE).rglob("*.py")
    )

    said = client_library.run("tests.imported", *modules, folder=library)

    assert said == f"{len(modules)}\n"


@pytest.mark.slow
def test_the_generated_client_and_its_user_are_typed(library):
    words = ["--cache-dir", library / "mypy", "--explicit-package-bases"]

    said = client_library.run("mypy", *words, "tests/client_smoke.py", library / client_library.PACKAGE, folder=library)

    assert said.startswith("Success")
