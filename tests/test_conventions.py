"""What every address of the API promises: each convention is asked for at each route that there is."""

import json
import logging
import secrets
from collections.abc import Iterator

import pytest
from django.db import transaction
from django.http import HttpResponse

from agency.conventions import queries
from clients.models import KeptAnswer
from tests import factories, isolation, routes, world
from tests.routes import Case, Route

PROBLEM = "application/problem+json"
KEYS = ["type", "title", "status", "code", "detail", "errors", "request_id"]


@pytest.fixture(scope="module")
def built(django_db_setup, django_db_blocker):
    with world.lasting(django_db_blocker):
        logging.disable()
        yield isolation.build()
        logging.disable(logging.NOTSET)


@pytest.fixture
def there(built, db):
    return built


@pytest.fixture
def owner(there):
    return factories.api(there.agency, there.olga)


def cases(there, *methods: str) -> Iterator[tuple[Route, Case]]:
    """For each method of each route one request about the florist that its owner may make."""
    for route in routes.routes():
        if not route.is_api:
            continue
        for method in isolation.declared(route):
            if method in methods:
                path = routes.paths(route, there.other)[0]
                query, body, content_type = routes.contents(route, method, there.other)[0]
                yield route, Case(route, method, path, "path", query, body, content_type)


def send(caller, case: Case, more: str = "", body: str | None = None, **headers) -> HttpResponse:
    address = case.address + (("&" if case.query else "?") + more if more else "")
    sent = case.body if body is None else body
    with transaction.atomic():
        return caller.generic(case.method, address, sent, content_type=case.content_type, headers=headers)


def undone(work):
    with transaction.atomic():
        found = work()
        transaction.set_rollback(True)
    return found


def is_problem(answer: HttpResponse, status: int) -> bool:
    body = json.loads(answer.content)
    told = (answer.status_code, answer["Content-Type"], list(body), body["status"], body["request_id"])
    return told == (status, PROBLEM, KEYS, status, answer["X-Request-ID"])


EVERY = ("GET", "POST", "PUT", "PATCH", "DELETE")


def test_unknown_parameters_are_refused_at_every_address(there, owner):
    wrong = [
        str(case)
        for _, case in cases(there, *EVERY)
        if not is_problem(answer := undone(lambda case=case: send(owner, case, "surprise=1")), 400)
        or answer.json()["errors"][0]["code"] != "unknown"
    ]

    assert wrong == []


def test_other_methods_and_kinds_are_problems_at_every_address(there, owner):
    wrong = []
    for _, case in cases(there, *EVERY):
        odd = Case(case.route, "TRACE", case.path, "plain")
        if not is_problem(undone(lambda odd=odd: send(owner, odd)), 405):
            wrong.append(f"405 {case}")
        if not is_problem(undone(lambda case=case: send(owner, case, Accept="video/x-none")), 406):
            wrong.append(f"406 {case}")

    assert wrong == []


def test_the_limit_stands_at_every_address_and_is_told(there):
    caller = factories.api(there.agency, there.olga)
    made = there.agency.tokens.latest("created_at")
    made.id, old = made.id + secrets.randbelow(10**9), made.id  # its count is nobody else's who tests at the same time
    there.agency.tokens.filter(id=old).update(id=made.id)
    there.agency.tokens.filter(id=made.id).update(per_minute=1)
    first = caller.get("/api/v1/me/")

    wrong = [
        str(case)
        for _, case in cases(there, *EVERY)
        if not is_problem(answer := undone(lambda case=case: send(caller, case)), 429)
        or (answer["RateLimit-Limit"], answer["RateLimit-Remaining"]) != ("1", "0")
        or not 1 <= int(answer["Retry-After"]) <= 67
    ]

    assert (first.status_code, first["RateLimit-Limit"], first["RateLimit-Remaining"]) == (200, "1", "0")
    assert wrong == []


def test_every_post_answers_the_same_key_once(there, owner):
    """Twice the same request: one answer, said to be a replay the second time; another body is refused."""
    wrong, kept = [], 0
    for _, case in cases(there, "POST"):

        def thrice(case=case):
            key = {"Idempotency-Key": "order-1"}
            first, second = send(owner, case, **key), send(owner, case, **key)
            other = send(owner, case, body=case.body + " ", **key)
            return first, second, other, KeptAnswer.objects.count()

        first, second, other, rows = undone(thrice)
        if first.status_code >= 400:
            if rows or "Idempotency-Replayed" in second.headers:
                wrong.append(f"{case}: kept {first.status_code}")
            continue
        kept += 1
        same = (first.status_code, first.content, first.headers.get("Content-Type")) == (
            second.status_code, second.content, second.headers.get("Content-Type"),
        )  # fmt: skip
        if not same or second.headers.get("Idempotency-Replayed") != "true" or not is_problem(other, 422) or rows != 1:
            wrong.append(f"{case}: {first.status_code} {second.status_code} {other.status_code} {rows}")

    assert wrong == []
    assert kept >= 25


