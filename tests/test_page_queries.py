"""Every page asks the database few questions, and as many about three clients as about one."""

import logging
from collections.abc import Iterator

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from agency.models import Agency, Membership, Role
from agency.views import figures, plan
from tests import factories, isolation, routes, world
from tests.world import Place

MOST = 12
NO_PAGES = ("api/", "hooks/", "l/", "media/", "sign-", "language/", "healthz", "readyz")
# What a page can be asked for besides itself.
ALSO = {
    "figures/": [f"view={view}" for view in figures.VIEWS],
    "plan/": [f"view={view}" for view in plan.VIEWS] + ["client={client}", "view=list&undated=1"],
    "approvals/": ["show=clients", "show=questions", "show=links"],
    "inbox/": ["client={client}", "sentiment=negative", "view=unassigned"],
    "log/": ["client={client}"],
    "search/": ["q={client}", "q=Frage"],
}


@pytest.fixture(scope="module")
def counted(django_db_setup, django_db_blocker):
    """By address of each page: how many questions it asks about one client, and about three."""
    with world.lasting(django_db_blocker):
        logging.disable()
        agency = factories.agency()
        place = _furnished(agency, "bakery")
        browsers = {"office": _browser(agency, Role.OWNER), "portal": _browser(agency, Role.APPROVER, place)}
        pages = {address: browsers[who] for who, address in _addresses(place) if _is_page(browsers[who].get(address))}
        one = {address: _questions(browser, address) for address, browser in pages.items()}
        approver = agency.memberships.get(role=Role.APPROVER)
        for name in ("florist", "tailor"):
            approver.assignments.create(agency=agency, client=_furnished(agency, name).client)
        yield {address: (one[address], _questions(browser, address)) for address, browser in pages.items()}
        logging.disable(logging.NOTSET)


def _furnished(agency: Agency, name: str) -> Place:
    olga, staff = agency.memberships.get(role=Role.OWNER).user, factories.person(f"staff-of-{name}")
    place = world.furnish(agency, name, f"word-{name}", staff, [olga, staff])
    isolation.join(agency, staff, place, name)
    return place


def _browser(agency: Agency, role: str, *places: Place) -> Browser:
    if places:
        factories.member(agency, f"the-{role}", role, [place.client for place in places])
    browser = Browser()
    browser.force_login(Membership.objects.filter(agency=agency, role=role).earliest("id").user)
    return browser


def _addresses(place: Place) -> Iterator[tuple[str, str]]:
    """(portal or office, address) of everything that could be a page."""
    for route in routes.routes():
        if route.pattern.startswith(NO_PAGES):
            continue
        for path in routes.paths(route, place)[:1]:
            who = "portal" if route.pattern.startswith("portal/") else "office"
            yield who, path
            yield from ((who, f"{path}?{query.format(client=place.client.slug)}") for query in ALSO.get(route.pattern, ()))


def _is_page(answer: HttpResponse) -> bool:
    return answer.status_code == 200 and answer["Content-Type"].startswith("text/html")


def _questions(browser: Browser, address: str) -> int:
    with CaptureQueriesContext(connection) as seen:
        assert browser.get(address).status_code == 200
    return sum("SAVEPOINT" not in one["sql"] for one in seen.captured_queries)


def test_no_page_asks_many_questions(counted):
    assert {address: counts for address, counts in counted.items() if max(counts) > MOST} == {}


def test_no_page_asks_more_about_three_clients_than_about_one(counted):
    assert {address: counts for address, counts in counted.items() if counts[0] != counts[1]} == {}


def test_the_pages_of_every_screen_are_among_them(counted):
    screens = {address.split("/")[1].partition("?")[0] for address in counted}

    assert screens >= {"", "inbox", "plan", "approvals", "clients", "figures", "settings", "log", "search", "portal"}
    assert len(counted) >= 55
