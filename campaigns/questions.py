"""Questions to the client: asked, answered and measured like a promise, the other way round."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from agency import rights
from agency.models import Role, User
from clients import access, audit, calendars, notices
from clients.hours import HorizonError
from clients.models import Calendar, Client
from clients.refusal import Conflict, Refused
from clients.scope import scope

from . import reverse
from .models import ApprovalLink, Post, Question

WITHIN = 16 * 3600  # business seconds a client has to answer, two days of 9 to 17
AT_ONCE, SHOWN = 200, 200


@transaction.atomic
def ask(
    *, client: Client, actor: User | None, text: str, post: Post | None = None, within: int = WITHIN
) -> Question:
    """A new question to the client, due after `within` business seconds of its own. Raises Refused."""
    now = timezone.now()
    hours = calendars.build(Calendar.objects.get(client=client).document)
    try:
        due_at = hours.add(now, within)
    except HorizonError:
        raise Refused("within", "lies more than 400 days ahead", "beyond_horizon") from None
    question = Question.objects.create(client=client, post=post, text=text, asker=actor, asked_at=now, due_at=due_at)
    audit.record(client, actor, "question.asked", "question", question.id, after={"post": post and post.id})
    notices.tell(client, "question_asked", str(question.id), roles=(Role.APPROVER,), question=text[:SHOWN])
    return question


@transaction.atomic
def answer(
    question: Question,
    *,
    text: str,
    actor: User | None = None,
    link: ApprovalLink | None = None,
    for_client: bool = False,
    reason: str = "",
) -> Question:
    """The client's answer; who writes it down in its place says how it is known. Raises Refused, Conflict."""
    question = _open(question)
    if not for_client and not reason.strip():
        raise Refused("reason", "is needed: you answer in the client's place", "required")
    now = timezone.now()
    question.answer, question.answered_at, question.answerer, question.link = text, now, actor, link
    question.reason = "" if for_client else reason.strip()
    for field, seconds in reverse.taken(question.client, question.asked_at, now).items():
        setattr(question, field, seconds)
    question.save()
    by = link.name if link else ""
    audit.record(question.client, actor, "question.answered", "question", question.id, after={"by": by})
    if question.asker:
        told = {"people": [question.asker], "question": question.text[:SHOWN]}
        notices.tell(question.client, "question_answered", str(question.id), **told)
    return question


@transaction.atomic
def withdraw(question: Question, *, actor: User | None) -> Question:
    """Nobody needs the answer any more; it is counted nowhere. Raises Conflict."""
    question = _open(question)
    question.withdrawn_at = timezone.now()
    question.save(update_fields=["withdrawn_at"])
    audit.record(question.client, actor, "question.withdrawn", "question", question.id)
    return question


def _open(question: Question) -> Question:
    found = Question.objects.select_for_update(of=["self"]).select_related("client__agency", "asker")
    question = found.get(client_id=question.client_id, pk=question.pk)
    if question.answered_at or question.withdrawn_at:
        raise Conflict("This question is settled already.", "not_open")
    return question


def of_link(link: ApprovalLink) -> QuerySet[Question]:
    """What the holder of the link may answer: the open questions about its posts."""
    rows = Question.objects.filter(client=link.client, post__in=link.posts, answered_at=None, withdrawn_at=None)
    return rows.select_related("client__agency", "asker").order_by("id")


def remind(*, now: datetime) -> int:
    """Tell the client's people and the asker once of each question that is overdue. Returns of how many."""
    with scope(access.live_client_ids()):
        overdue = Question.objects.filter(answered_at=None, withdrawn_at=None, reminded_at=None, due_at__lt=now)
        held = list(
            overdue.select_for_update(of=["self"], skip_locked=True)
            .select_related("client__agency", "asker")
            .order_by("due_at")[:AT_ONCE]
        )
        for question in held:
            _remind(question)
        Question.objects.filter(id__in=[question.id for question in held]).update(reminded_at=now)
    return len(held)


def _remind(question: Question) -> None:
    people = {person.id: person for person in access.people(question.client, (Role.APPROVER, *rights.ALERTED))}
    if question.asker:
        people[question.asker.id] = question.asker
    zone = Calendar.objects.values_list("document__zone", flat=True).get(client=question.client)
    since = f"{question.asked_at.astimezone(ZoneInfo(zone)):%Y-%m-%dT%H:%M}"
    values = {"question": question.text[:SHOWN], "at": since}
    notices.tell(question.client, "question_overdue", str(question.id), people=people.values(), **values)
