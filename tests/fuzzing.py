"""Asks the API what its own description allows and what it forbids, and holds each answer against the description."""

import copy
import json
import os
import random
import re
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import hypothesis
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, transaction
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode, checks
from schemathesis.core.failures import FailureGroup
from schemathesis.core.transport import Response
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi import checks as conformance

from agency import rights, tokens
from agency.models import Membership, Role, Token, User
from clients.models import Invitation
from config.description import PROBLEM
from tests import factories, routes, world
from tests.askers import Asker
from tests.world import Place

CHECKS = [
    checks.not_a_server_error,
    conformance.status_code_conformance,
    conformance.content_type_conformance,
    conformance.response_headers_conformance,
    conformance.response_schema_conformance,
]
MOST_TOLD = 40


@dataclass
class World:
    """One furnished client, and who asks: the owner, an editor limited to the client, the portal's approver."""

    place: Place
    owner: User
    askers: list[Asker]


def build() -> World:
    agency = factories.agency()
    olga = agency.memberships.get(role=Role.OWNER).user
    flora = factories.person("flora")
    place = world.furnish(agency, "bakery", "zqowned", flora, [olga, flora])
    served = {role: factories.member(agency, f"{role}1", role, [place.client]) for role in (Role.EDITOR, Role.APPROVER)}
    token, _ = tokens.create(
        agency=agency, creator=olga, name="Key", scopes=rights.SCOPES, client_ids=[place.client.id]
    )
    place.ids |= {Invitation: [world.invited(place, olga).id], Token: [token.id], Membership: [Membership.objects.get(user=served[Role.EDITOR]).id]}
    people = {"owner": olga, "editor": served[Role.EDITOR], "approver": served[Role.APPROVER]}
    return World(place, olga, [Asker(name, factories.api(agency, user)) for name, user in people.items()])


@dataclass
class Survey:
    """What was asked and what was wrong with the answers, by operation and fault, each with one example."""

    statuses: Counter = field(default_factory=Counter)
    faults: dict[tuple[str, str], str] = field(default_factory=dict)

    def note(self, case: Case, fault: str, told: str) -> None:
        self.faults.setdefault((case.operation.label, fault), told)

    def __str__(self):
        counted = f"{self.statuses.total()} cases: {dict(sorted(self.statuses.items()))}"
        return "\n\n".join([counted, *self.told()])

    def told(self) -> list[str]:
        return [f"{label}: {told}" for (label, _), told in sorted(self.faults.items())][:MOST_TOLD]


def description() -> dict:
    """The API's own, but answers may hold nothing that it doesn't name (clients must bear more: it may grow)."""
    whole = json.loads(json.dumps(copy.deepcopy(routes._description()), default=str))
    asked = _reached(whole, [operation.get("requestBody") for operation in _operations(whole)])
    for name, shape in whole["components"]["schemas"].items():
        if name not in asked and shape.get("type") == "object" and "properties" in shape:
            shape.setdefault("additionalProperties", False)
    return whole


def operations() -> list[APIOperation]:
    schema = schemathesis.openapi.from_dict(description())
    schema.app = get_wsgi_application()
    return [found.ok() for found in schema.get_all_operations()]


def fuzz(survey: Survey, operation: APIOperation, asker: Asker, place: Place, cases: int, seed: int = 0) -> None:
    """So many cases: half of what is allowed, half of what is not, most at addresses that exist."""
    for mode in GenerationMode:
        number = cases // 2 + (cases % 2 if mode.is_positive else 0)
        if not number:
            continue

        @hypothesis.seed(zlib.crc32(f"{seed} {operation.label} {asker} {mode}".encode()))
        @hypothesis.settings(
            max_examples=number,
            database=None,
            deadline=None,
            derandomize=False,
            phases=[hypothesis.Phase.generate],
            suppress_health_check=list(hypothesis.HealthCheck),
        )
        @hypothesis.given(operation.as_strategy(generation_mode=mode), st.randoms(use_true_random=False))
        def ask_one(case: Case, chance) -> None:
            _settle(case, chance, place)
            judge(survey, case, asker)

        ask_one()


