"""The list of the inbox: one page of conversations, the worst deadline first, and its refreshes."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from django.db import connection
from django.db.models import Case, F, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from agency import paging, shared
from agency.doors import office_page
from agency.markup import NOTHING
from clients import access, calendars
from clients.refusal import Refused
from feedback import incidents, promises, pulse
from feedback.api import filters
from feedback.models import Conversation, Interaction

from . import words
from .asked import Choice, Question, choice, question, version_of_all

ROWS = 30
BANNERS = 3
PREVIEW = 110
NAMES = """
SELECT 'channel', id, name, slug, disabled_at IS NULL AND client_id = ANY(%(chosen)s) FROM clients_channel
WHERE id = ANY(%(channels)s) OR client_id = ANY(%(chosen)s)
UNION ALL SELECT 'user', id, name, '', false FROM agency_user WHERE id = ANY(%(people)s)
ORDER BY 3
"""


class Named(NamedTuple):
    """A channel or a user; `offered` are the channels that the list can be narrowed to."""

    what: str
    id: int
    name: str
    slug: str
    offered: bool


@dataclass(frozen=True)
class Row:
    """One conversation as the list shows it."""

    conversation: Conversation
    client: access.Served
    channel: str
    assignee: str
    promise: promises.Promise
    why: str

    @property
    def zone(self) -> str:
        return self.client.zone

    @property
    def preview(self) -> str:
        return " ".join(self.conversation.preview.split())[:PREVIEW]

    @property
    def status(self) -> str:
        return words.STATUSES[self.conversation.status]

    @property
    def sentiment(self) -> str:
        return words.SENTIMENTS[self.conversation.sentiment]

    @property
    def urgency(self) -> str:
        return words.URGENCIES[self.conversation.urgency]

    @property
    def stars(self) -> str:
        return "★" * (self.conversation.stars or 0)


@dataclass(frozen=True)
class Wanted:
    """What a page of the list depends on beside the clients; `user` where it is about their own conversations."""

    chosen: Choice
    user: int | None
    ticked: bool
    now: datetime
    asked: Question = field(compare=False)


class Page(NamedTuple):
    """One page of the list: its rows as HTML, the cursor of the next ('' on the last), and channels to narrow it to."""

    rows: SafeString
    after: str
    channels: list[Named]


@office_page
def inbox(request: HttpRequest, principal: access.Principal) -> HttpResponse:
    """Views, list and an empty place for a conversation."""
    principal.need("inbox:read")
    told = listing(request, principal) | {"running_incidents": incidents.running(principal.client_ids)[:BANNERS]}
    return render(request, "inbox/page.html", told, status=400 if told["refused"] else 200)


@office_page
def rows(request: HttpRequest, principal: access.Principal) -> HttpResponse:
    """Views and list alone; 204 while the list is as it was at `?version=`."""
    principal.need("inbox:read")
    asked = Question(principal)
    if request.GET.get("version") == pulse.version(asked.within(Conversation.objects.all()), asked.now):
        return HttpResponse(status=204)
    return render(request, "inbox/list.html", listing(request, principal))


def listing(request: HttpRequest, principal: access.Principal) -> dict:
    """What the list's template needs.

    Over many clients colleagues who ask for the same page share it, as `shared.drawn`, until a conversation changes or
    the next minute begins.
    """
    chosen, refused = choice(request.GET), ""
    asked, clients = question(principal, chosen), tuple(access.by_name(principal))
    version, may_write = version_of_all(principal, asked.now), "inbox:write" in principal.rights
    wanted = Wanted(
        chosen=chosen,
        user=principal.user.id if chosen.view == "mine" else None,
        ticked=may_write,
        now=shared.as_of(asked.now, clients, 1),
        asked=asked,
    )
    try:
        page = shared.drawn(_page, clients, wanted, while_same=version)
    except Refused as error:
        page, refused = Page(NOTHING, "", []), words.no(error)
    return {
        "chosen": chosen,
        "page": page,
        "refused": refused,
        "version": version,
        "counts": pulse.counts(principal.client_ids, principal.user, version, asked.now),
        "clients": clients,
        "words": words,
        "may_write": may_write,
        "undo": request.session.get("undo"),
    }


def _page(clients: tuple[access.Served, ...], wanted: Wanted) -> Page:
    """Raises Refused, NotFound."""
    found, after = _found(wanted.asked, wanted.chosen)
    named = _named(found, [client.id for client in clients if client.slug == wanted.chosen.client])
    told = {
        "rows": _rows(found, {client.id: client for client in clients}, named, wanted.asked),
        "query": wanted.chosen.query,
        "ticked": wanted.ticked,
    }
    return Page(render_to_string("inbox/rows.html", told), after, [one for one in named if one.offered])


def _found(asked: Question, chosen: Choice) -> tuple[list[Conversation], str]:
    """The conversations of one page, and the cursor of the next."""
    wanted = filters.conversations(asked).prefetch_related(None).annotate(hours=F("client__calendar__document"))
    if chosen.cursor:
        wanted = paging.after(wanted, chosen.ordering, chosen.cursor)
    found = list(wanted.order_by(*paging.both(chosen.ordering))[: ROWS + 1])
    more = len(found) > ROWS
    return found[:ROWS], paging.cursor_of(found[ROWS - 1], chosen.ordering) if more else ""


def _rows(
    found: list[Conversation], clients: dict[int, access.Served], named: list[Named], asked: Question
) -> list[Row]:
    names, reasons = {(one.what, one.id): one.name for one in named}, _reasons(found)
    return [
        Row(
            conversation=one,
            client=clients[one.client_id],
            channel=names["channel", one.channel_id],
            assignee=names.get(("user", one.assignee_id), ""),
            promise=promises.of_conversation(one, calendars.build(one.hours), asked.now),
            why=words.why(reasons.get(one.id, [])),
        )
        for one in found
    ]


def _named(found: list[Conversation], chosen: list[int]) -> list[Named]:
    """The channels and people of these conversations, and all channels of the chosen clients, with one question."""
    people = [one.assignee_id for one in found if one.assignee_id]
    values = {"channels": [one.channel_id for one in found], "people": people, "chosen": chosen}
    with connection.cursor() as cursor:
        cursor.execute(NAMES, values)
        return [Named(*row) for row in cursor.fetchall()]


def _reasons(found: list[Conversation]) -> dict[int, list[dict]]:
    """By conversation: why triage judged the message that made it as urgent as it is, the last such one."""
    if not found:
        return {}
    said = Interaction.objects.filter(
        conversation_id__in=[one.id for one in found], direction="in", deleted_at=None
    ).annotate(milder=Case(When(urgency=F("conversation__urgency"), then=0), default=1))
    last = said.order_by("conversation_id", "milder", "-received_at", "-id").distinct("conversation_id")
    return dict(last.values_list("conversation_id", "reasons"))
