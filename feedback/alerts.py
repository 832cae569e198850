"""Who hears of a deadline that nears or passed: one alert per clock, level and recipient, a row that is mailed too."""

from collections.abc import Iterable
from datetime import datetime

from agency import rights
from agency.models import User
from clients import access, audit
from clients.models import Client

from . import outgoing, policies, sla
from .models import Alert, Clock, Conversation, PolicyVersion


def breached(clocks: Iterable[Clock], now: datetime) -> None:
    """Log these breaches; alert people about those that still wait for an answer."""
    clocks = list(clocks)
    if not clocks:
        return
    clients = Client.objects.select_related("agency").in_bulk({clock.client_id for clock in clocks})
    audit.record_many(
        (clients[c.client_id], "clock.breached", "conversation", c.conversation_id, _told(c)) for c in clocks
    )
    outgoing.clocks("sla.breached", clocks)
    _alert([clock for clock in clocks if clock.live and clock.stopped_at is None], "breach", now)


def warned(clocks: Iterable[Clock], now: datetime) -> None:
    """Alert people about clocks that reached their warning point."""
    clocks = _still_promised(list(clocks))
    outgoing.clocks("sla.at_risk", clocks)
    _alert(clocks, "warning", now)


def _told(clock: Clock) -> dict:
    due_at = clock.due_at.isoformat()
    return {"kind": clock.kind, "cycle": clock.cycle, "due_at": due_at, "late_ingest": clock.late_ingest}


def _alert(clocks: list[Clock], level: str, now: datetime) -> None:
    clocks = _still_promised(clocks)
    if not clocks:
        return
    books = policies.rulebooks({clock.client_id for clock in clocks})
    assignees = dict(
        Conversation.objects.filter(id__in={c.conversation_id for c in clocks}, assignee__isnull=False).values_list(
            "id", "assignee_id"
        )
    )
    serving = access.staff(books.keys(), rights.ANSWERING)
    Alert.objects.bulk_create(
        (
            Alert(
                client_id=clock.client_id,
                conversation_id=clock.conversation_id,
                kind=clock.kind,
                cycle=clock.cycle,
                level=level,
                recipient_id=recipient,
                due_at=clock.due_at,
                late_ingest=clock.late_ingest,
                deliver_at=(at := sla.alert_at(books[clock.client_id].hours, clock.severity, now)),
                mail_at=at,
                created_at=now,
            )
            for clock in clocks
            for recipient in _recipients(clock, level, assignees, serving[clock.client_id])
        ),
        ignore_conflicts=True,
    )


def _still_promised(clocks: list[Clock]) -> list[Clock]:
    """Without the clocks of archived policies: nobody is to be alerted by those any more."""
    versions = {clock.policy_version_id for clock in clocks}
    archived = set(
        PolicyVersion.objects.filter(id__in=versions, policy__archived_at__isnull=False).values_list("id", flat=True)
    )
    return [clock for clock in clocks if clock.policy_version_id not in archived]


def _recipients(clock: Clock, level: str, assignees: dict[int, int], serving: dict[int, str]) -> list[int]:
    """A warning goes to the one who has the conversation, a breach to those who steer as well; unassigned: to all."""
    assignee = assignees.get(clock.conversation_id)
    if assignee not in serving:
        return list(serving)
    if level == "warning":
        return [assignee]
    return [id for id, role in serving.items() if role in rights.ALERTED or id == assignee]


def inbox(user: User, now: datetime):
    """The alerts a person may see now, newest first."""
    return Alert.objects.filter(recipient=user, deliver_at__lte=now).order_by("-deliver_at", "-id")
