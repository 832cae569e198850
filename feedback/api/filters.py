"""Which conversations and interactions a list is asked for, and the word for how a conversation's promises stand."""

from collections.abc import Collection
from datetime import datetime

from django.db import connection
from django.db.models import Exists, F, OuterRef, Prefetch, Q, QuerySet, Window
from django.db.models.functions import RowNumber
from django.db.models.lookups import GreaterThanOrEqual, IsNull, LessThan
from drf_spectacular.utils import OpenApiParameter

from agency.models import User
from clients.access import NotFound

from ..models import Clock, Conversation, Direction, Interaction, Kind, Note, Reply, Sentiment, Status
from ..models.conversation import LATE_FROM
from .parameters import CHANNEL, CLIENTS, SEARCH, Asked, one

SLA = ("breached", "at_risk", "ok", "met", "none")
ORDERINGS = ("-received_at", "received_at", "due_at", "-due_at", "-updated_at", "updated_at")
INTERACTION_ORDERINGS = ("-received_at", "received_at", "-updated_at", "updated_at")
NAMED = {
    "client": "client_slug",
    "channel": "channel_slug",
    "campaign": "campaign_slug",
    "assignee": "assignee_email",
}
NAMES = """
SELECT 'client', id, slug FROM clients_client WHERE id = ANY(%(client)s)
UNION ALL SELECT 'channel', id, slug FROM clients_channel WHERE id = ANY(%(channel)s)
UNION ALL SELECT 'campaign', id, slug FROM campaigns_campaign WHERE id = ANY(%(campaign)s)
UNION ALL SELECT 'assignee', id, email FROM agency_user WHERE id = ANY(%(assignee)s)
"""
MESSAGES = Interaction.objects.annotate(client_slug=F("client__slug"), channel_slug=F("channel__slug")).values_list(
    "id", "conversation_id", "external_id", "parent_external_id", "direction", "kind", "author_id", "author_name",
    "automated", "text", "stars", "received_at", "ingested_at", "edited_at", "deleted_at", "updated_at", "language",
    "urgency", "sentiment", "question", "reasons", "client_slug", "channel_slug", named=True,
)  # fmt: skip
CONVERSATION_PARAMETERS = [
    CLIENTS,
    CHANNEL,
    one("status", Status.values, many=True),
    OpenApiParameter("assignee", str, description="An e-mail address, `me` or `none`."),
    one("kind", Kind.values, many=True),
    one("sentiment", Sentiment.values, many=True),
    one("sla", SLA, "How the promises stand at this moment.", many=True),
    SEARCH,
    OpenApiParameter("snoozed", bool, description="Only those asleep, or only those awake."),
    OpenApiParameter("historic", bool, description="Imported history, which alerts nobody."),
    one("ordering", ORDERINGS, "By default -received_at. By due_at: only those with a running promise."),
]
INTERACTION_PARAMETERS = [
    CLIENTS,
    CHANNEL,
    one("kind", Kind.values, many=True),
    one("sentiment", Sentiment.values, many=True),
    one("direction", Direction.values, "in: of customers; out: of ours."),
    OpenApiParameter("conversation", int, description="Only messages of this conversation, by its id."),
    SEARCH,
    one("ordering", INTERACTION_ORDERINGS, "By default -received_at."),
]


def sla_of(row: Conversation, now: datetime) -> str:
    """The worst of the conversation's promises at `now`; those that stand still are not at risk."""
    if row.breached or row.due_at is not None and row.due_at < now:
        return "breached"
    if row.due_at is not None:
        return "at_risk" if row.warn_at is not None and row.warn_at <= now else "ok"
    return "met" if row.met else "none"


def sla_is(word: str, now: datetime) -> Q:
    """The same in SQL, in terms of the inbox's indexes: the conversations whose `sla_of` is this word."""
    if word == "breached":
        return Q(LessThan(LATE_FROM, now))
    if word in ("met", "none"):
        return Q(IsNull(LATE_FROM, True), met=word == "met")
    calm = Q(warn_at=None) | Q(warn_at__gt=now)
    return Q(GreaterThanOrEqual(LATE_FROM, now)) & (calm if word == "ok" else Q(breached=False, warn_at__lte=now))


def visible(asked: Asked) -> QuerySet[Conversation]:
    """The principal's conversations with the promises that a list shows, in two questions; `named` asks a third."""
    promised = Clock.objects.filter(Q(due_at__isnull=False) | Q(target_seconds__isnull=False))
    if len(ids := asked.client_ids) == 1:
        # By client the clocks of a page lie side by side in the index.
        promised = promised.filter(client_id=min(ids))
    shown = Prefetch("clocks", promised.order_by("started_at", "kind", "cycle"), "promises")
    return asked.within(Conversation.objects.all()).prefetch_related(shown)


