"""The pages of the dashboard and the portal through gunicorn: time, queries and weight, at 200 clients and at one.

First with the messages of the load seed, then with ten times as much that is closed.
"""

import os
import tempfile
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles

from django.db import connection
from django.test import Client as Caller
from django.test.utils import CaptureQueriesContext, override_settings

from agency import paging
from agency.views.figures import VIEWS
from clients.scope import scope
from feedback.models import Conversation

from .browser import Answer, Browser, serving
from .city import PASSWORD, City
from .rows import at_most, none_of, told

CLIENTS, MESSAGES, TIMES, ROUNDS = 200, 200_000, 9, 31
FEW_CLIENTS, FEW_MESSAGES, FEW_ROUNDS = 20, 4_000, 5
WARM, MOST_MS, MOST_QUERIES, KB = 6, 50, 12, 1_000
NO_QUERIES = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")
PLAIN = "imprint"
TARGETS = {
    "today": "/",
    "inbox": "/inbox/",
    "conversation": "{conversation}",
    "plan, month": "/plan/",
    **{f"figures, {view}": f"/figures/?view={view}" for view in VIEWS},
}
OTHERS = {
    **{f"figures of one client, {view}": f"/figures/?view={view}&client={{client}}" for view in VIEWS},
    "inbox, deep": "{deep}",
    "inbox, complaints": "/inbox/?sentiment=negative",
    "plan, week": "/plan/?view=week",
    "plan, timeline": "/plan/?view=timeline",
    "plan, list": "/plan/?view=list",
    "plan, one client": "/plan/?client={client}",
    "approvals": "/approvals/",
    "approvals, clients": "/approvals/?show=clients",
    "approvals, questions": "/approvals/?show=questions",
    "clients": "/clients/",
    "client's file": "/clients/{client}/",
    "client's file, hours": "/clients/{client}/hours/",
    "client's file, channels": "/clients/{client}/channels/",
    "client's file, promises": "/clients/{client}/promises/",
    "client's file, publishing": "/clients/{client}/publishing/",
    "log": "/log/",
    "agency's log": "/log/agency/",
    "search": "/search/?q=termin",
    "team": "/settings/",
    PLAIN: "/imprint/",
}
OWNERS = ("agency's log", "team")  # nobody else may see them
PORTAL = {
    "portal": "/portal/",
    "portal, posts": "/portal/posts/",
    "portal, questions": "/portal/questions/",
    "portal, calendar": "/portal/calendar/",
    "portal, results": "/portal/results/",
    "portal, data": "/portal/data/",
}


@dataclass(frozen=True)
class Figures:
    """Of one page: milliseconds, CPU milliseconds (None where nobody counts), KB plain and as sent."""

    ms: float
    p95: float
    cpu: float | None
    plain: float
    sent: float


def run(quick: bool) -> list[dict]:
    clients, messages, rounds = (FEW_CLIENTS, FEW_MESSAGES, FEW_ROUNDS) if quick else (CLIENTS, MESSAGES, ROUNDS)
    city = City(clients, messages)
    sizes = {"load seed": _measured(city, rounds)}
    city.age(TIMES)
    sizes["10x closed"] = _measured(city, rounds)
    return [
        told("clients", clients, ""),
        told("messages, then with ten times as many closed ones", messages, ""),
        told("load of the machine at the end", os.getloadavg()[0], ""),
        *(row for size, (figures, _) in sizes.items() for row in _times(size, figures)),
        *_queries({size: counts for size, (_, counts) in sizes.items()}),
        *_weight(sizes["10x closed"][0]["inbox"]),
    ]


def _measured(city: City, rounds: int) -> tuple[dict[str, Figures], dict[str, int]]:
    """By page its figures, and by page and asker how many queries it takes."""
    pages = {name: _address(city, at) for name, at in (TARGETS | OTHERS).items()}
    return _asked(city, pages, rounds), _counted(city, pages)


def _address(city: City, template: str) -> str:
    """A page of the first client, whom everybody serves; its conversation is the one that waits longest."""
    first = city.clients[0]
    with scope([first.id]):
        row = Conversation.objects.filter(client=first, due_at__isnull=False).order_by("due_at", "id").first()
    values = {"client": first.slug, "conversation": f"/inbox/{first.slug}/{row.id}/", "deep": _deep(city)}
    return template.format(**values)


