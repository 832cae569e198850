"""Corrupt bodies against every route that writes: refused in good time, without an error of ours, nothing half written."""

import logging

import pytest
from rest_framework.response import Response

from campaigns import planning
from campaigns.api import campaigns
from tests import askers, corpus, fuzzing, world

ENOUGH = 500
SHARE = 240  # one in so many, where there is little time
STEP = fuzzing.cases_of("CORPUS_STEP", 1)


@pytest.fixture(scope="module")
def built(django_db_setup, django_db_blocker):
    with world.lasting(django_db_blocker):
        logging.disable()  # a line or two for each of many thousand requests
        there = fuzzing.build()
        yield there
        logging.disable(logging.NOTSET)


@pytest.fixture
def there(built, db):
    return built


def caller(there, route):
    """The owner: by key where there is an API, in a session at the pages."""
    return there.askers[0].call if route.is_api else askers._session(there.owner)


def test_the_corpus_is_large_and_the_same_each_time(there):
    def made():
        return {
            (payload.name, payload.body, payload.content_type, payload.encoding)
            for route, method in corpus.writing()
            if route.pattern == "api/v1/posts/"
            for payload in corpus.payloads(route, method, there.place)
        }

    first = made()

    assert len(first) >= ENOUGH
    assert first == made()


def test_each_corrupt_body_is_refused_by_some_route(there):
    """Each route gets another share of what it would get altogether."""
    found = []
    for number, (route, method) in enumerate(corpus.writing()):
        sent = corpus.payloads(route, method, there.place)[number % SHARE :: SHARE]
        found += corpus.faults(caller(there, route), route, method, there.place, sent)

    assert found == []


def test_a_fault_and_a_half_written_row_are_found(there, monkeypatch):
    route = next(route for route in corpus.writing() if route[0].pattern == "api/v1/campaigns/")[0]
    sent = corpus.payloads(route, "POST", there.place)[-1:]

    def broken(self, request):
        raise RuntimeError("planted")

    def forgetful(self, request):
        planning.add_campaign(client=there.place.client, slug="half", name="Half", actor=None)
        return Response({}, status=400)

    found = []
    for planted in (broken, forgetful):
        monkeypatch.setattr(campaigns.Campaigns, "post", planted)
        found.append(list(corpus.faults(there.askers[0].call, route, "POST", there.place, sent)))

    assert ["500" in found[0][0], found[1][0]] == [True, "POST /api/v1/campaigns/ left something in campaigns_campaign"]


@pytest.mark.slow
@pytest.mark.timeout(7200)
def test_no_route_stumbles_over_a_corrupt_body(there):
    found, asked = [], 0
    for number, (route, method) in enumerate(corpus.writing()):
        sent = corpus.payloads(route, method, there.place)[number % STEP :: STEP]
        asked += len(sent)
        found += corpus.faults(caller(there, route), route, method, there.place, sent)

    print(f"{asked} corrupt requests")
    assert found == []
