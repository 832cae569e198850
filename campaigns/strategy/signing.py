"""How a strategy comes into force: written, offered, signed by the client; a new one takes its place when signed."""

from collections.abc import Collection, Mapping
from datetime import date

from django.db import transaction
from django.db.models import Max, QuerySet
from django.utils import timezone

from agency.models import Role, User
from campaigns import rhythm
from campaigns.models import Goal, Strategy
from campaigns.vocabulary import PostKind
from clients import audit, notices
from clients.models import Channel, Client
from clients.refusal import Conflict, Refused

from . import document as documents

EMPTY = documents.EMPTY


def in_force(client: Client) -> Strategy | None:
    return Strategy.objects.filter(client=client, superseded_at=None, signed_at__isnull=False).first()


def unsigned(client: Client) -> Strategy | None:
    """The draft, or what was offered and is not answered yet."""
    return Strategy.objects.filter(client=client, signed_at=None).first()


def offered(clients: Collection[int]) -> Strategy | None:
    """A version that waits for the signature of one of these clients."""
    rows = Strategy.objects.filter(client__in=clients, signed_at=None, offered_at__isnull=False)
    return rows.select_related("client").order_by("offered_at").first()


def versions(client: Client) -> QuerySet[Strategy]:
    return Strategy.objects.filter(client=client).select_related("author", "signer").order_by("-number")


@transaction.atomic
def write(*, client: Client, actor: User | None, document: object, note: str = "", seen: int | None = None) -> Strategy:
    """The draft with this content, a new version where there is none; an offer that is changed has to be offered anew.

    `seen` is the number of the version that the writer began from. Raises Refused, Conflict.
    """
    _lock(client)
    channels = set(Channel.objects.filter(client=client, disabled_at=None).values_list("slug", flat=True))
    try:
        cleaned = documents.clean(document, channels, tuple(PostKind.values))
    except documents.Faulty as error:
        raise Refused(errors=error.errors) from None
    last = Strategy.objects.filter(client=client).aggregate(last=Max("number"))["last"] or 0
    if seen is not None and seen != last:
        raise Conflict("The strategy was changed meanwhile; please look at it again.", "changed_meanwhile")
    draft = unsigned(client)
    if draft is None:
        draft = Strategy(client=client, number=last + 1)
    elif draft.document == cleaned and draft.note == note:
        return draft
    draft.document, draft.note, draft.author, draft.updated_at = cleaned, note, actor, timezone.now()
    draft.offered_at = draft.declined_at = None
    draft.objection = ""
    draft.save()
    audit.record(client, actor, "strategy.written", "strategy", draft.id, after={"number": draft.number})
    return draft


@transaction.atomic
def offer(*, client: Client, actor: User | None) -> Strategy:
    """Ask the client to sign the draft. Raises Conflict, Refused without a goal."""
    draft = _draft(client)
    if not draft.document["goals"]:
        raise Refused("goals", "name at least one goal before the client signs", "required")
    if draft.offered_at is None:
        draft.offered_at, draft.declined_at = timezone.now(), None
        draft.save(update_fields=["offered_at", "declined_at"])
        audit.record(client, actor, "strategy.offered", "strategy", draft.id, after={"number": draft.number})
        key = f"{draft.id}:{draft.offered_at.isoformat()}"
        notices.tell(client, "strategy_offered", key, roles=(Role.APPROVER,))
    return draft


@transaction.atomic
def sign(
    *, client: Client, number: int, actor: User, signed_as: str, for_client: bool = True, reason: str = ""
) -> Strategy:
    """The client's word on exactly this version; its goals, rhythm and mix count from now on.

    Whoever writes it down in the client's place says how it is known. Raises Conflict, Refused.
    """
    draft = _offered(client, number)
    signed_as = signed_as.replace("\0", "").strip()
    if not 1 <= len(signed_as) <= 200:
        raise Refused("signed_as", "needs 1 to 200 characters", "required")
    if not for_client and not reason.strip():
        raise Refused("reason", "is needed: you sign in the client's place", "required")
    now = timezone.now()
    Strategy.objects.filter(client=client, superseded_at=None, signed_at__isnull=False).update(superseded_at=now)
    draft.signed_at, draft.signer, draft.signed_as = now, actor, signed_as
    draft.reason = "" if for_client else reason.strip()[:2_000]
    draft.save(update_fields=["signed_at", "signer", "signed_as", "reason"])
    _set_goals(draft)
    _set_rhythm(draft, actor)
    after = {"number": draft.number, "signed_as": signed_as}
    audit.record(client, actor, "strategy.signed", "strategy", draft.id, after=after)
    notices.tell(client, "strategy_signed", str(draft.id), name=signed_as)
    return draft


@transaction.atomic
def decline(*, client: Client, number: int, actor: User, objection: str) -> Strategy:
    """The client wants it otherwise and says how; it is a draft again. Raises Conflict, Refused."""
    draft = _offered(client, number)
    draft.objection = objection.replace("\0", "").strip()[:5_000]
    if not draft.objection:
        raise Refused("objection", "is needed: what should be different?", "required")
    draft.declined_at, draft.offered_at = timezone.now(), None
    draft.save(update_fields=["declined_at", "offered_at", "objection"])
    audit.record(client, actor, "strategy.declined", "strategy", draft.id, after={"number": draft.number})
    notices.tell(
        client, "strategy_declined", f"{draft.id}:{draft.declined_at.isoformat()}", reason=draft.objection[:200]
    )
    return draft


def _lock(client: Client) -> None:
    Client.objects.select_for_update(no_key=True).get(pk=client.pk)


def _draft(client: Client) -> Strategy:
    _lock(client)
    draft = unsigned(client)
    if draft is None:
        raise Conflict("There is no draft to offer: write a new version first.", "no_draft")
    return draft


def _offered(client: Client, number: int) -> Strategy:
    draft = _draft(client)
    if draft.offered_at is None or draft.number != number:
        raise Conflict("This version is not waiting for a signature.", "not_offered")
    return draft


def _set_goals(strategy: Strategy) -> None:
    """The goals of the document as rows; those it no longer names are dropped, and come back if named again."""
    named = {goal["slug"]: goal for goal in strategy.document["goals"]}
    dropped = Goal.objects.filter(client=strategy.client, dropped_at=None).exclude(slug__in=named)
    dropped.update(dropped_at=strategy.signed_at)
    for slug, goal in named.items():
        Goal.objects.update_or_create(
            client=strategy.client, slug=slug, defaults=_columns(goal) | {"strategy": strategy, "dropped_at": None}
        )


def _columns(goal: Mapping) -> dict:
    days = {name: date.fromisoformat(goal[name]) for name in ("begins_on", "ends_on")}
    return {name: goal[name] for name in ("text", "measure", "start", "target")} | days


def _set_rhythm(strategy: Strategy, actor: User) -> None:
    client = strategy.client
    channels = {channel.slug: channel for channel in client.channels.filter(disabled_at=None)}
    for row in strategy.document["channels"]:
        if channel := channels.get(row["channel"]):
            rhythm.agree(client=client, channel=channel, actor=actor, least=row["least"], most=row["most"])
    if strategy.document["mix"]:
        rhythm.aim(client=client, actor=actor, targets=strategy.document["mix"])
