"""Asks every route in every place about somebody else's client, and lists what was told that should not have been."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.cookies import SimpleCookie

from django.db import transaction
from django.http import HttpResponse

from agency import tokens
from agency.doors import SIGNED_IN
from agency.models import Agency, Membership, Role, Token, User
from agency.rights import SCOPES
from clients.models import Invitation
from tests import askers, factories, routes, world
from tests.askers import Asker
from tests.routes import Case, Route

FOREIGN, ABSENT, OWN = "zqother", "zqnever", "zqowned"  # of one length, so that answers can be compared byte by byte
OWN_IDS, FOREIGN_IDS, LATER_IDS, AWAY = 110_000_000_000, 880_000_000_000, 330_000_000_000, 500_000
CANARY = re.compile(rf"[\w.@-]*{FOREIGN}[\w.@-]*|\b88\d{{10}}\b|\b77700[1-7]\b", re.IGNORECASE)
FOREIGN_ID = re.compile(r"\b88\d{10}\b")
# The same name for every request, which answers repeat, and leave to overwrite what was not read.
HEADERS = {"HTTP_X_REQUEST_ID": "isolation", "HTTP_IF_MATCH": "*"}
LATER_ID = re.compile(r"\b33\d{10}\b")
FORGERY = re.compile(r'(?<=")[A-Za-z0-9]{64}(?=")')
ASKED_AT = re.compile(r'(?<=data-now=")[^"]+(?=")')
FEED_KEY = re.compile(r"[\w-]{43}(?=\.ics)")  # made anew for each who asks
REFUSED = (401, 403, 404)
# Answers by their key alone, which is the secret.
TELLS_APART = ("approval/<slug:key>/", "l/<slug:code>", "media/<str:key>/")
# What can't show words of a client because it holds only times, or nothing of a client at all.
WORDLESS = (
    "api/v1/clients/<slug:slug>/hours/",
    "api/v1/publishing-rules/<slug:slug>/",
    "api/v1/limits/",
    "api/v1/networks/",
    "api/v1/readiness/questions/",
    "api/v1/readiness/<int:id>/actuals/",
    "api/v1/prospects/",
    "api/v1/webhooks/types/",
    "api/v1/timer/",
    "api/v1/reports/<int:id>/rows/",
    "api/v1/months/",
    "api/v1/metrics/returns/",
    "api/v1/contracts/<slug:slug>/",
    "api/v1/playbook/<slug:slug>/",
)
VARYING_HEADERS = (
    "X-Request-ID", "RateLimit-Remaining", "RateLimit-Reset", "Content-Security-Policy", "Set-Cookie", "Date", "Expires",
)  # fmt: skip


@dataclass
class World:
    """The furnished florist whom nobody may see, the bakery beside it, and everybody who asks."""

    agency: Agency
    olga: User
    own: world.Place
    other: world.Place
    askers: list[Asker]

    def owner(self) -> Asker:
        return Asker("owner", factories.api(self.agency, self.olga), SCOPES)


def build() -> World:
    agency, rival = factories.agency(), factories.agency("sued")
    factories.client(rival, "pub")
    olga = agency.memberships.get(role=Role.OWNER).user
    world.number_from(OWN_IDS)
    flora = factories.person(f"flora-{OWN}")
    own = world.furnish(agency, "bakery", OWN, flora, [olga, flora])
    served = askers.people(agency, own.client)
    join(agency, flora, own, OWN)
    asking = askers.all_of(agency, olga, served, own.client, rival)
    world.number_from(FOREIGN_IDS)
    flo = factories.person(f"flo-{FOREIGN}")
    other = world.furnish(agency, "florist", FOREIGN, flo, [olga, flo, *served.values()], 777_000)
    join(agency, flo, other, FOREIGN)
    world.number_from(LATER_IDS)
    return World(agency, olga, own, other, asking)


def join(agency: Agency, person: User, place: world.Place, word: str) -> None:
    """Make the person a manager of the place, with a key for it."""
    factories.member(agency, person.email.partition("@")[0], Role.MANAGER, [place.client])
    made, _ = tokens.create(
        agency=agency, creator=person, name=f"Key {word}", scopes=SCOPES, client_ids=[place.client.id]
    )
    place.ids[Token] = [made.id]
    place.ids[Invitation] = [world.invited(place, person).id]
    place.ids[Membership] = [Membership.objects.get(user=person).id]


def absent(text: str) -> str:
    """The same words about something that nobody has."""
    return FOREIGN_ID.sub(lambda found: str(int(found[0]) + AWAY), text.replace(FOREIGN, ABSENT))


def ask(asker: Asker, case: Case) -> HttpResponse:
    """The answer; whatever the request changed is undone, the scope it opened included."""
    call, cookies = asker.call, asker.call.cookies.copy()
    call.raise_request_exception = False
    with transaction.atomic():
        answer = call.generic(case.method, case.address, case.body, content_type=case.content_type, **HEADERS)
        transaction.set_rollback(True)
    call.cookies = SimpleCookie(cookies)  # signed out or not, the next request is theirs again
    return answer


def told(answer: HttpResponse) -> str:
    """Every byte of the answer."""
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    lines = [f"{name}: {value}" for name, value in answer.headers.items() if name not in VARYING_HEADERS]
    return "\n".join([str(answer.status_code), *lines, body.decode("utf-8", "replace")])


def strays(text: str, case: Case) -> list[str]:
    """Foreign words and ids in the text that the request had not named itself."""
    named = {word.lower() for word in CANARY.findall(case.words)}
    return sorted({word for word in CANARY.findall(text) if word.lower() not in named})


def leaks(asker: Asker, case: Case, twins: bool = True) -> Iterator[str]:
    """What is wrong with the answer to this asker."""
    answer = ask(asker, case)
    text = told(answer)
    yield from (f"shows {word}" for word in strays(text, case))
    yield from _status(asker, case, answer)
    if twins and case.kind != "plain" and case.route.pattern not in TELLS_APART:
        other = told(ask(asker, case.rewritten(absent)))
        if found := _difference(_steady(absent(text)), _steady(other)):
            yield f"differs from what is said of absent ones: {found}"


def _difference(one: str, other: str) -> str:
    """Where the two begin to differ, '' where they don't."""
    if one == other:
        return ""
    place = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    return f"{one[max(0, place - 60) : place + 80]!r} / {other[place : place + 80]!r}"


