"""What is decided about one conversation's criticism: its kind, the steps done, how it ended. One transaction each."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection, transaction
from django.utils import timezone

from agency.models import Membership, User
from agency.rows import Joined
from clients import audit
from clients.models import Client
from clients.refusal import Conflict, Refused

from . import intake, playbook
from .models import Case, CaseStep, Conversation, Incident, Interaction, Playbook, Reply

LONGEST = 2_000
MOST_MINUTES = 7 * 24 * 60
# Months are those of the client's own calendar.
ENDED = """
SELECT c.client_id, date_trunc('month', c.closed_at AT TIME ZONE (k.document->>'zone'))::date AS month,
    count(*), count(*) FILTER (WHERE c.outcome = 'recovered')
FROM feedback_case c JOIN clients_calendar k ON k.client_id = c.client_id
WHERE c.client_id = ANY(%(clients)s) AND c.closed_at IS NOT NULL
    AND (c.closed_at AT TIME ZONE (k.document->>'zone'))::date BETWEEN %(low)s AND %(high)s
GROUP BY 1, 2
"""

# Of a page that is opened all the time, as `feedback/course`.
KEPT = Joined(
    """
    FROM feedback_case kept LEFT JOIN feedback_incident incident ON incident.id = kept.incident_id
    LEFT JOIN agency_user closer ON closer.id = kept.closer_id
    WHERE kept.conversation_id = %(id)s AND kept.client_id = %(client)s
    """,
    kept=Case,
    incident=Incident,
    closer=User,
)


@dataclass(frozen=True)
class Told:
    """A case as its page shows it; `case` may be a guess that is stored nowhere yet."""

    case: Case
    handling: playbook.Handling
    done: dict[str, CaseStep]
    four_eyes: bool

    @property
    def missing(self) -> tuple[str, ...]:
        return playbook.missing(self.case.kind, self.done)


@dataclass(frozen=True)
class Ended:
    """Cases that were closed, and how many of them won the customer back."""

    closed: int = 0
    recovered: int = 0

    @property
    def share(self) -> float | None:
        return self.recovered / self.closed if self.closed else None


def is_criticism(conversation: Conversation) -> bool:
    """Whether the playbook counts here; imported history is left alone."""
    return not conversation.historic and playbook.critical(conversation.sentiment, conversation.stars)


def rules(client: Client) -> Playbook:
    """What the client wants, or the defaults."""
    try:
        return client.playbook
    except Playbook.DoesNotExist:
        return Playbook(client=client)


@transaction.atomic
def change_rules(*, client: Client, actor: User, **changes) -> Playbook:
    """four_eyes_stars 1 to 5, four_eyes_kinds, crisis_count 2 to 1,000, crisis_minutes 5 to 10,080. Raises Refused."""
    bounds = {"four_eyes_stars": (1, 5), "crisis_count": (2, 1_000), "crisis_minutes": (5, MOST_MINUTES)}
    for name, (low, high) in bounds.items():
        if name in changes and not low <= changes[name] <= high:
            raise Refused(name, f"must be a whole number from {low} to {high}")
    if set(changes.get("four_eyes_kinds", ())) - set(playbook.KINDS):
        raise Refused("four_eyes_kinds", f"must be one of {', '.join(playbook.KINDS)}")
    Playbook.objects.get_or_create(client=client)
    row = Playbook.objects.select_for_update().get(client=client)
    before = {name: getattr(row, name) for name in changes}
    for name, value in changes.items():
        setattr(row, name, value)
    row.version, row.updated_at = row.version + 1, timezone.now()
    row.save()
    audit.record(client, actor, "playbook.changed", "client", client.id, before, changes)
    return row


def suggested(conversation: Conversation, newest: Interaction | None = None) -> str:
    """The kind that the newest message suggests; who has read it already hands it over."""
    said = conversation.interactions.filter(direction="in", deleted_at=None)
    last = newest or said.order_by("-received_at", "-id").first()
    text, codes = (last.text, {reason["code"] for reason in last.reasons}) if last else ("", set())
    return playbook.suggest(text, conversation.stars, codes)


def of(conversation: Conversation) -> Case | None:
    return Case.objects.filter(client_id=conversation.client_id, conversation=conversation).first()


def told(conversation: Conversation, newest: Interaction | None = None) -> Told | None:
    """The case with its checklist; a guess where nobody has begun, None where there is no criticism (any more).

    `newest` as in `suggested`.
    """
    if not is_criticism(conversation):
        return None
    found = KEPT.one(id=conversation.id, client=conversation.client_id)
    if found is None:
        kind = suggested(conversation, newest)
        case = Case(conversation=conversation, client_id=conversation.client_id, kind=kind)
    else:
        case, case.incident, case.closer = found
    done = {row.step: row for row in case.done.select_related("user")} if case.pk else {}
    return Told(case, playbook.KINDS[case.kind], done, _four_eyes(conversation, case.kind))


def needs_four_eyes(conversation: Conversation) -> bool:
    """Whether an answer here goes out only after a second person agreed."""
    case = of(conversation)
    if case is None and not is_criticism(conversation):
        return False
    return _four_eyes(conversation, case.kind if case else suggested(conversation))


def _four_eyes(conversation: Conversation, kind: str) -> bool:
    wanted = rules(conversation.client)
    return playbook.four_eyes(
        kind, conversation.stars, most_stars=wanted.four_eyes_stars, kinds=wanted.four_eyes_kinds
    )


def may_answer(conversation: Conversation, user: User) -> bool:
    """Whether the kind of criticism leaves the answer to this person's role."""
    case = of(conversation)
    if case is None or playbook.KINDS[case.kind].roles == playbook.ALL:
        return True
    roles = Membership.objects.filter(user=user, agency_id=conversation.agency_id).values_list("role", flat=True)
    return any(role in playbook.KINDS[case.kind].roles for role in roles)