def walk(survey: Survey, operation: APIOperation, askers: list[Asker], place: Place, step: int = 1) -> None:
    """The edges of every parameter and field, and methods that the address doesn't know, asked by each in turn."""
    told = operation.schema.config.generation_for(operation=operation)
    cases = operation.schema.iter_coverage_cases(
        operation, generation_modes=list(GenerationMode), generation_config=told
    )
    for number, case in enumerate(cases):
        if number % step == 0:
            _settle(case, random.Random(number), place)
            judge(survey, case, askers[number // step % len(askers)])


def judge(survey: Survey, case: Case, asker: Asker) -> None:
    answer = ask(case, asker)
    survey.statuses[answer.status_code] += 1
    try:
        case.validate_response(answer, checks=CHECKS)
    except FailureGroup as group:
        for failure in group.exceptions:
            survey.note(case, f"{failure.title} {answer.status_code}", f"{asker}: {failure}\n{_spoken(case, answer)}")
    if answer.status_code >= 400 and answer.headers.get("content-type") != [PROBLEM]:
        survey.note(case, f"no problem document {answer.status_code}", _spoken(case, answer))


def ask(case: Case, asker: Asker) -> Response:
    """The answer; whatever the request changed is undone."""
    with transaction.atomic(), _one_connection():
        key = asker.call._credentials["HTTP_AUTHORIZATION"]
        answer = case.call(headers={"Authorization": key, "Accept-Encoding": "identity"})
        transaction.set_rollback(True)
    return answer


@contextmanager
def _one_connection() -> Iterator[None]:
    """A served request would end by closing the connection, and the transaction with it."""
    ends = (request_started, request_finished)
    for end in ends:
        end.disconnect(close_old_connections)
    try:
        yield
    finally:
        for end in ends:
            end.connect(close_old_connections)


def _settle(case: Case, chance, place: Place) -> None:
    """Let most cases name what is there, and some have a body that is almost right."""
    route = _routes()[case.operation.path]
    if route.parameters and chance.random() < 0.8:
        path = chance.choice(routes.paths(route, place))
        names = [name for _, name in route.parameters]
        found = re.fullmatch(routes.PARAMETER.sub(r"(?P<\2>[^/]+)", f"/{route.pattern}"), path)
        case.path_parameters = {name: found[name] for name in names}
    if case.query:
        # An answer cut down to some fields lacks what its shape requires: tests/test_conventions.py looks at those.
        case.query = {name: value for name, value in dict(case.query).items() if name != "fields"}
    for name in set(case.query or {}) & {"client", "channel"}:
        if chance.random() < 0.7:
            case.query = dict(case.query) | {name: getattr(place, name).slug}
    if case.media_type == "application/json" and chance.random() < 0.7:
        body = routes.sample(route, case.method.upper(), place)
        if isinstance(body, dict) and isinstance(case.body, dict):
            taken = [name for name in case.body if chance.random() < 0.3]
            case.body = body | {name: case.body[name] for name in taken}


def _spoken(case: Case, answer: Response) -> str:
    told = answer.content[:300].decode("utf-8", "replace")
    return (
        f"  {case.method} {case.formatted_path} {case.query} {str(case.body)[:400]}\n  -> {answer.status_code} {told}"
    )


def _routes() -> dict[str, routes.Route]:
    return {"/" + routes.PARAMETER.sub(r"{\2}", route.pattern): route for route in routes.routes()}


def _operations(whole: dict) -> Iterator[dict]:
    return (operation for item in whole["paths"].values() for operation in item.values())


def _reached(whole: dict, part) -> set[str]:
    """Names of the shapes that the part refers to, directly or through others."""
    found, left = set(), [part]
    while left:
        for name in re.findall(r"#/components/schemas/(\w+)", json.dumps(left.pop())):
            if name not in found:
                found.add(name)
                left.append(whole["components"]["schemas"][name])
    return found


def cases_of(variable: str, default: int) -> int:
    return int(os.environ.get(variable, default))
