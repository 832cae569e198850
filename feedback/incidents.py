"""A crisis is one incident: opened once when criticism piles up, with one owner, a log of decisions and a summary."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Prefetch, QuerySet
from django.utils import timezone

from agency.models import User
from agency.rights import ANSWERING
from clients import access, audit, notices, turns
from clients.models import Channel, Client
from clients.refusal import Conflict, Refused
from clients.scope import scope

from . import cases, intake, playbook
from .models import Case, Conversation, Incident, IncidentEntry, Interaction

LOOK_BACK = timedelta(days=1)
LONGEST = 10_000
ENTRIES = ("opened", "linked", "owner", "decision", "closed")
CRITICAL = f"(v.sentiment = 'negative' OR v.stars <= {playbook.HARMFUL_STARS})"
NEWS = f"""
SELECT DISTINCT v.client_id FROM feedback_conversation v
WHERE v.client_id = ANY(%(clients)s) AND v.received_at > %(since)s AND NOT v.historic AND {CRITICAL}
    AND v.status NOT IN ('spam', 'merged')
    AND NOT EXISTS (SELECT FROM feedback_case c WHERE c.client_id = v.client_id AND c.conversation_id = v.id)
"""
# The post is what the first message hangs under; without one its thread is its own.
SAID = f"""
SELECT v.id, v.channel_id, v.received_at, c.incident_id,
    coalesce((SELECT i.parent_external_id FROM feedback_interaction i
        WHERE i.client_id = v.client_id AND i.conversation_id = v.id AND i.direction = 'in'
        ORDER BY i.received_at, i.id LIMIT 1), '')
FROM feedback_conversation v
LEFT JOIN feedback_case c ON c.client_id = v.client_id AND c.conversation_id = v.id
WHERE v.client_id = %(client)s AND v.received_at > %(since)s AND NOT v.historic AND {CRITICAL}
    AND v.status NOT IN ('spam', 'merged')
ORDER BY v.received_at, v.id
"""


def watch(*, now: datetime) -> int:
    """Give new criticism its case and open an incident where it piles up; returns how many clients had news."""
    clients = access.live_client_ids()
    with scope(clients), connection.cursor() as cursor:
        cursor.execute(NEWS, {"clients": clients, "since": now - LOOK_BACK})
        found = sorted(client for (client,) in cursor.fetchall())
    turns.each(found, lambda client: look(client, now=now))
    return len(found)


@transaction.atomic
def look(client_id: int, *, now: datetime) -> list[Incident]:
    """The client's criticism of the last day: cases for what has none, and the incidents it belongs to."""
    client = Client.objects.get(pk=client_id)
    rules = cases.rules(client)
    with connection.cursor() as cursor:
        cursor.execute(SAID, {"client": client_id, "since": now - LOOK_BACK})
        said = cursor.fetchall()
    _open_cases(client_id, [id for id, *_rest in said])
    by_channel = defaultdict(list)
    for id, channel, at, incident, post in said:
        if incident is None:
            by_channel[channel].append((id, post, at))
    found = []
    for channel, rows in sorted(by_channel.items()):
        found += _gather(client, channel, rows, rules.crisis_count, timedelta(minutes=rules.crisis_minutes), now)
    return found


def _open_cases(client_id: int, ids: list[int]) -> None:
    there = Case.objects.filter(client_id=client_id, conversation_id__in=ids).values_list("conversation_id", flat=True)
    for row in Conversation.objects.filter(client_id=client_id, id__in=set(ids) - set(there)).order_by("id"):
        cases.open_case(conversation=row)


def _gather(client: Client, channel: int, rows: list, count: int, span: timedelta, now: datetime) -> list[Incident]:
    """Put what belongs to an incident that runs into it, then open those that begin."""
    running = dict(Incident.objects.filter(client=client, channel_id=channel, closed_at=None).values_list("post", "id"))
    left = []
    for id, post, at in rows:
        place = post if post in running else "" if "" in running else None
        if place is None:
            left.append((id, post, at))
        else:
            _join(running[place], client.id, [id])
    return [
        begin(client=client, channel_id=channel, post=post, conversations=ids, now=now)
        for post, ids in playbook.crises(left, count, span)
    ]


@transaction.atomic
def begin(
    *,
    client: Client,
    channel_id: int,
    conversations: Iterable[int],
    post: str = "",
    title: str = "",
    opener: User | None = None,
    now: datetime | None = None,
) -> Incident:
    """The incident of this channel or post, opened unless it runs already; alerts people once. Safe at once."""
    channel, now = Channel.objects.get(pk=channel_id, client=client), now or timezone.now()
    incident, made = Incident.objects.get_or_create(
        client=client,
        channel_id=channel_id,
        post=post,
        closed_at=None,
        defaults={"title": title or channel.name, "opener": opener, "owner": opener, "opened_at": now},
    )
    if made:
        _note(incident, "opened", opener, "", now)
        audit.record(client, opener, "incident.opened", "incident", incident.id, after={"channel": channel.slug})
        notices.tell(client, "incident_opened", str(incident.id), roles=ANSWERING, channel=channel.name)
    _join(incident.id, client.id, conversations)
    return incident


