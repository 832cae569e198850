"""What everybody sees alike who serves the same clients: how these stand, late approvals, the posts of the next day."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from agency import shared
from agency.markup import NOTHING
from campaigns import lamps
from campaigns.vocabulary import WAITING
from clients import access
from clients.access import Served
from feedback import pulse, standing

from .words import span

POSTS, CLIENTS = 12, 24
DAY = timedelta(days=1)
STATES = ("overdue", "waiting", "calm")
RED, AMBER = (lamps.BROKEN,), (lamps.SILENT, lamps.APPROVAL, lamps.EXPIRING)
Lit = Mapping[int, Sequence[lamps.Lamp]]


@dataclass(frozen=True, slots=True)
class Outlook:
    """Numbers over all clients, and three lists as HTML, empty where there is nothing; `left` are clients not shown."""

    open: int
    overdue: int
    lates: int
    left: int
    late: SafeString
    posts: SafeString
    clients: SafeString


def of(principal: access.Principal, clients: tuple[Served, ...], works: bool, now: datetime) -> Outlook:
    """Over many clients as `shared.drawn` until a conversation or a log of theirs grows, or the next minute begins.

    `works` says whether the clients lead to their conversations.
    """
    plans, minute = "campaigns:read" in principal.rights, shared.as_of(now, clients, 1)
    return shared.drawn(_outlook, clients, works, plans, minute, while_same=pulse.activity(principal.client_ids))


def _outlook(clients: tuple[Served, ...], works: bool, plans: bool, now: datetime) -> Outlook:
    by_id = {client.id: client for client in clients}
    lit = lamps.of_clients(by_id, now) if plans else {}
    stands, nothing = standing.of_clients(by_id, now), standing.Standing()
    rows = [_row(client, stands.get(client.id, nothing), lit.get(client.id, [])) for client in clients]
    rows.sort(key=lambda row: (row["light"], -row["overdue"], row["due"] is None, row["due"] or now))
    shown = {"rows": [_told(row, now) for row in rows[:CLIENTS]], "works": works}
    lates, late = _late(by_id, lit)
    return Outlook(
        open=sum(row["open"] for row in rows),
        overdue=sum(row["overdue"] for row in rows),
        lates=lates,
        left=max(0, len(rows) - CLIENTS),
        late=late,
        posts=_posts(by_id, now) if plans else NOTHING,
        clients=render_to_string("outlook/clients.html", shown),
    )


def _late(by_id: Mapping[int, Served], lit: Lit) -> tuple[int, SafeString]:
    """How many approvals are late, and the first ones."""
    found = [(by_id[id], lamp) for id, of_client in lit.items() for lamp in of_client if lamp.kind == lamps.APPROVAL]
    found.sort(key=lambda pair: pair[1].at)
    return len(found), render_to_string("outlook/late.html", {"late": found[:POSTS]}) if found else NOTHING


def _posts(by_id: Mapping[int, Served], now: datetime) -> SafeString:
    """The first posts of the next day, each once with the channels that it goes to."""
    posts = defaultdict(list)
    for row in lamps.next_posts(by_id, now, now + DAY, 5 * POSTS):
        posts[row.post_id].append(row)
    told = [
        {
            "client": by_id[rows[0].client_id],
            "post": rows[0].post,
            "channels": ", ".join(row.channel.name for row in rows),
            "waits": any(row.state in WAITING for row in rows),
        }
        for rows in list(posts.values())[:POSTS]
    ]
    return render_to_string("outlook/posts.html", {"posts": told}) if told else NOTHING


def _row(client: Served, stand: standing.Standing, found: Sequence[lamps.Lamp]) -> dict:
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
