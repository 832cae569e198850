"""What people decide about a conversation: answer, note, assign, wait, resolve, correct. One transaction each."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from agency.models import User
from agency.rights import ANSWERING
from clients import access, audit, networks, notices
from clients.networks.types import Author, Incoming
from clients.refusal import Conflict, Refused

from . import cases, clocks, disclosures, inbox, intake, outgoing, rollup
from .arrivals import Arrival
from .models import BlockedAuthor, Conversation, Correction, Interaction, Note, Reply, Sentiment, Status, Step, Urgency
from .triage import LANGUAGE_CODES

CLOSED = (Status.RESOLVED, Status.ARCHIVED)
SILENT = (Status.SPAM, Status.MERGED)
THEN = ("", "resolve", "wait_customer", "wait_client")
# How others are told of a decision.
DONE = {
    "resolve": "resolved", "reopen": "reopened", "archive": "archived", "resume": "resumed", "block": "blocked",
    "wait_customer": "waits_for_customer", "wait_client": "waits_for_client",
}  # fmt: skip
WAITS = {"customer": "wait_customer", "client": "wait_client"}


def locked(conversation: Conversation) -> Conversation:
    """The conversation as it is now, held until the transaction ends."""
    return Conversation.objects.select_for_update().get(client_id=conversation.client_id, pk=conversation.pk)


@transaction.atomic
def answer(
    *,
    conversation: Conversation,
    user: User,
    text: str,
    then: str = "",
    parent_id: str = "",
    sent_at: datetime | None = None,
    seen: int | None = None,
) -> Reply:
    """Queue a reply for the network; on a manual channel, record the one that was given by hand at `sent_at`.

    Where four eyes are needed it waits for a colleague first (`eyes`), on every kind of channel.

    `then` is what happens once it is delivered: resolve, wait_customer or wait_client. `seen` is the id of the newest
    reply that the writer knew of, 0 for none: with a newer one the customer would be answered twice. Raises Refused,
    Conflict.
    """
    network = networks.get(conversation.channel.network)
    intake.text(text, "text", network.text_length or intake.MAX_TEXT)
    if then not in THEN:
        raise Refused("then", "must be resolve, wait_customer or wait_client")
    conversation = locked(conversation)
    if conversation.status in SILENT:
        raise Conflict(f"This conversation is {conversation.status}: nothing can be answered here.", "closed")
    if seen is not None and conversation.replies.filter(id__gt=seen).exclude(user=user).exists():
        raise Conflict("A colleague has answered meanwhile.", "answered_meanwhile")
    if not network.manual and sent_at is not None:
        raise Refused("sent_at", "belongs to manual channels only; this network tells when it delivered")
    if not network.manual and not network.replies:
        raise Conflict(f"{network.name} takes no replies.", "no_replies")
    if not cases.may_answer(conversation, user):
        raise Conflict("This kind of criticism is answered by owners and account managers.", "not_your_role")
    if then == "resolve":
        cases.end(conversation, user)
    waits = cases.needs_four_eyes(conversation)
    if waits and sent_at is not None:
        raise Conflict("A colleague has to release this answer before it is given.", "four_eyes")
    reply = Reply.objects.create(
        client_id=conversation.client_id,
        channel_id=conversation.channel_id,
        conversation=conversation,
        parent_external_id=parent_id or _last_message_id(conversation),
        text=text,
        user=user,
        then=then,
        state="review" if waits else "queued",
    )
    audit.record(conversation.client, user, "reply.written", "conversation", conversation.id, after={"reply": reply.id})
    if waits:
        ask_colleagues(reply)
    elif network.manual:
        delivered(reply, external_id=f"manual-{reply.id}", at=sent_at or timezone.now())
    return reply


def ask_colleagues(reply: Reply) -> None:
    """Tell those who may release it that it waits for them."""
    client = reply.conversation.client
    people = access.people(client, ANSWERING).exclude(id=reply.user_id)
    notices.tell(client, "reply_waits", f"{reply.id}-{reply.version}", people=people, sender=reply.user.name)


def _last_message_id(conversation: Conversation) -> str:
    last = conversation.interactions.filter(direction="in", deleted_at=None).order_by("-received_at", "-id").first()
    return last.external_id if last else ""


@transaction.atomic
def delivered(reply: Reply, *, external_id: str, at: datetime) -> None:
    """The reply stands on the network since `at`: store it as an interaction, which stops the clock."""
    now = timezone.now()
    reply.state, reply.external_id, reply.delivered_at, reply.error = "delivered", external_id, at, ""
    reply.save(update_fields=["state", "external_id", "delivered_at", "error"])
    conversation = locked(reply.conversation)
    item = Incoming(
        external_id=external_id,
        thread_id=conversation.thread_id,
        direction="out",
        kind=conversation.kind,
        author=Author(f"user-{reply.user_id}", reply.user.name),
        text=reply.text,
        created_at=at,
        parent_id=reply.parent_external_id or None,
    )
    inbox.receive([Arrival(reply.channel, item)], now=now)
    if reply.then and conversation.status not in SILENT:
        _step(conversation, reply.then, reply.user, at=max(at, now))
        outgoing.decided(conversation, DONE.get(reply.then, reply.then), reply.user)


@transaction.atomic
def retry(*, reply: Reply, user: User) -> Reply:
    """Send a failed reply once more. Raises Conflict for any other."""
    reply = Reply.objects.select_for_update().get(client_id=reply.client_id, pk=reply.pk)
    if reply.state != "failed":
        raise Conflict(f"Only a failed reply can be sent again; this one is {reply.state}.", "not_failed")
    if reply.releaser_id is None and cases.needs_four_eyes(reply.conversation):
        raise Conflict("A colleague has to release this answer first: write it anew.", "four_eyes")
    reply.state, reply.attempts, reply.next_at, reply.error = "queued", 0, timezone.now(), ""
    reply.save(update_fields=["state", "attempts", "next_at", "error"])
    audit.record(reply.conversation.client, user, "reply.retried", "conversation", reply.conversation_id)
    return reply


@transaction.atomic
def note(*, conversation: Conversation, user: User, text: str) -> Note:
    """An internal remark; it stops no clock."""
    intake.text(text, "text", 20_000)
    _touch(conversation)
    return Note.objects.create(client_id=conversation.client_id, conversation=conversation, user=user, text=text)


@transaction.atomic
def assign(*, conversation: Conversation, user: User, assignee: User | None) -> None:
    before = locked(conversation)
    _touch(conversation, assignee=assignee)
    audit.record(
        conversation.client,
        user,
        "conversation.assigned",
        "conversation",
        conversation.id,
        {"assignee": before.assignee and before.assignee.email},
        {"assignee": assignee and assignee.email},
    )
    outgoing.decided(conversation, "assigned", user)


@transaction.atomic
def snooze(*, conversation: Conversation, user: User, until: datetime | None) -> None:
    """Out of sight until then, or until the customer writes; clocks go on. None wakes it. Raises Refused."""
    if until is not None and until <= timezone.now():
        raise Refused("until", "must lie in the future")
    _touch(conversation, snoozed_until=until)
    outgoing.decided(conversation, "snoozed" if until else "woken", user)


@transaction.atomic
def wait(*, conversation: Conversation, user: User, on: str, reason: str = "") -> None:
    """Wait for the customer or the client: `next` and `resolution` pause. Raises Refused, Conflict."""
    if on not in WAITS:
        raise Refused("on", f"must be one of {', '.join(WAITS)}")
    _decide(conversation, WAITS[on], user, reason, not_in=CLOSED + SILENT)


@transaction.atomic
def resume(*, conversation: Conversation, user: User, reason: str = "") -> None:
    _decide(conversation, "resume", user, reason, only=(Status.WAITING_CUSTOMER, Status.WAITING_CLIENT))


@transaction.atomic
def resolve(*, conversation: Conversation, user: User, reason: str = "", outcome: str = "") -> None:
    """Done. Criticism needs an outcome, of `cases.close` or told here. Raises Refused, Conflict."""
    _open(conversation, CLOSED + SILENT, "resolve")
    cases.end(conversation, user, outcome, reason)
    _decide(conversation, "resolve", user, reason, not_in=CLOSED + SILENT)


@transaction.atomic
def archive(*, conversation: Conversation, user: User, reason: str = "", outcome: str = "") -> None:
    """Put away; the same counts as for `resolve`."""
    before = _open(conversation, (Status.ARCHIVED, *SILENT), "archive")
    if before.status != Status.RESOLVED:
        cases.end(conversation, user, outcome, reason)
    _decide(conversation, "archive", user, reason, not_in=(Status.ARCHIVED, *SILENT))


@transaction.atomic
def reopen(*, conversation: Conversation, user: User, reason: str = "") -> None:
    _decide(conversation, "reopen", user, reason, only=CLOSED)


@transaction.atomic
def spam(*, conversation: Conversation, user: User, reason: str = "") -> None:
    """No promise here: its clocks are cancelled, never met. Criticism needs a reason, which the client reads."""
    disclosures.silence(_open(conversation, SILENT, "spam"), user, "spam", reason)
    _decide(conversation, "spam", user, reason, not_in=SILENT)


@transaction.atomic
def not_spam(*, conversation: Conversation, user: User, reason: str = "") -> None:
    """Taken back: the conversation counts as if it had never been spam, and its author is not blocked."""
    BlockedAuthor.objects.filter(channel_id=conversation.channel_id, author_id=conversation.author_id).delete()
    _decide(conversation, "not_spam", user, reason, only=(Status.SPAM,))


@transaction.atomic
def block(*, conversation: Conversation, user: User, reason: str = "") -> None:
    """Everything this author wrote or will write on this channel is spam; criticism needs a reason for it."""
    BlockedAuthor.objects.get_or_create(
        client_id=conversation.client_id,
        channel_id=conversation.channel_id,
        author_id=conversation.author_id,
        defaults={"user": user},
    )
    others = Conversation.objects.filter(
        client_id=conversation.client_id, channel_id=conversation.channel_id, author_id=conversation.author_id
    )
    for other in others.exclude(status__in=SILENT).select_related("client").order_by("id"):
        disclosures.silence(other, user, "block", reason)
        _decide(other, "block", user, reason, not_in=SILENT)


@transaction.atomic
def merge(*, conversation: Conversation, user: User, into: Conversation) -> None:
    """Put a conversation's messages into another one of the same channel; its own promises are cancelled."""
    if into.pk == conversation.pk or into.channel_id != conversation.channel_id or into.status == Status.MERGED:
        raise Refused("into", "must be another conversation of the same channel that is not merged itself")
    both = Conversation.objects.select_for_update().filter(pk__in=[conversation.pk, into.pk]).order_by("pk")
    if any(one.status == Status.MERGED for one in both):
        raise Conflict("This conversation was merged already.", "closed")
    now = timezone.now()
    Interaction.objects.filter(conversation=conversation).update(conversation=into, updated_at=now)
    Conversation.objects.filter(merged_into=conversation).update(merged_into=into)
    Conversation.objects.filter(pk=conversation.pk).update(merged_into=into)
    _step(conversation, "merge", user, at=now, value=into.pk)
    clocks.refresh([into.pk], now=now)
    outgoing.decided(conversation, "merged", user)