def open_by_hand(*, conversation: Conversation, user: User, title: str) -> Incident:
    """A person sees a crisis before the rule does. Raises Refused, Conflict."""
    title = intake.text(title, "title", 200, empty=True).strip()
    if not title:
        raise Refused("title", "say what it is about", "required")
    case = cases.of(conversation)
    if case and case.incident_id and case.incident.closed_at is None:
        raise Conflict("This conversation belongs to an incident already.", "in_incident")
    first = Interaction.objects.filter(client_id=conversation.client_id, conversation=conversation, direction="in")
    post = first.order_by("received_at", "id").values_list("parent_external_id", flat=True).first() or ""
    with transaction.atomic():
        cases.open_case(conversation=conversation)
        return begin(
            client=conversation.client,
            channel_id=conversation.channel_id,
            post=post,
            title=title,
            conversations=[conversation.id],
            opener=user,
        )


@transaction.atomic
def link(*, incident: Incident, user: User, conversation: Conversation) -> None:
    """Another conversation belongs to it, of any channel of the client. Raises Conflict."""
    _running(incident)
    case = cases.open_case(conversation=conversation)
    if case.incident_id not in (None, incident.id):
        raise Conflict("This conversation belongs to another incident.", "in_incident")
    _join(incident.id, incident.client_id, [conversation.id])
    _note(incident, "linked", user, f"#{conversation.id}")


@transaction.atomic
def hand_over(*, incident: Incident, user: User, owner: User) -> None:
    """Exactly one person leads it. Raises Conflict."""
    row = _running(incident)
    row.owner = owner
    row.save(update_fields=["owner"])
    _note(row, "owner", user, owner.name)
    audit.record(row.client, user, "incident.owner", "incident", row.id, None, {"owner": owner.email})
    if owner.id != user.id:
        notices.tell(row.client, "incident_yours", f"{row.id}-{row.entries.count()}", people=[owner], title=row.title)


@transaction.atomic
def decide(*, incident: Incident, user: User, text: str) -> IncidentEntry:
    """Write a decision into its log. Raises Refused, Conflict."""
    text = intake.text(text, "text", LONGEST, empty=True).strip()
    if not text:
        raise Refused("text", "say what was decided", "required")
    return _note(_running(incident), "decision", user, text)


@transaction.atomic
def close(*, incident: Incident, user: User, summary: str) -> None:
    """It is over: what happened, what was done, what is learned. Raises Refused, Conflict."""
    summary = intake.text(summary, "summary", LONGEST, empty=True).strip()
    if not summary:
        raise Refused("summary", "say what happened and what is learned", "required")
    row = _running(incident)
    row.summary, row.closer, row.closed_at = summary, user, timezone.now()
    row.save(update_fields=["summary", "closer", "closed_at"])
    _note(row, "closed", user, summary)
    audit.record(row.client, user, "incident.closed", "incident", row.id, None, {"summary": summary})


def running(client_ids: Iterable[int]) -> QuerySet[Incident]:
    """Those that are open, the latest first."""
    found = Incident.objects.filter(client_id__among=client_ids, closed_at=None)
    return found.select_related("client", "owner").order_by("-opened_at", "-id")


def whole() -> QuerySet[Incident]:
    """Incidents with their cases, and their entries as `log`."""
    entries = IncidentEntry.objects.select_related("user").order_by("at", "id")
    found = Incident.objects.select_related("client", "channel", "owner", "opener", "closer")
    return found.prefetch_related("cases", Prefetch("entries", entries, "log"))


def _join(incident_id: int, client_id: int, conversations: Iterable[int]) -> None:
    rows = Case.objects.filter(client_id=client_id, conversation_id__in=list(conversations))
    rows.exclude(incident_id=incident_id).update(incident_id=incident_id)


def _running(incident: Incident) -> Incident:
    rows = Incident.objects.select_for_update(of=["self"]).select_related("client")
    row = rows.get(client_id=incident.client_id, pk=incident.pk)
    if row.closed_at is not None:
        raise Conflict("This incident is closed.", "closed")
    return row


def _note(incident: Incident, kind: str, user: User | None, text: str, at: datetime | None = None) -> IncidentEntry:
    return IncidentEntry.objects.create(
        client_id=incident.client_id, incident=incident, kind=kind, user=user, text=text, at=at or timezone.now()
    )
