"""What the client reads of criticism that was hidden, deleted or silenced: each with its reason, for good."""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from agency.models import User
from campaigns.models import Decision
from clients import audit
from clients.refusal import Refused

from . import cases, intake
from .models import Conversation, Disclosure

BY_HAND = ("hide", "delete")
SAID, LONGEST = 300, 2_000


@transaction.atomic
def remove(
    *, conversation: Conversation, user: User, action: str, reason: str, at: datetime | None = None
) -> Disclosure:
    """Somebody hid or deleted the customer's words on the network itself; no network lets us do it. Raises Refused."""
    if action not in BY_HAND:
        raise Refused("action", f"must be one of {', '.join(BY_HAND)}")
    row = _write(conversation, user, action, reason, by_hand=True, at=at)
    audit.record(
        conversation.client, user, f"conversation.{action}", "conversation", conversation.id, after={"reason": reason}
    )
    return row


def silence(conversation: Conversation, user: User, action: str, reason: str) -> None:
    """Before criticism becomes spam: it needs a reason, which the client reads. Raises Refused."""
    if cases.is_criticism(conversation):
        _write(conversation, user, action, reason)


def _write(
    conversation: Conversation,
    user: User,
    action: str,
    reason: str,
    by_hand: bool = False,
    at: datetime | None = None,
) -> Disclosure:
    reason = intake.text(reason, "reason", LONGEST, empty=True).strip()
    if not reason:
        raise Refused("reason", "criticism is hidden only for a reason, which the client reads", "required")
    return Disclosure.objects.create(
        client_id=conversation.client_id,
        conversation=conversation,
        channel_id=conversation.channel_id,
        at=at or timezone.now(),
        user=user,
        action=action,
        reason=reason,
        author_name=conversation.author_name,
        said=" ".join(conversation.preview.split())[:SAID],
        by_hand=by_hand,
    )


def rows(client_ids: Collection[int]) -> QuerySet[Disclosure]:
    """What was done to criticism, the latest first."""
    found = Disclosure.objects.filter(client_id__among=client_ids).select_related("client", "channel", "user")
    return found.order_by("-at", "-id")


def decided(client_ids: Collection[int]) -> QuerySet[Decision]:
    """What the agency decided in the client's place, the latest first; its post is `post_id`."""
    found = Decision.objects.filter(client_id__among=client_ids, stage="client").exclude(reason="")
    found = found.select_related("client", "user", "publication__post", "publication__channel")
    return found.annotate(post_id=F("publication__post_id")).order_by("-at", "-id")