@transaction.atomic
def no_reply_needed(*, conversation: Conversation, user: User, reason: str = "") -> None:
    """A thank-you after the answer: cancels the open `next`, counted in the reports. Raises Conflict without one."""
    waiting = conversation.clocks.filter(kind="next", stopped_at=None)
    _decide(
        conversation,
        "no_reply_needed",
        user,
        reason,
        unless=not waiting.exists() and "There is no customer message after an answer that waits for a reply.",
    )


@transaction.atomic
def set_vip(*, conversation: Conversation, user: User, vip: bool) -> None:
    _touch(conversation, vip=vip)
    _step(locked(conversation), "vip", user, at=timezone.now(), value=vip)
    outgoing.decided(conversation, "vip_set" if vip else "vip_cleared", user)


@transaction.atomic
def set_campaign(*, conversation: Conversation, user: User, campaign) -> None:
    _touch(conversation, campaign=campaign)
    _step(locked(conversation), "campaign", user, at=timezone.now(), value=campaign and campaign.pk)


ALLOWED = {
    "sentiment": Sentiment.values,
    "urgency": Urgency.values,
    "question": (True, False),
    "language": LANGUAGE_CODES,
}


@transaction.atomic
def correct(*, interaction: Interaction, user: User, changes: dict) -> None:
    """A person's word on the triage of a message; it outranks the automatic one for good. Raises Refused."""
    wrong = [(f, f"must be one of {', '.join(map(str, ALLOWED[f]))}") for f in changes if changes[f] not in ALLOWED[f]]
    if wrong:
        raise Refused(errors=wrong)
    conversation = locked(interaction.conversation)
    for field, value in changes.items():
        Correction.objects.create(
            client_id=interaction.client_id,
            interaction=interaction,
            field=field,
            before=str(getattr(interaction, field)),
            after=str(value),
            user=user,
        )
        setattr(interaction, field, value)
    interaction.updated_at = timezone.now()
    interaction.save(update_fields=[*changes, "updated_at"])
    if "sentiment" in changes:
        rollup.mark(interaction.client_id, {interaction.received_at})
        _step(conversation, "sentiment", user, at=timezone.now(), value=changes["sentiment"])
    else:
        clocks.refresh([conversation.pk], now=timezone.now())


