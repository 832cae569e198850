"""Pages of the inbox over the API: pages of memory touched, queries, and the time against the bare rows as JSON."""

import json
from datetime import timedelta
from statistics import median

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext, override_settings
from rest_framework.test import APIClient

from agency import paging, rights, tokens
from agency.models import Membership, Role, User
from clients.scope import scope
from feedback.models import Conversation, Interaction

from .data import NOW
from .database import buffers, seconds, settled, turns
from .rows import at_most, none_of, told
from .town import Town

PAGE = "/api/v1/conversations/"
FILTERS = (
    "",
    "status=open",
    "status=waiting_client",
    "status=archived",
    "status=waiting_client&status=waiting_customer",
    "sla=breached",
    "sla=ok",
    "sla=at_risk",
    "sla=met",
    "assignee=none",
    "assignee=me",
    "kind=review",
    "kind=mention",
    "sentiment=negative",
    "sentiment=positive",
    "kind=review&sentiment=negative&status=open",
    "channel=main",
    "historic=true",
    "snoozed=true",
    "ordering=due_at",
    "ordering=due_at&kind=review&sentiment=negative",
    "ordering=received_at&status=waiting_client",
    f"updated_since={NOW - timedelta(days=7):%Y-%m-%dT%H:%M:%SZ}",
)
NOTHING = "kind=review&sentiment=negative&status=waiting_client"
BARE = """
SELECT i.*, c.slug AS client, ch.slug AS channel FROM feedback_interaction i
JOIN clients_client c ON c.id = i.client_id JOIN clients_channel ch ON ch.id = i.channel_id
WHERE i.agency_id = %s ORDER BY i.received_at DESC, i.id DESC LIMIT 50
"""


def run(town: Town, quick: bool) -> list[dict]:
    user = User.objects.create_user("tina@town.example", None, name="Tina")
    Membership.objects.create(agency=town.agency, user=user, role=Role.OWNER)
    callers = {"500 clients": _caller(town, user, None), "1 client": _caller(town, user, town.ids[3:4])}
    with override_settings(ALLOWED_HOSTS=["testserver"]):
        return [*_pages(town, callers), *_list(town, callers["500 clients"])]


def _caller(town: Town, user: User, clients: list[int] | None) -> APIClient:
    _, secret = tokens.create(agency=town.agency, creator=user, name="bench", scopes=rights.SCOPES, client_ids=clients)
    caller = APIClient()
    caller.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
    return caller


def _pages(town: Town, callers: dict[str, APIClient]) -> list[dict]:
    """Every filter, for one client and for 500, at the beginning and deep down."""
    found, counts = [], {}
    for who, caller in callers.items():
        for query in FILTERS:
            for depth in ("first", "deep"):
                address = f"{PAGE}?{query}" + (f"&cursor={_deep(town, query)}" if depth == "deep" else "")
                rows, statements = _asked(caller, address)
                place = f"{who}, {query or 'all'}, {depth}"
                if rows:
                    counts[place] = len(statements)
                found.append((_touched(town, statements), place))
    most, worst = max(found)
    fewest = min(counts.values())
    odd = sorted({f"{place}: {n}" for place, n in counts.items() if n != max(counts.values())})
    over = [place for pages, place in found if pages > 300]
    _, nothing = _asked(callers["500 clients"], f"{PAGE}?{NOTHING}")
    return [
        told("pages asked for: filters, depths, 1 and 500 clients", len(found), ""),
        at_most(f"buffers of the costliest ({worst})", most, 300, "pages"),
        told(f"pages over 300 buffers{': ' + '; '.join(over) if over else ''}", len(over), f"of {len(found)}"),
        told("a page of filters that are common and never meet", _touched(town, nothing), "pages"),
        told("median of all pages", median(pages for pages, _ in found), "pages"),
        told("queries of a page", max(counts.values()), ""),
        none_of(f"pages with another number of queries (fewest {fewest})", odd, len(counts)),
    ]


def _deep(town: Town, query: str) -> str:
    """A cursor in the middle of the list."""
    asked = QueryDict(query)
    ordering = asked.get("ordering", "updated_at" if "updated_since" in asked else "-received_at")
    at = {"due_at": NOW + timedelta(days=15), "updated_at": NOW - timedelta(days=3)}
    place = Conversation(id=1, received_at=NOW - timedelta(days=30), **at)
    return paging.cursor_of(place, ordering)


def _asked(caller: APIClient, address: str) -> tuple[int, list[str]]:
    """How many rows a page has, and its SELECTs, from the list on: before it stands who asks and what they may see."""
    with CaptureQueriesContext(connection) as captured:
        answer = caller.get(address)
    if answer.status_code != 200:
        raise RuntimeError(f"{address}: {answer.content[:300]}")
    statements = [sql for q in captured if (sql := q["sql"].strip()).startswith("SELECT")]
    begin = next(n for n, sql in enumerate(statements) if 'FROM "feedback_conversation"' in sql)
    return len(answer.json()["results"]), statements[begin:]


def _touched(town: Town, statements: list[str]) -> int:
    with scope(town.ids):
        return sum(buffers(settled(sql)) for sql in statements)


def _list(town: Town, caller: APIClient) -> list[dict]:
    def over_api() -> float:
        return seconds(lambda: caller.get("/api/v1/interactions/"))

    def bare() -> float:
        with scope(town.ids):
            return seconds(lambda: _as_json(town.agency.id))

    with scope(town.ids):
        count = Interaction.objects.count()
    over_api()
    api, rows = turns(31, over_api, bare)
    return [
        told("messages", count, ""),
        told("list of 50 over the API", api * 1000, "ms"),
        told("bare SQL and JSON of the same rows", rows * 1000, "ms"),
        at_most("list of 50 against bare SQL and JSON", api / rows, 3),
    ]


def _as_json(agency: int) -> str:
    with connection.cursor() as cursor:
        cursor.execute(BARE, [agency])
        names = [column.name for column in cursor.description]
        return json.dumps([dict(zip(names, row, strict=True)) for row in cursor.fetchall()], cls=DjangoJSONEncoder)
