"""What becomes of posts that wait for a person: reminders, and what the client chose for a slot without its answer."""

from datetime import datetime, timedelta

import structlog
from django.db import DatabaseError, connection

from agency import rights
from agency.models import Role, User
from clients import access, audit, notices
from clients.refusal import Conflict, Refused
from clients.scope import scope

from . import approval, evergreen, outgoing, posts, reports
from .models import Decision, Post, Publication, PublishingRule
from .vocabulary import WAITING, Overdue, Stage, State, Verdict

log = structlog.get_logger(__name__)
AT_ONCE = 200
DUE = """
SELECT DISTINCT client_id, post_id FROM campaigns_publication
WHERE state IN ('in_review', 'client_review') AND due_at <= %s LIMIT %s
"""
STAND_IN = "As approved in post {id}; the client had chosen the evergreen pool for slots without its answer."
UNANSWERED = "The client did not answer before the slot and had chosen to publish then."


def watch(*, now: datetime) -> int:
    """Remind of reviews, and decide about slots that came without one. Returns how many posts were looked at."""
    with scope(access.live_client_ids()):
        with connection.cursor() as cursor:
            cursor.execute(DUE, [now, AT_ONCE])
            due = cursor.fetchall()
    seen = 0
    for client_id, post_id in due:
        try:
            with scope([client_id]):
                _look(Post.objects.select_related("client__agency", "campaign").get(pk=post_id), now)
            seen += 1
        except (Conflict, Refused, DatabaseError):  # the others don't wait for it
            log.exception("review_not_watched", client_id=client_id, post_id=post_id)
    return seen


def _look(post: Post, now: datetime) -> None:
    rows = [row for row in posts.locked(post) if row.state in WAITING and row.due_at and row.due_at <= now]
    post.refresh_from_db()
    if not rows or post.publish_at is None:
        return
    rule = approval.rule_of(post.client)
    if now >= post.publish_at:
        _slot_came(post, rows, rule)
        return
    escalate_at = post.publish_at - timedelta(hours=rule.escalate_hours)
    escalated = now >= escalate_at
    for row in rows:
        row.due_at = post.publish_at if escalated else escalate_at
    Publication.objects.bulk_update(rows, ["due_at"])
    _remind(post, rows, escalated)


def _remind(post: Post, rows: list[Publication], escalated: bool) -> None:
    """First whoever has to decide, then those who steer as well; each once for a slot."""
    people = {person.id: person for row in rows for person in _asked(post, row.state)}
    if escalated:
        people |= {person.id: person for person in access.people(post.client, rights.ALERTED)}
    key = f"{post.id}:{post.publish_at:%Y%m%d%H%M}:{'escalated' if escalated else 'reminded'}"
    notices.tell(post.client, "approval_overdue", key, people=people.values(), at=reports.slot(post))


def _asked(post: Post, state: str) -> list[User]:
    roles = rights.ALERTED if state == State.IN_REVIEW else (Role.APPROVER,)
    return list(access.people(post.client, roles))


def _slot_came(post: Post, rows: list[Publication], rule: PublishingRule) -> None:
    """The client's own choice counts at the client's stage only; what the agency left open is skipped."""
    unanswered = [row for row in rows if approval.missing(post, row, rule) == Stage.CLIENT]
    if rule.overdue == Overdue.PUBLISH:
        for row in unanswered:
            _approve(post, row, Stage.CLIENT, UNANSWERED)
        stood = outgoing.states(unanswered)
        posts.go_on(post, unanswered)
        outgoing.moved(post, stood, unanswered)
    left = [row for row in rows if row.state in WAITING]
    for row in left:
        row.state, row.due_at, row.asked_at = State.MISSED, None, None
        row.reason = "The approval did not come before the slot."
        reports.told(row, row.state, row.reason, at=None)
    posts.save(left)
    for row in left:
        outgoing.ended(post, row, row.state, row.reason, "")
    if rule.overdue == Overdue.EVERGREEN and left and left == unanswered:
        _stand_in(post, {row.channel.slug for row in left}, rule)


def _stand_in(post: Post, channels: set[str], rule: PublishingRule) -> None:
    """In the slot goes a post of the evergreen pool whose words and pictures were approved when it was first said."""
    found = evergreen.pick(post.client, channels, post.publish_at)
    if found is None:
        return
    made = evergreen.reuse(post=found, actor=post.author, channels=channels, publish_at=post.publish_at)
    for row in posts.locked(made):
        for stage in approval.stages(made, rule):
            _approve(made, row, stage, STAND_IN.format(id=found.id))
    posts.act(made, "submit", actor=None)


def _approve(post: Post, row: Publication, stage: Stage, reason: str) -> None:
    """What the client decided beforehand, written down as the decision that the gate asks for."""
    said = {"stage": stage, "verdict": Verdict.APPROVE, "hash": approval.hash_of(post, row), "reason": reason}
    made = Decision.objects.create(client_id=row.client_id, publication=row, **said)
    after = {"post": post.id, "channel": row.channel.slug, "stage": stage, "reason": reason}
    audit.record(post.client, None, "post.approve", "publication", row.id, after=after)
    outgoing.decided(post, made, row, None)