def _deep(city: City) -> str:
    """The inbox from the first deadline that is still ahead."""
    place = Conversation(id=1, due_at=city.now)
    return f"/inbox/?cursor={paging.cursor_of(place, 'due_at')}"


def _asked(city: City, pages: dict[str, str], rounds: int) -> dict[str, Figures]:
    """The pages take turns, so that a busy moment of the machine meets all of them."""
    found: dict[str, list[Answer]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder)) as server:
        office, owner = Browser(server), Browser(server)
        office.sign_in(city.owner.email, PASSWORD)
        owner.sign_in(city.approver.email, PASSWORD)
        turns = [(office, name, at) for name, at in pages.items()] + [(owner, name, at) for name, at in PORTAL.items()]
        for number in range(WARM + rounds):
            for browser, name, address in turns:
                answer = browser.get(address)
                if answer.status != 200:
                    raise RuntimeError(f"{address}: {answer.status} {answer.body[:300]!r}")
                if number >= WARM:
                    found[name].append(answer)
    return {name: _figures(answers) for name, answers in found.items()}


def _figures(answers: list[Answer]) -> Figures:
    times = [one.ms for one in answers]
    computed = [one.cpu for one in answers if one.cpu is not None]
    return Figures(
        ms=median(times),
        p95=quantiles(times, n=20)[-1],
        cpu=median(computed) if computed else None,
        plain=median(len(one.body) for one in answers) / KB,
        sent=median(one.sent for one in answers) / KB,
    )


def _counted(city: City, pages: dict[str, str]) -> dict[str, int]:
    found = {}
    asked = {name: at for name, at in pages.items() if name not in OWNERS}
    askers = {"all": (city.steward, asked), "1 client": (city.manager, asked), "portal": (city.approver, PORTAL)}
    with override_settings(ALLOWED_HOSTS=["testserver"]):
        for who, (user, wanted) in askers.items():
            caller = Caller()
            caller.force_login(user)
            for name, address in wanted.items():
                found[f"{name}, {who}"] = _queries_of(caller, address)
    return found


def _queries_of(caller: Caller, address: str) -> int:
    with CaptureQueriesContext(connection) as seen:
        answer = caller.get(address)
    if answer.status_code != 200:
        raise RuntimeError(f"{address}: {answer.status_code}")
    return sum(one["sql"].split()[0] not in NO_QUERIES for one in seen.captured_queries)


def _times(size: str, figures: dict[str, Figures]) -> list[dict]:
    plain = figures[PLAIN]
    rows = []
    for name, one in figures.items():
        cpu = "" if one.cpu is None else f"CPU {one.cpu:.0f} ms, "
        weight = f"{one.plain:.0f} KB, sent {one.sent:.1f} KB"
        title = f"{name}, {size} (95 % {one.p95:.0f} ms, {cpu}{one.ms / plain.ms:.1f}x {PLAIN}; {weight})"
        rows.append(at_most(title, one.ms, MOST_MS, "ms") if name in TARGETS else told(title, one.ms, "ms"))
    return rows


def _queries(sizes: dict[str, dict[str, int]]) -> list[dict]:
    """At most so many; no more about all clients than about one, and no more after more history.

    A page may ask less: of what it does not show, such as the people of a log that nobody wrote in.
    """
    before, after = sizes.values()
    over = [f"{place}: {count}" for place, count in after.items() if count > MOST_QUERIES]
    grown = [place for place, count in after.items() if count > before[place]]
    grown += [
        name
        for name, who in (place.rsplit(", ", 1) for place in after)
        if who == "all" and after[f"{name}, all"] > after[f"{name}, 1 client"]
    ]
    return [
        at_most("queries of the page that asks most", max(after.values()), MOST_QUERIES, ""),
        none_of(f"pages with more{_listed(over)}", over, len(after)),
        none_of(f"pages that ask more for more clients or more history{_listed(grown)}", grown, len(after)),
    ]


def _listed(names: list[str]) -> str:
    return f" ({'; '.join(names)})" if names else ""


def _weight(inbox: Figures) -> list[dict]:
    return [
        at_most("first page of the inbox", inbox.plain, 100, "KB"),
        at_most("the same as it is sent", inbox.sent, 20, "KB"),
    ]
