"""Puts the demo's posts into time and into every state, as if they had been planned and approved all along."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from itertools import cycle
from zoneinfo import ZoneInfo

from agency.models import User
from clients.models import Channel, Client

from .. import approval, posts, questions, rhythm
from ..models import Decision, Post, Publication, Question
from ..vocabulary import WAITING, Approval, Stage, State
from .texts import IDEAS, QUESTIONS, REASONS

WEEKS_BACK = 13
SLOTS = ((1, "09:30"), (4, "17:15"))  # Tuesday and Friday
NETWORKS = ("facebook", "instagram")  # the channels of the demo that posts go to
ASKING = ("tidenhub", "blauer-dachs", "kommakrebs")  # approve every post themselves
AHEAD = (State.SCHEDULED, State.CLIENT_REVIEW, State.IN_REVIEW, State.SCHEDULED)
ODD = {  # by client: what went another way in the last weeks
    "tidenhub": (State.HELD, State.MISSED),
    "vennhusen": (State.FAILED, State.CANCELLED),
    "kommakrebs": (State.UNCONFIRMED,),
    "wiesenquast": (State.APPROVED, State.DRAFT),
}
EAGER = {"wiesenquast": 5, "sehmoewe": 4}  # posts a week that were agreed, which are not kept
AIMS = {"tip": 30, "event": 20, "product": 20, "behind_the_scenes": 15, "job": 5, "reaction": 10}  # percent
LATE = {"tidenhub": 3, "kommakrebs": 20}  # hours until the slot of a post that still waits for its approval
UNDATED = (State.DRAFT, State.APPROVED)
LINKED = ("event", "product", "job")  # once they are out: before, links are checked, and no homepage here answers


@dataclass(frozen=True)
class Plan:
    """A post to be: when, how far it got, which idea."""

    at: datetime
    state: str
    kind: str
    text: str


def add(client: Client, author: User, approver: User, now: datetime) -> None:
    """The rule, posts and questions of one client, whose scope is open."""
    rule = approval.change_rule(
        client=client,
        actor=None,
        approval=Approval.CLIENT if client.slug in ASKING else Approval.INTERNAL,
        routine_kinds=["behind_the_scenes"] if client.slug == "kommakrebs" else [],
    )
    channels = list(Channel.objects.filter(client=client, slug__in=NETWORKS).order_by("id"))
    for channel in channels:
        rhythm.agree(client=client, channel=channel, actor=None, least=EAGER.get(client.slug, 2), most=7)
    if channels:
        rhythm.aim(client=client, actor=None, targets=AIMS)
        plans = list(_plans(client, ZoneInfo(posts.zone_of(client)), now))
        made = Post.objects.bulk_create([_post(client, plan, author, now) for plan in plans])
        rows = [
            _publication(post, channel, plan, now)
            for post, plan in zip(made, plans, strict=True)
            for channel in channels
        ]
        Publication.objects.bulk_create(rows)
        Decision.objects.bulk_create([one for row in rows for one in _decisions(row, rule, approver)])
    _ask(client, approver, now)


def _plans(client: Client, zone: ZoneInfo, now: datetime) -> Iterator[Plan]:
    """Ideas by turns: sent ones in the past weeks, then what is under way, then what went another way."""
    ideas = cycle(IDEAS[client.slug])
    slots = _slots(zone, now)
    for at in (at for at in slots if at <= now):
        yield Plan(at, State.SENT, *next(ideas))
    ahead = cycle(AHEAD if client.slug in ASKING else [state for state in AHEAD if state != State.CLIENT_REVIEW])
    for at in (at for at in slots if at > now):
        yield Plan(at, next(ahead), *next(ideas))
    if client.slug in LATE:
        at = now + timedelta(hours=LATE[client.slug])
        yield Plan(at.replace(second=0), State.CLIENT_REVIEW, *next(ideas))
    for place, state in enumerate(ODD.get(client.slug, ())):
        at = now + timedelta(days=2) if state == State.HELD else now - timedelta(days=2 + place, hours=3)
        yield Plan(at.replace(second=0), state, *next(ideas))


def _slots(zone: ZoneInfo, now: datetime) -> list[datetime]:
    today = now.astimezone(zone).date()
    monday = today - timedelta(days=today.weekday())
    return [
        datetime.combine(monday + timedelta(weeks=week, days=day), time.fromisoformat(clock), zone).astimezone(UTC)
        for week in range(-WEEKS_BACK, 3)
        for day, clock in SLOTS
    ]


def _post(client: Client, plan: Plan, author: User, now: datetime) -> Post:
    campaign = client.campaigns.order_by("id").first() if plan.kind in ("event", "product") else None
    post = Post(
        client=client,
        campaign=campaign,
        kind=plan.kind,
        text=plan.text,
        link=client.homepage if plan.state == State.SENT and plan.kind in LINKED else "",
        publish_at=None if plan.state in UNDATED else plan.at,
        evergreen=plan.kind == "tip",
        author=author,
        created_at=min(plan.at, now) - timedelta(days=6),
        updated_at=min(plan.at, now) - timedelta(days=4),
    )
    posts.place_in_time(post)
    return post


def _publication(post: Post, channel: Channel, plan: Plan, now: datetime) -> Publication:
    sent = plan.state == State.SENT
    row = Publication(
        client_id=post.client_id,
        post=post,
        channel=channel,
        state=plan.state,
        held_from=State.SCHEDULED if plan.state == State.HELD else "",
        planned_at=None if plan.state in (*UNDATED, *WAITING) else plan.at,
        due_at=plan.at if plan.state == State.SCHEDULED else None,
        reason=REASONS.get(plan.state, ""),
        updated_at=min(plan.at, now),
    )
    if sent:
        row.sent_at = plan.at + timedelta(seconds=2)
        row.external_id = f"demo-{channel.id}-{plan.at:%Y%m%d}"
        row.url = f"https://{channel.slug}.example/{row.external_id}"
    if plan.state == State.CLIENT_REVIEW:
        row.asked_at = post.updated_at + timedelta(days=1)
    if plan.state in WAITING:
        row.due_at = plan.at - timedelta(hours=approval.rule_of(post.client).remind_hours)
    return row


def _decisions(row: Publication, rule, approver: User) -> Iterator[Decision]:
    """What had to be decided for the post to be where it is."""
    asked = () if row.state in (State.DRAFT, State.IN_REVIEW) else approval.stages(row.post, rule)
    if row.state in (State.CLIENT_REVIEW, State.MISSED):
        asked = (Stage.INTERNAL,)
    for place, stage in enumerate(asked):
        yield Decision(
            client_id=row.client_id,
            publication=row,
            stage=stage,
            verdict="approve",
            hash=approval.hash_of(row.post, row),
            user=approver,
            reason="am Telefon" if stage == Stage.CLIENT else "",
            at=row.post.updated_at + timedelta(hours=place),
        )


def _ask(client: Client, asker: User, now: datetime) -> None:
    if client.slug not in QUESTIONS:
        return
    text, answer = QUESTIONS[client.slug]
    question = questions.ask(client=client, actor=asker, text=text)
    asked_at = now - timedelta(days=1, hours=4)
    Question.objects.filter(pk=question.pk).update(asked_at=asked_at, due_at=asked_at + (question.due_at - now))
    if answer:
        question.refresh_from_db()
        questions.answer(question, text=answer, actor=asker, reason="am Telefon")
