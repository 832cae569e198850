"""The first screen: what waits for me today, and how the clients stand."""

from collections import defaultdict
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from agency.doors import staff_page
from campaigns import lamps
from clients import access, calendars, notices
from feedback import alerts, promises, pulse, standing
from feedback.models import Conversation

from .inbox.asked import version_of_all
from .words import span

MINE, POSTS, NEWS, CLIENTS = 10, 12, 6, 24
DAY = timedelta(days=1)
SHOWN = (
    "status", "author_name", "preview", "due_at", "warn_at", "client__slug", "client__name",
    "client__calendar__document", "channel__name",
)  # fmt: skip
STATES = ("overdue", "waiting", "calm")
RED, AMBER = (lamps.BROKEN,), (lamps.SILENT, lamps.APPROVAL, lamps.EXPIRING)


@staff_page
def home(request: HttpRequest, principal: access.Principal) -> HttpResponse:
    """My deadlines, late approvals, the posts of the next day, and the clients, the one in most trouble first."""
    now = timezone.now()
    clients = access.by_name(principal)
    zones = {client.id: client.zone for client in clients}
    lit = lamps.of_clients(principal.client_ids, now) if "campaigns:read" in principal.rights else {}
    stands = pulse.standings(principal.client_ids, version_of_all(principal, now), now)
    nothing = standing.Standing()
    rows = [_row(client, stands.get(client.id, nothing), lit.get(client.id, [])) for client in clients]
    rows.sort(key=lambda row: (row["light"], -row["overdue"], row["due"] is None, row["due"] or now))
    by_id = {client.id: client for client in clients}
    late = [(by_id[id], lamp) for id, found in lit.items() for lamp in found if lamp.kind == lamps.APPROVAL]
    told = {
        "principal": principal,
        "today": now.astimezone(ZoneInfo(principal.agency.calendar["zone"])).date(),
        "rows": [_told(row, now) for row in rows[:CLIENTS]],
        "left": max(0, len(rows) - CLIENTS),
        "count": len(rows),
        "total": {name: sum(row[name] for row in rows) for name in ("open", "overdue")},
        "late": sorted(late, key=lambda pair: pair[1].at)[:POSTS],
        "lates": len(late),
        "works": "inbox:read" in principal.rights and not principal.of_client,
    }
    told |= _of_person(principal, now) | _of_plan(principal, now)
    for row in [*told["mine"], *told["posts"], *told["news"]]:
        row.zone = zones[row.client_id]
    return render(request, "home.html", told)


def _of_person(principal: access.Principal, now: datetime) -> dict:
    """The next deadlines of what the user has taken, and what they were told and have not read."""
    told = notices.inbox(principal.user).filter(client_id__among=principal.client_ids, read_at=None)
    news = list(told.select_related("client")[:NEWS])
    for notice in news:
        notice.text = notices.text(notice)
    if "inbox:read" not in principal.rights or principal.of_client:
        return {"mine": [], "news": news, "unread": 0}
    rows = Conversation.objects.filter(
        client_id__among=principal.client_ids, assignee=principal.user, due_at__isnull=False
    )
    found = rows.select_related("client__calendar", "channel").only(*SHOWN)
    mine = list(found.order_by("due_at", "id")[:MINE])
    for row in mine:
        row.promise = promises.of_conversation(row, calendars.build(row.client.calendar.document), now)
    return {
        "mine": mine,
        "news": news,
        "unread": _unread(principal, now),
    }


def _unread(principal: access.Principal, now: datetime) -> int:
    return alerts.inbox(principal.user, now).filter(client_id__among=principal.client_ids, read_at=None).count()


def _of_plan(principal: access.Principal, now: datetime) -> dict:
    if "campaigns:read" not in principal.rights:
        return {"posts": []}
    posts = defaultdict(list)
    for row in lamps.next_posts(principal.client_ids, now, now + DAY, 5 * POSTS):
        posts[row.post_id].append(row)
    return {"posts": [_gathered(rows) for rows in list(posts.values())[:POSTS]]}


def _gathered(rows: list):
    """One post with the channels that it goes to."""
    first = rows[0]
    first.channels = ", ".join(row.channel.name for row in rows)
    first.waits = any(row.state in ("in_review", "client_review") for row in rows)
    return first


def _row(client: access.Served, stand: standing.Standing, found: list[lamps.Lamp]) -> dict:
    """What the clients are sorted by."""
    kinds = {lamp.kind for lamp in found}
    light = 0 if stand.overdue or kinds.intersection(RED) else 1 if kinds.intersection(AMBER) else 2
    due = stand.next_due
    return {
        "client": client, "open": stand.open, "overdue": stand.overdue, "due": due, "light": light, "found": found,
    }  # fmt: skip


def _told(row: dict, now: datetime) -> dict:
    """The same with the words for it."""
    client, due = row["client"], row["due"]
    late = [lamp.post for lamp in row["found"] if lamp.kind == lamps.APPROVAL]
    return row | {
        "zone": ZoneInfo(client.zone),
        "left": due and _("in %(span)s") % {"span": span((due - now).total_seconds())},
        "state": STATES[row["light"]],
        "lamps": [lamp for lamp in row["found"] if lamp.kind != lamps.APPROVAL],
        "approvals": len(late),
        "decide": _decide(client.slug, late),
    }


def _decide(slug: str, late: list[int]) -> str:
    """Where the late approvals are seen to: the post itself where it is one."""
    if len(late) == 1:
        return reverse("plan-post", args=[slug, late[0]])
    return f"{reverse('approvals')}?client={slug}"
