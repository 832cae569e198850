"""Nobody learns anything of a client they don't serve: every route, every method, every place of a foreign name."""

import logging

import pytest

from tests import askers, isolation, routes, world

ENOUGH = 10_000


@pytest.fixture(scope="module")
def built(django_db_setup, django_db_blocker):
    with world.lasting(django_db_blocker):
        logging.disable()  # a line or two for each of many thousand requests
        yield isolation.build()
        logging.disable(logging.NOTSET)


@pytest.fixture
def there(built, db):
    return built


def told(found) -> list[str]:
    return [f"{asker}: {case}: {fault}" for asker, case, faults in found for fault in faults]


def test_every_row_that_could_leak_is_there(there):
    missing = [model.__name__ for model in world.OWNED if not there.other.ids[model]]

    assert missing == []


def test_every_route_reaches_the_rows_when_its_owner_asks(there):
    assert isolation.unreached(there) == []


def test_what_changes_something_needs_a_right_to_write():
    reading = [
        f"{method} {route}"
        for route in routes.routes()
        for method, right in route.rights.items()
        if method not in ("GET", "HEAD") and not right.endswith(":write")
    ]

    assert reading == [
        "POST /api/v1/tokens/",
        "DELETE /api/v1/tokens/<int:id>/",
        "POST /api/v1/clients/<slug:slug>/hours/preview/",
        "POST /api/v1/notices/<int:id>/read/",
        "POST /api/v1/exports/",
        "POST /api/v1/exports/<int:id>/cancel/",
    ]


def test_every_api_route_has_the_door():
    assert [str(route) for route in routes.routes() if route.is_api and not route.rights] == []


def test_nobody_learns_of_a_foreign_client(there):
    found = isolation.survey(there, who=lambda asker: asker.name in askers.QUICK, methods=isolation.declared)

    assert told(found) == []


@pytest.mark.slow
@pytest.mark.timeout(7200)
def test_nobody_learns_of_a_foreign_client_by_any_method(there):
    found = list(isolation.survey(there))

    print(f"{len(found)} requests by {len(there.askers)} askers")
    assert told(found) == []
    assert len(there.askers) >= 12
    assert len(found) >= ENOUGH