def _steady(text: str) -> str:
    """Without the numbers and keys that the request itself made, the words against forged forms, and the time."""
    return FEED_KEY.sub("", ASKED_AT.sub("", FORGERY.sub("", LATER_ID.sub("new", text))))


def _status(asker: Asker, case: Case, answer: HttpResponse) -> Iterator[str]:
    status = answer.status_code
    if status >= 500:
        yield f"answers {status}"
    if not case.route.is_api:
        return
    if not asker.known and status != 401:
        yield f"answers {status} instead of 401"
    if case.kind == "path" and status not in (*REFUSED, 405):
        yield f"answers {status} for a foreign address"
    if case.kind == "body" and status < 400:
        yield f"answers {status} for a foreign name in the body"
    if case.kind == "bulk" and status < 400 and json.loads(answer.content)["results"][0]["status"] != "error":
        yield "takes an item for a foreign client"
    if asker.known and _lacks(asker, case) and status != 403:
        yield f"answers {status} instead of 403 without the right {case.route.rights[_spoken(case)]}"


def _spoken(case: Case) -> str:
    return "GET" if case.method == "HEAD" else case.method


def _lacks(asker: Asker, case: Case) -> bool:
    right = case.route.rights.get(_spoken(case), SIGNED_IN)
    return right != SIGNED_IN and right not in asker.rights


def survey(
    there: World,
    *,
    who: Callable[[Asker], bool] = lambda asker: True,
    where: Callable[[Route], bool] = lambda route: True,
    methods: Callable[[Route], tuple[str, ...]] = lambda route: routes.METHODS,
) -> Iterator[tuple[Asker, Case, list[str]]]:
    """Each request with what was wrong with its answer. Undeclared methods are asked without their twin."""
    for route in filter(where, routes.routes()):
        for case in routes.cases(route, there.own, there.other, methods(route)):
            for asker in filter(who, there.askers):
                twins = case.method in declared(route) and (asker.known or not route.is_api)
                yield asker, case, list(leaks(asker, case, twins))


def declared(route: Route) -> tuple[str, ...]:
    """The methods that the route answers; GET and POST where it doesn't say."""
    names = getattr(route.view, "http_method_names", ())
    spoken = [m for m in route.rights if m.lower() in names and hasattr(route.view, m.lower())]
    return tuple(spoken) or ("GET", "POST")


def unreached(there: World, where: Callable[[Route], bool] = lambda route: True) -> list[str]:
    """API routes at which the owner, who may see all, reaches nothing of the florist: they would prove nothing."""
    owner = there.owner()
    found = []
    for route in filter(where, routes.routes()):
        if route.is_api and not route.schema:
            found.append(f"{route}: the API's description doesn't know it")
        for method in declared(route) if route.is_api else ():
            answers = [ask(owner, case) for case in _reaching(route, method, there)]
            if reason := _unreached(route, method, answers):
                found.append(f"{method} {route}: {reason}")
    return found


def _reaching(route: Route, method: str, there: World) -> list[Case]:
    return [
        Case(route, method, path, "path", query, body, content_type)
        for path in routes.paths(route, there.other)
        for query, body, content_type in routes.contents(route, method, there.other)
    ]


def _unreached(route: Route, method: str, answers: list[HttpResponse]) -> str:
    """Why these answers of the owner's prove nothing; 409 means that the row was found but its state forbids it."""
    reached = [answer for answer in answers if answer.status_code < 400 or answer.status_code == 409]
    if not reached:
        return f"even its owner hears {[told(answer)[:300] for answer in answers]}; add a body to tests/routes.py"
    if method == "GET" and route.pattern not in WORDLESS and not any(CANARY.search(told(one)) for one in reached):
        return "shows nothing of the florist even to its owner"
    return ""
