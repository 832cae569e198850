"""What others hear by webhook of conversations, messages, promises, imports and reports; not of a channel's history."""

from collections.abc import Collection, Iterable

from django.db.models import F, Model, QuerySet

from agency.models import User
from clients.models import Outgoing
from clients.webhooks import outbox
from clients.webhooks.outbox import instant

from .arrivals import Arrival
from .models import Clock, Conversation, Import, Interaction, Report

CREATED, UPDATED = "conversation.created", "conversation.updated"
RECEIVED, REVISED = "interaction.received", "interaction.updated"
Wanted = set[tuple[int, str]]
# What `conversation.updated` may be about.
ACTIONS = (
    "answered", "assigned", "snoozed", "woken", "waits_for_customer", "waits_for_client", "resumed", "resolved",
    "archived", "reopened", "spam", "not_spam", "blocked", "merged", "no_reply_needed", "vip_set", "vip_cleared",
)  # fmt: skip


def wanted(arrivals: Iterable[Arrival]) -> Wanted:
    """What others want to hear of such arrivals."""
    return outbox.listened({arrival.channel.client_id for arrival in arrivals}, [CREATED, UPDATED, RECEIVED, REVISED])


def arrived(
    wanted: Wanted, begun: Collection[int], new: Iterable[tuple[Arrival, int]], revised: Collection[int]
) -> None:
    """Conversations that began, messages that came in (with their ids), and the ids of messages that changed."""
    fresh = [id for arrival, id in new if arrival.item.direction == "in" and _live(arrival)]
    told = [
        _created(row)
        for row in _of(Conversation, begun, wanted, CREATED).filter(historic=False).select_related("assignee")
    ]
    told += [_message(RECEIVED, row) for row in _of(Interaction, fresh, wanted, RECEIVED)]
    told += [
        _message(REVISED, row)
        for row in _of(Interaction, revised, wanted, REVISED).filter(conversation__historic=False)
    ]
    outbox.write(told)


def _created(row: Conversation) -> Outgoing:
    return _event(CREATED, row, row.id, {"conversation": talk(row)})


def began(conversation_id: int) -> Outgoing:
    """What would be told of a conversation that begins now, without being written."""
    return _created(_named(Conversation).select_related("assignee").get(pk=conversation_id))


def _live(arrival: Arrival) -> bool:
    since = max(arrival.channel.connected_at, arrival.channel.client.enforce_from)
    return arrival.item.created_at >= since


def answered(wanted: Wanted, conversation_ids: Collection[int]) -> None:
    rows = _of(Conversation, conversation_ids, wanted, UPDATED).filter(historic=False).select_related("assignee")
    outbox.write(_updated(row, "answered", None) for row in rows)


def decided(conversation: Conversation, action: str, user: User | None) -> None:
    """Somebody decided on a conversation, which is held."""
    wanted = outbox.listened([conversation.client_id], [UPDATED])
    rows = _of(Conversation, [conversation.id], wanted, UPDATED).select_related("assignee")
    outbox.write(_updated(row, action, user) for row in rows)


def _updated(row: Conversation, action: str, user: User | None) -> Outgoing:
    return _event(UPDATED, row, row.id, {"action": action, "by": user and user.email, "conversation": talk(row)})


def clocks(type: str, rows: Iterable[Clock]) -> None:
    """A promise on these live clocks is at risk, breached or met."""
    rows = [row for row in rows if row.live]
    wanted = outbox.listened({row.client_id for row in rows}, [type])
    rows = [row for row in rows if (row.client_id, type) in wanted]
    if not rows:
        return
    talks = _named(Conversation).in_bulk({row.conversation_id for row in rows})
    outbox.write(
        _event(type, row, talk.id, {"clock": promise(row), "conversation": place(talk)})
        for row in rows
        if (talk := talks.get(row.conversation_id))
    )


def imported(job: Import) -> None:
    """An import is done or given up."""
    outbox.tell(job.client_id, "import.finished", f"import:{job.id}", lambda: {"import": _job(job)})


