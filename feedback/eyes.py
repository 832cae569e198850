"""Four eyes: an answer that a second colleague releases or returns before it goes out. One transaction each."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from agency.models import User
from clients import audit, networks, notices
from clients.refusal import Conflict, Refused

from . import cases, desk, intake
from .models import Reply

OPEN = ("review", "returned")


@transaction.atomic
def release(*, reply: Reply, user: User, version: int | None = None) -> Reply:
    """A colleague agrees to exactly this text: it is sent, or on a manual channel to be given by hand now.

    `version` is the one that was read. Raises Conflict.
    """
    reply = _held(reply, ("review",))
    if reply.user_id == user.id:
        raise Conflict("Somebody else than the writer has to release this answer.", "four_eyes")
    if version is not None and version != reply.version:
        raise Conflict("The answer was changed meanwhile: read it again.", "changed_meanwhile")
    if not cases.may_answer(reply.conversation, user):
        raise Conflict("This kind of criticism is answered by owners and account managers.", "not_your_role")
    if desk.locked(reply.conversation).status in desk.SILENT:
        raise Conflict("Nothing can be answered here any more.", "closed")
    reply.releaser, reply.released_at = user, timezone.now()
    reply.state, reply.next_at = "released" if _manual(reply) else "queued", reply.released_at
    reply.save(update_fields=["releaser", "released_at", "state", "next_at"])
    return _record(reply, user, "reply.released")


@transaction.atomic
def give_back(*, reply: Reply, user: User, remark: str) -> Reply:
    """A colleague wants it to be different and says how. Raises Refused, Conflict."""
    remark = intake.text(remark, "remark", 2_000, empty=True).strip()
    if not remark:
        raise Refused("remark", "say what should be different", "required")
    reply = _held(reply, ("review",))
    if reply.user_id == user.id:
        raise Conflict("You wrote this answer yourself: change it or drop it.", "four_eyes")
    reply.state, reply.remark = "returned", remark
    reply.save(update_fields=["state", "remark"])
    client = reply.conversation.client
    told = {"sender": user.name, "reason": remark}
    notices.tell(client, "reply_returned", f"{reply.id}-{reply.version}", people=[reply.user], **told)
    return _record(reply, user, "reply.returned")


@transaction.atomic
def revise(*, reply: Reply, user: User, text: str) -> Reply:
    """Write it anew; whoever did so last is its writer, and somebody else has to read it. Raises Refused, Conflict."""
    network = networks.get(reply.channel.network)
    text = intake.text(text, "text", network.text_length or intake.MAX_TEXT)
    reply = _held(reply, OPEN)
    if not cases.may_answer(reply.conversation, user):
        raise Conflict("This kind of criticism is answered by owners and account managers.", "not_your_role")
    reply.text, reply.user, reply.state, reply.remark = text, user, "review", ""
    reply.version += 1
    reply.save(update_fields=["text", "user", "state", "remark", "version"])
    desk.ask_colleagues(reply)
    return _record(reply, user, "reply.revised")


@transaction.atomic
def drop(*, reply: Reply, user: User) -> Reply:
    """It will not be sent. Raises Conflict."""
    reply = _held(reply, (*OPEN, "released"))
    reply.state = "dropped"
    reply.save(update_fields=["state"])
    return _record(reply, user, "reply.dropped")


@transaction.atomic
def given(*, reply: Reply, user: User, at: datetime | None = None) -> Reply:
    """A released answer was given by hand at `at`, by default now: that stops the clock. Raises Refused, Conflict."""
    reply, now = _held(reply, ("released",)), timezone.now()
    if at is not None and not reply.released_at <= at <= now:
        raise Refused("sent_at", "must lie between the release and now")
    desk.delivered(reply, external_id=f"manual-{reply.id}", at=at or now)
    return _record(reply, user, "reply.given")


def _held(reply: Reply, states: tuple[str, ...]) -> Reply:
    """The reply as it is now, held with its conversation until the transaction ends. Raises Conflict."""
    desk.locked(reply.conversation)
    rows = Reply.objects.select_related("conversation__client", "channel__client", "user")
    found = rows.select_for_update(of=["self"]).get(client_id=reply.client_id, pk=reply.pk)
    if found.state not in states:
        raise Conflict(f"This answer is {found.state}: nothing can be decided about it now.", "not_waiting")
    return found


def _manual(reply: Reply) -> bool:
    return networks.get(reply.channel.network).manual


def _record(reply: Reply, user: User, action: str) -> Reply:
    audit.record(
        reply.conversation.client, user, action, "conversation", reply.conversation_id, after={"reply": reply.id}
    )
    return reply
