"""No request that the API's description allows or forbids is answered by an error of ours or in an untold way."""

import logging

import pytest
from django.http import HttpResponse
from rest_framework.response import Response

from agency import api
from tests import fuzzing, world

ENOUGH = 10_000
QUICK = fuzzing.cases_of("FUZZ_QUICK_CASES", 1)
CASES = fuzzing.cases_of("FUZZ_CASES", 16)  # an operation and principal
STEP = fuzzing.cases_of("FUZZ_STEP", 1)  # one in so many of the edges


@pytest.fixture(scope="module")
def built(django_db_setup, django_db_blocker):
    with world.lasting(django_db_blocker):
        logging.disable()  # a line or two for each of many thousand requests
        yield fuzzing.build()
        logging.disable(logging.NOTSET)


@pytest.fixture(scope="module")
def operations():
    return fuzzing.operations()


@pytest.fixture
def there(built, db):
    return built


def test_no_operation_answers_in_an_untold_way(there, operations):
    survey, owner = fuzzing.Survey(), there.askers[0]

    for operation in operations:
        fuzzing.fuzz(survey, operation, owner, there.place, QUICK)

    print(survey)
    assert survey.told() == []


def broken(self, request):
    raise RuntimeError("planted")


PLANTED = {
    "Server error 500": broken,
    "Undocumented status code 418": lambda self, request: Response({}, status=418),
    "Response violates schema 200": lambda self, request: Response({"role": "owner"}),
    "Undocumented Content-Type 200": lambda self, request: HttpResponse("hello", content_type="text/plain"),
}


@pytest.mark.parametrize("fault", PLANTED)
def test_a_planted_fault_is_found(there, operations, monkeypatch, fault):
    monkeypatch.setattr(api.WhoAmI, "get", PLANTED[fault])
    survey = fuzzing.Survey()

    me = next(operation for operation in operations if operation.path == "/api/v1/me/")
    fuzzing.fuzz(survey, me, there.askers[0], there.place, 1)

    assert ("GET /api/v1/me/", fault) in survey.faults


@pytest.mark.slow
@pytest.mark.timeout(7200)
def test_no_operation_answers_three_principals_in_an_untold_way(there, operations):
    survey = fuzzing.Survey()

    for operation in operations:
        fuzzing.walk(survey, operation, there.askers, there.place, STEP)
        for asker in there.askers:
            fuzzing.fuzz(survey, operation, asker, there.place, CASES, seed=1)

    print(survey)
    assert survey.told() == []
    assert survey.statuses.total() >= ENOUGH or (CASES, STEP) != (16, 1)