@transaction.atomic
def open_case(*, conversation: Conversation, kind: str = "", at: datetime | None = None) -> Case:
    """The conversation's case, made if there is none; safe twice and at once."""
    found, _made = Case.objects.get_or_create(
        client_id=conversation.client_id,
        conversation=conversation,
        defaults={"kind": kind or suggested(conversation), "opened_at": at or timezone.now()},
    )
    return found


@transaction.atomic
def choose(*, conversation: Conversation, user: User, kind: str) -> Case:
    """A person's word on the kind. What waits to be sent but now needs four eyes is held back. Raises Refused."""
    if kind not in playbook.KINDS:
        raise Refused("kind", f"must be one of {', '.join(playbook.KINDS)}")
    _hold(conversation)
    case = _locked(conversation)
    if case.outcome and case.outcome not in playbook.KINDS[kind].outcomes:
        raise Conflict(f"A case of the kind {kind} can't have ended as {case.outcome}.", "outcome_differs")
    before, case.kind, case.chooser = case.kind, kind, user
    case.save(update_fields=["kind", "chooser"])
    if needs_four_eyes(conversation):
        waiting = Reply.objects.filter(client_id=case.client_id, conversation=conversation, state="queued")
        waiting.filter(releaser=None).update(state="review")
    _record(conversation, user, "case.kind", {"kind": before}, {"kind": kind})
    return case


@transaction.atomic
def do(*, conversation: Conversation, user: User, step: str, done: bool = True, at: datetime | None = None) -> Case:
    """Tick a step of the playbook off, or take that back. Raises Refused."""
    case = _locked(conversation)
    if step not in playbook.KINDS[case.kind].steps:
        raise Refused("step", f"must be one of {', '.join(playbook.KINDS[case.kind].steps)}")
    if done:
        changed = CaseStep.objects.get_or_create(
            client_id=case.client_id, case=case, step=step, defaults={"user": user, "at": at or timezone.now()}
        )[1]
    else:
        changed = bool(case.done.filter(step=step).delete()[0])
    if changed:
        _record(conversation, user, "case.step", None, {"step": step, "done": done})
    return case


@transaction.atomic
def close(*, conversation: Conversation, user: User, outcome: str, note: str = "", at: datetime | None = None) -> Case:
    """How it ended; "stands" needs a reason. It may be said anew. Raises Refused."""
    case = _locked(conversation)
    allowed = playbook.KINDS[case.kind].outcomes
    if outcome not in allowed:
        raise Refused("outcome", f"must be one of {', '.join(allowed)}", "required" if not outcome else "invalid")
    note = intake.text(note, "reason", LONGEST, empty=True).strip()
    if outcome == "stands" and not note:
        raise Refused("reason", "say why it has to stand", "required")
    before = {"outcome": case.outcome, "note": case.note}
    case.outcome, case.note, case.closer = outcome, note, user
    case.closed_at = at or timezone.now()
    case.save(update_fields=["outcome", "note", "closer", "closed_at"])
    CaseStep.objects.get_or_create(
        client_id=case.client_id, case=case, step="record_outcome", defaults={"user": user, "at": case.closed_at}
    )
    _record(conversation, user, "case.closed", before, {"outcome": outcome, "note": note})
    return case


def end(conversation: Conversation, user: User, outcome: str = "", reason: str = "") -> None:
    """Before a conversation is closed: criticism needs an outcome, known or told now. Raises Refused."""
    if outcome:
        close(conversation=conversation, user=user, outcome=outcome, note=reason)
    elif is_criticism(conversation):
        case = of(conversation)
        if case is None or not case.outcome:
            raise Refused("outcome", "say how the criticism ended; stands, with a reason, is one way", "required")


def recovered(clients: Iterable[int], low: date, high: date) -> dict[tuple[int, date], Ended]:
    """By client and first day of the month: the cases closed on these local days, and those that ended well."""
    with connection.cursor() as cursor:
        cursor.execute(ENDED, {"clients": list(clients), "low": low, "high": high})
        return {(client, month): Ended(closed, well) for client, month, closed, well in cursor.fetchall()}


def total(ended: Collection[Ended]) -> Ended:
    return Ended(sum(one.closed for one in ended), sum(one.recovered for one in ended))


def _hold(conversation: Conversation) -> None:
    list(Conversation.objects.select_for_update().filter(client_id=conversation.client_id, pk=conversation.pk))


def _locked(conversation: Conversation) -> Case:
    return Case.objects.select_for_update().get(pk=open_case(conversation=conversation).pk)


def _record(conversation: Conversation, user: User | None, action: str, before: dict | None, after: dict) -> None:
    audit.record(conversation.client, user, action, "conversation", conversation.id, before, after)