def released(report: Report, user: User) -> None:
    """The client sees a report from now on."""
    outbox.tell(
        report.client_id, "report.released", f"report:{report.id}",
        lambda: {"report": _report(report), "by": user.email},
    )  # fmt: skip


def _of(model: type[Model], ids: Collection[int], wanted: Wanted, type: str) -> QuerySet:
    """Those of these rows of which somebody wants to hear, in the order of their ids."""
    clients = [client for client, kind in wanted if kind == type]
    found = _named(model).filter(id__in=ids, client_id__among=clients).order_by("id")
    return found if clients else found.none()


def _named(model: type[Model]) -> QuerySet:
    return model.objects.annotate(client_slug=F("client__slug"), channel_slug=F("channel__slug"))


def _event(type: str, row, conversation_id: int, data: dict) -> Outgoing:
    return Outgoing(client_id=row.client_id, type=type, line=f"conversation:{conversation_id}", data=data)


def _message(type: str, row: Interaction) -> Outgoing:
    return _event(type, row, row.conversation_id, {"interaction": message(row)})


def place(row: Conversation) -> dict:
    """Where a conversation is, in the API's fields."""
    return {"id": row.id, "client": row.client_slug, "channel": row.channel_slug, "thread_id": row.thread_id}


def talk(row: Conversation) -> dict:
    """A conversation in the API's fields, without what another question would have to find."""
    return place(row) | {
        "status": row.status,
        "resolved_as": row.resolved_as or None,
        "author": {"id": row.author_id, "name": row.author_name},
        "preview": row.preview,
        "kind": row.kind,
        "language": row.language,
        "sentiment": row.sentiment,
        "urgency": row.urgency,
        "stars": row.stars,
        "vip": row.vip,
        "assignee": row.assignee and row.assignee.email,
        "snoozed_until": instant(row.snoozed_until),
        "started_at": instant(row.started_at),
        "received_at": instant(row.received_at),
        "answered_at": instant(row.answered_at),
        "due_at": instant(row.due_at),
        "version": row.version,
        "updated_at": instant(row.updated_at),
    }


def message(row: Interaction) -> dict:
    return {
        "id": row.id,
        "client": row.client_slug,
        "channel": row.channel_slug,
        "conversation": row.conversation_id,
        "external_id": row.external_id,
        "parent_id": row.parent_external_id or None,
        "direction": row.direction,
        "kind": row.kind,
        "author": {"id": row.author_id, "name": row.author_name, "bot": row.automated},
        "text": row.text,
        "stars": row.stars,
        "created_at": instant(row.received_at),
        "edited_at": instant(row.edited_at),
        "deleted_at": instant(row.deleted_at),
        "language": row.language,
        "urgency": row.urgency,
        "sentiment": row.sentiment,
        "question": row.question,
    }


def promise(row: Clock) -> dict:
    return {
        "kind": row.kind,
        "cycle": row.cycle,
        "started_at": instant(row.started_at),
        "due_at": instant(row.due_at),
        "outcome": row.outcome,
        "stopped_at": instant(row.stopped_at),
        "target_seconds": row.target_seconds,
        "late_ingest": row.late_ingest,
        "business_seconds": row.business_seconds,
        "wall_seconds": row.wall_seconds,
    }


def _job(job: Import) -> dict:
    names = ("id", "filename", "state", "size", "done_lines", "created", "updated", "duplicates", "refused", "error")
    return {name: getattr(job, name) for name in names} | {
        "client": job.channel.client.slug,
        "channel": job.channel.slug,
        "finished_at": instant(job.finished_at),
    }


def _report(row: Report) -> dict:
    return {
        "id": row.id,
        "client": row.client.slug,
        "month": row.month.isoformat(),
        "comment": row.comment,
        "composed_at": instant(row.composed_at),
        "released_at": instant(row.released_at),
        "version": row.version,
        "updated_at": instant(row.updated_at),
    }