def singles(there) -> Iterator[tuple[Route, Case]]:
    for route, case in cases(there, "GET"):
        if getattr(route.view, "pagination_class", None) is None:
            yield route, case


def test_every_single_resource_has_a_tag_that_spares_reading_it_again(there, owner):
    wrong, asked = [], 0
    for _, case in singles(there):
        first = send(owner, case)
        if case.path.endswith("/file/"):
            continue  # files are served by rules of their own
        if first.status_code in (400, 409):
            continue  # what needs a parameter, or another state, has nothing to show
        if first.status_code != 200 or "ETag" not in first.headers:
            wrong.append(f"{case}: {first.status_code} has no tag")
            continue
        asked += 1
        again = send(owner, case, **{"If-None-Match": f'"other", W/{first["ETag"]}'})
        if (again.status_code, again.content, again["ETag"]) != (304, b"", first["ETag"]):
            wrong.append(f"{case}: {again.status_code}")

    assert wrong == []
    assert asked >= 20


def test_every_edit_minds_the_tag(there, owner):
    wrong, minded = [], 0
    for route, case in cases(there, "PUT", "PATCH", "DELETE"):
        stale = undone(lambda case=case: send(owner, case, **{"If-Match": '"stale"'}))
        if not is_problem(stale, 412):
            wrong.append(f"{case}: {stale.status_code} for a stale tag")
        if "GET" not in isolation.declared(route):
            continue

        def fresh(case=case):
            tag = send(owner, Case(case.route, "GET", case.path, "path"))["ETag"]
            return send(owner, case, **{"If-Match": tag})

        answer = undone(fresh)
        minded += 1
        if answer.status_code not in (200, 204, 409):
            wrong.append(f"{case}: {answer.status_code} for the true tag")
        if answer.status_code == 200 and "ETag" not in answer.headers:
            wrong.append(f"{case}: does not tell the new tag")

    assert wrong == []
    assert minded >= 10


def test_every_list_and_resource_shows_the_fields_it_names_and_only_those_asked_for(there, owner):
    wrong, asked = [], 0
    for route, case in cases(there, "GET"):
        known = queries.known(route.view(), "GET")
        if not known.fields:
            continue
        answer = send(owner, case)
        if answer.status_code in (400, 409):
            continue  # what needs a parameter, or another state, has nothing to show
        body = answer.json()
        rows = body["results"] if route.view.pagination_class else [body]
        if any(isinstance(name, dict) for row in rows for name in row):
            continue  # a plain list has no fields
        strange = {name for row in rows for name in row} - set(known.fields)
        if strange:
            wrong.append(f"{case} shows {sorted(strange)}, which `fields` doesn't know")
        name = known.fields[0]
        body = send(owner, case, f"fields={name}").json()
        rows = body["results"] if route.view.pagination_class else [body]
        asked += len(rows)
        if any(list(row) not in ([name], []) for row in rows):
            wrong.append(f"{case} shows more than {name}")

    assert wrong == []
    assert asked >= 40


def test_whatever_a_row_names_can_be_shown_beside_it(there, owner):
    wrong, asked = [], 0
    for route, case in cases(there, "GET"):
        for name, one in queries.known(route.view(), "GET").expansions.items():
            answer = send(owner, case, f"expand={name}&fields={one.keys[0]}")
            rows = answer.json()["results"] if route.view.pagination_class else [answer.json()]
            asked += bool(rows)
            if any(set(row) != {one.keys[0], "expanded"} or set(row["expanded"]) != {name} for row in rows):
                wrong.append(f"{case} does not show {name}")
            if not all(row["expanded"][name] for row in rows) and name in ("client", "channel"):
                wrong.append(f"{case} finds no {name}")

    assert wrong == []
    assert asked >= 25


def test_every_list_goes_both_ways_and_those_that_change_tell_where_to_go_on(there, owner):
    wrong, changing = [], 0
    for route, case in cases(there, "GET"):
        if route.view.pagination_class is None:
            continue
        known = queries.known(route.view(), "GET")
        view = route.view()
        for ordering in view.orderings_known():
            if (answer := send(owner, case, f"ordering={ordering}")).status_code != 200:
                wrong.append(f"{case} by {ordering}: {answer.content}")
        if "updated_since" in known.names:
            changing += 1
            body = send(owner, case, "updated_since=2020-01-01T00:00:00Z").json()
            wrong += [] if body["results"] and "sync_from" in body else [f"{case}: {body}"]

    assert wrong == []
    assert changing >= 6