def named(rows: list[Conversation]) -> list[Conversation]:
    """The same rows with client_slug, channel_slug, campaign_slug and assignee_email, found with one question.

    Joined, each row would cost pages of its own.
    """
    asked = {name: list({id for row in rows if (id := getattr(row, f"{name}_id"))}) for name in NAMED}
    with connection.cursor() as cursor:
        cursor.execute(NAMES, asked)
        known = {(what, id): name for what, id, name in cursor.fetchall()}
    for row in rows:
        for what, attribute in NAMED.items():
            setattr(row, attribute, known.get((what, getattr(row, f"{what}_id"))))
    return rows


def whole(asked: Asked, id: int) -> Conversation:
    """One conversation with replies on their way and notes too. Raises access.NotFound."""
    waiting = Reply.objects.exclude(state__in=["delivered", "dropped"]).order_by("created_at", "id")
    waiting = waiting.select_related("client", "user", "releaser")
    notes = Note.objects.select_related("user").order_by("at", "id")
    found = visible(asked).prefetch_related(
        Prefetch("replies", waiting, "undelivered"), Prefetch("notes", notes, "remarks")
    )
    return _got(next(iter(named(found.filter(id=id))), None), id)


def plain(asked: Asked, id: int) -> Conversation:
    """One conversation with client and channel, to decide something about. Raises access.NotFound."""
    found = asked.within(Conversation.objects.all()).filter(id=id)
    return _got(found.select_related("client__agency", "channel").first(), id)


def _got(row: Conversation | None, id: int) -> Conversation:
    if row is None:
        raise NotFound(f"There is no conversation '{id}'.")
    return row


def conversations(asked: Asked) -> QuerySet[Conversation]:
    rows = _common(visible(asked), asked)
    if words := asked.choices("sla", SLA):
        wanted = Q()
        for word in words:
            wanted |= sla_is(word, asked.now)
        rows = rows.filter(wanted)
    if statuses := asked.choices("status", Status.values):
        rows = rows.filter(status__in=statuses)
    if (historic := asked.flag("historic")) is not None:
        rows = rows.filter(historic=historic)
    rows = _snoozed(_assigned(rows, asked), asked)
    if (text := asked.search()) is not None:
        said = Interaction.objects.filter(
            client_id=OuterRef("client_id"), conversation_id=OuterRef("id"), text__icontains=text
        )
        rows = rows.filter(Q(author_name__icontains=text) | Q(preview__icontains=text) | Exists(said))
    return rows.filter(due_at__isnull=False) if asked.choice("ordering", ORDERINGS, "").endswith("due_at") else rows


def interactions(asked: Asked) -> QuerySet:
    rows = _common(messages(asked), asked)
    if directions := asked.choices("direction", Direction.values):
        rows = rows.filter(direction__in=directions)
    if (id := asked.number("conversation")) is not None:
        rows = rows.filter(conversation=plain(asked, id))
    if (text := asked.search()) is not None:
        rows = rows.filter(Q(author_name__icontains=text) | Q(text__icontains=text))
    return rows


def messages(asked: Asked) -> QuerySet:
    """The principal's messages, each a named tuple: a list makes many of them."""
    return asked.within(MESSAGES.all())


def last_messages(asked: Asked, conversation_ids: Collection[int], most: int) -> QuerySet:
    """The last so many messages of each conversation, the oldest first."""
    place = Window(RowNumber(), partition_by=F("conversation_id"), order_by=[F("received_at").desc(), F("id").desc()])
    of = asked.within(Interaction.objects.filter(conversation_id__in=conversation_ids)).annotate(place=place)
    last = list(of.filter(place__lte=most).values_list("id", flat=True))
    return messages(asked).filter(id__in=last).order_by("conversation_id", "received_at", "id")


def message(asked: Asked, id: int) -> Interaction:
    """One message, to decide something about. Raises access.NotFound."""
    found = asked.within(Interaction.objects.all()).filter(id=id).first()
    if found is None:
        raise NotFound(f"There is no interaction '{id}'.")
    return found


def _common(rows: QuerySet, asked: Asked) -> QuerySet:
    if "channel" in asked.request.query_params:
        rows = rows.filter(channel_id__in=asked.channel_ids())
    for name, allowed in (("kind", Kind.values), ("sentiment", Sentiment.values)):
        if values := asked.choices(name, allowed):
            rows = rows.filter(**{f"{name}__in": values})
    return rows


def _assigned(rows: QuerySet, asked: Asked) -> QuerySet:
    who = asked.request.query_params.get("assignee")
    if who is None:
        return rows
    if who == "none":
        return rows.filter(assignee=None)
    if who == "me":
        return rows.filter(assignee=asked.principal.user)
    # The id first: joined by address, the index by assignee would lose its order.
    known = User.objects.filter(email=who.strip().lower()).values_list("id", flat=True).first()
    return rows.filter(assignee_id=known) if known else rows.none()


def _snoozed(rows: QuerySet, asked: Asked) -> QuerySet:
    snoozed = asked.flag("snoozed")
    if snoozed is None:
        return rows
    asleep = Q(snoozed_until__gt=asked.now)
    return rows.filter(asleep if snoozed else Q(snoozed_until=None) | Q(snoozed_until__lte=asked.now))