def _open(conversation: Conversation, closed, action: str) -> Conversation:
    """The conversation, held, unless it is in one of these states. Raises Conflict."""
    conversation = locked(conversation)
    if conversation.status in closed:
        raise Conflict(f"This conversation is {conversation.status}: '{action}' does not apply.", "wrong_status")
    return conversation


def _decide(conversation, action, user, reason="", *, only=None, not_in=(), unless=""):
    conversation = locked(conversation)
    if conversation.status in not_in or only and conversation.status not in only:
        raise Conflict(f"This conversation is {conversation.status}: '{action}' does not apply.", "wrong_status")
    if unless:
        raise Conflict(unless, "wrong_status")
    before = conversation.status
    _step(conversation, action, user, at=timezone.now(), reason=reason)
    audit.record(
        conversation.client,
        user,
        f"conversation.{action}",
        "conversation",
        conversation.id,
        {"status": before},
        {"status": Conversation.objects.values_list("status", flat=True).get(pk=conversation.pk), "reason": reason},
    )
    outgoing.decided(conversation, DONE.get(action, action), user)


def _step(conversation: Conversation, action: str, user: User, *, at: datetime, value=None, reason: str = "") -> None:
    Step.objects.create(
        client_id=conversation.client_id,
        conversation=conversation,
        at=at,
        action=action,
        value=value,
        reason=reason,
        user=user,
    )
    clocks.refresh([conversation.pk], now=timezone.now())


def _touch(conversation: Conversation, **changes) -> None:
    row = locked(conversation)
    changes |= {"version": row.version + 1, "updated_at": timezone.now()}
    Conversation.objects.filter(client_id=row.client_id, pk=row.pk).update(**changes)
