"""One conversation: what was said and done, what is promised, and what can be done next."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from agency import rights
from agency.doors import office_page
from clients import access, calendars, networks
from feedback import cases, course, presence, promises, sla
from feedback.models import Clock, Conversation, Status

from . import criticism_words, words
from .asked import choice

MESSAGES = 100
MOST_MESSAGES = 2_000
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MORNING = time(9)
CASE_FORMS = ("case-close", "case-remove", "case-incident", "resolve", "archive", "spam", "block")
SECOND = ("review", "returned", "released")
ENDED = (Status.RESOLVED, Status.ARCHIVED)


@dataclass(frozen=True)
class Entry:
    """One thing in the course of a conversation: kind is in, out, reply, note or step."""

    at: datetime
    kind: str
    row: object
    why: str = ""


@dataclass(frozen=True)
class Told:
    """A clock in words."""

    clock: Clock
    promise: promises.Promise
    kind: str
    outcome: str
    policy: str


@office_page
def show(request: HttpRequest, principal: access.Principal, client: str, id: int) -> HttpResponse:
    principal.need("inbox:read")
    return answer(request, principal, course.find(principal, client, id))


@require_POST
@office_page
def present(request: HttpRequest, principal: access.Principal, client: str, id: int) -> HttpResponse:
    """A sign of life of an open conversation: who else has it open, and whether it changed since it was shown."""
    principal.need("inbox:read")
    row = course.find(principal, client, id)
    others = presence.seen(conversation=row, user=principal.user, writing=bool(request.POST.get("writing")))
    changed = request.POST.get("version", "") != str(row.version)
    told = {"others": others, "changed": changed, "row": row, "chosen": choice(request.GET)}
    return render(request, "inbox/present.html", told)


def answer(
    request: HttpRequest,
    principal: access.Principal,
    row: Conversation,
    *,
    status: int = 200,
    **typed,
) -> HttpResponse:
    """The page of a conversation, only its pane for htmx; `typed` is what was written, and what was wrong with it."""
    told = thread(request, principal, row) | typed
    name = "inbox/conversation.html" if request.htmx else "inbox/page.html"
    return render(request, name, told, status=status)


def thread(request: HttpRequest, principal: access.Principal, row: Conversation) -> dict:
    now = timezone.now()
    most = MOST_MESSAGES if "full" in request.GET else MESSAGES
    entries = _entries(row, most)
    replies = [entry.row.id for entry in entries if entry.kind == "reply"]
    network = networks.get(row.channel.network)
    clocks = list(_clocks(row, now))
    said = [entry.row for entry in entries if entry.kind == "in" and entry.row.deleted_at is None]
    case = cases.told(row, said[-1] if said else None)
    steps = criticism_words.steps(case) if case else []
    writes = "inbox:write" in principal.rights
    zone = row.client.calendar.document["zone"]
    chosen = choice(request.GET)
    return {
        "chosen": chosen,
        "here": reverse("conversation", args=[row.client.slug, row.id]),
        "query": chosen.query,
        "row": row,
        "zone": zone,
        "network": network,
        "longest": network.text_length,
        "answerable": writes and (network.manual or network.replies) and row.status not in (Status.SPAM, Status.MERGED),
        "may_write": writes,
        "entries": entries,
        "cut": len([entry for entry in entries if entry.kind in ("in", "out")]) == MESSAGES and most == MESSAGES,
        "case": case,
        "case_steps": steps,
        "case_next": next((label for _step, label, done in steps if not done), ""),
        "case_opens": CASE_FORMS,
        "waiting": [one.row for one in entries if one.kind == "reply" and one.row.state in SECOND],
        "named": criticism_words,
        "seen": max(replies, default=0),
        "running": [told for told in clocks if told.clock.stopped_at is None],
        "ended": (ended := [told for told in clocks if told.clock.stopped_at is not None]),
        "endings": len(ended),
        "state": words.STATUSES[row.status],
        "sentiment": words.SENTIMENTS[row.sentiment],
        "urgency": words.URGENCIES[row.urgency],
        "closed": row.status in ENDED,
        "waits": row.status in (Status.WAITING_CUSTOMER, Status.WAITING_CLIENT),
        "asleep": row.snoozed_until is not None and row.snoozed_until > now,
        "thanked": any(told.clock.kind == "next" and told.clock.stopped_at is None for told in clocks),
        "people": access.people(row.client, rights.ANSWERING).values("id", "email", "name") if writes else (),
        "others": presence.seen(conversation=row, user=principal.user),
        "snoozes": _snoozes(now, ZoneInfo(zone)),
        "words": words,
    }


def _entries(row: Conversation, most: int) -> list[Entry]:
    """The newest messages with all notes, steps and replies, the oldest first."""
    said = course.messages(row, most)
    found = [Entry(one.received_at, one.direction, one, words.why(one.reasons, 4)) for one in said]
    shown = {one.external_id for one in said}
    found += [
        Entry(one.created_at, "reply", one)
        for one in course.replies(row)
        if one.state != "delivered" or one.external_id not in shown
    ]
    found += [Entry(one.at, one.kind, one, words.STEPS.get(one.action, one.action)) for one in course.marks(row)]
    return sorted(found, key=lambda entry: entry.at)


def _clocks(row: Conversation, now: datetime):
    hours = {
        "client": calendars.build(row.client.calendar.document),
        "agency": calendars.build(row.client.agency.calendar),
    }
    for clock, version, policy in course.clocks(row):
        counted = hours[version.calendar if version else "client"]
        yield Told(
            clock=clock,
            promise=promises.of_clock(clock, row.status, counted, now),
            kind=words.CLOCKS[clock.kind],
            outcome=words.OUTCOMES[sla.outcome_at(clock, now)],
            policy=policy.name if policy else "",
        )


def _snoozes(now: datetime, zone: ZoneInfo) -> list[datetime]:
    """In one hour, in three, tomorrow morning and next Monday morning of the client."""
    today = now.astimezone(zone).date()
    mornings = (today + DAY, today + (7 - today.weekday()) * DAY)
    moments = [now + HOUR, now + 3 * HOUR, *(datetime.combine(day, MORNING, zone) for day in mornings)]
    return sorted({moment.replace(second=0, microsecond=0) for moment in moments})
