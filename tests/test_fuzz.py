"""No request that the API's description allows or forbids is answered by an error of ours or in an untold way."""

import logging

import pytest

from tests import fuzzing, isolation, world
from tests.askers import Asker

ENOUGH = 10_000
QUICK = fuzzing.cases_of("FUZZ_QUICK_CASES", 2)
CASES = fuzzing.cases_of("FUZZ_CASES", 28)  # an operation and principal


@pytest.fixture(scope="module")
def built(django_db_setup, django_db_blocker):
    with world.lasting(django_db_blocker):
        logging.disable()  # a line or two for each of many thousand requests
        yield isolation.build()
        logging.disable(logging.NOTSET)


@pytest.fixture
def there(built, db):
    return built


def principals(there) -> list[Asker]:
    """The owner, an editor limited to one client, and the portal's approver."""
    editor = next(asker for asker in there.askers if asker.name == "editor of the bakery")
    approver = next(asker for asker in there.askers if asker.name == "approver of the bakery")
    return [there.owner(), editor, approver]


def test_no_operation_answers_in_an_untold_way(there):
    survey, owner = fuzzing.Survey(), there.owner()

    for operation in fuzzing.operations():
        fuzzing.fuzz(survey, operation, owner, there.own, QUICK)

    print(f"{survey.statuses.total()} cases: {sorted(survey.statuses.items())}")
    assert survey.told() == []


@pytest.mark.slow
@pytest.mark.timeout(7200)
def test_no_operation_answers_three_principals_in_an_untold_way(there):
    survey, asking = fuzzing.Survey(), principals(there)

    for operation in fuzzing.operations():
        for asker in asking:
            fuzzing.fuzz(survey, operation, asker, there.own, CASES, seed=1)

    print(f"{survey.statuses.total()} cases: {sorted(survey.statuses.items())}")
    assert survey.told() == []
    assert survey.statuses.total() >= min(ENOUGH, CASES * 130)
