"""The check of a client: taken by the agency or by the client itself, and kept for ever."""

from collections.abc import Mapping
from dataclasses import asdict

from django.db import transaction
from django.db.models import QuerySet

from agency.models import User
from clients import audit
from clients.models import Client, Readiness
from clients.refusal import Refused

from . import questionnaire, verdict


def judged(answers: object) -> dict:
    """The columns of a check with these answers. Raises Refused, naming each question that is at fault."""
    if not isinstance(answers, Mapping):
        raise Refused("answers", "must be an object of question and answer")
    if faults := verdict.unknown(answers):
        raise Refused(errors=[(f"answers.{key}"[:200], text) for key, text in faults.items()][:50])
    found = verdict.judge(answers)
    return {
        "version": questionnaire.VERSION,
        "answers": dict(answers),
        "outcome": found.outcome,
        "score": found.score,
        "verdict": asdict(found),
    }


@transaction.atomic
def take(*, client: Client, actor: User | None, answers: object) -> Readiness:
    """One more check of the client. Raises Refused."""
    check = Readiness.objects.create(client=client, taker=actor, **judged(answers))
    after = {"outcome": check.outcome, "score": check.score}
    audit.record(client, actor, "readiness.checked", "readiness", check.id, after=after)
    return check


def of(client: Client) -> QuerySet[Readiness]:
    """The client's checks, the newest first."""
    return Readiness.objects.filter(client=client).select_related("taker").order_by("-taken_at", "-id")
