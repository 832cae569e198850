"""The agency of `seed_load`, with all that its pages show besides: plans, posts, numbers, approvals, a long log."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random

from django.db import models
from django.utils import timezone

from agency.models import Role, User
from agency.roles import as_owner
from campaigns import benchmark, snapshots
from campaigns import rollup as numbers
from campaigns.models import Cadence, MixTarget, Post, Publication, Question, Snapshot
from campaigns.snapshots import Reading
from campaigns.vocabulary import State
from clients import directory
from clients.models import Channel, Client, Event
from clients.networks.types import Numbers
from clients.scope import scope
from feedback import rollup
from feedback.demo import load
from feedback.models import Clock, Conversation, Interaction

from .database import execute, fill, owned, vacuum

PASSWORD = "long enough 4711"
BACK, AHEAD, EVERY = 60, 30, 36  # days, days, hours between two posts of a client
AGES = (1, 3, 7, 14, 28)  # days after which a post's numbers are told
UNDER_WAY = (State.SCHEDULED, State.IN_REVIEW, State.CLIENT_REVIEW, State.SCHEDULED, State.DRAFT)
KINDS = ("tip", "event", "product", "behind_the_scenes", "job")
EVENTS, QUESTIONS, BATCH = 50, 2, 5_000  # of each client; rows at once

COPIED = (Conversation, Interaction, Clock, Post, Publication, Snapshot)
CLOSED = {
    Conversation: "t.due_at IS NULL",
    Interaction: "(SELECT due_at FROM feedback_conversation c WHERE c.id = t.conversation_id) IS NULL",
    Clock: "(SELECT due_at FROM feedback_conversation c WHERE c.id = t.conversation_id) IS NULL",
    Post: "t.publish_at < %(now)s",
    Publication: "t.state = 'sent'",
    Snapshot: "t.publication_id IS NOT NULL",
}
UNIQUE = ("thread_id", "external_id")
# What a copy says instead where its original goes on: it was dealt with a day later.
ENDED = {
    (Conversation, "status"): "'resolved'",
    (Clock, "outcome"): "CASE t.outcome WHEN 'open' THEN 'measured' ELSE t.outcome END",
    (Clock, "stopped_at"): "coalesce(t.stopped_at, t.started_at + interval '1 day')",
    (Clock, "business_seconds"): "coalesce(t.business_seconds, 28800)",
    (Clock, "wall_seconds"): "coalesce(t.wall_seconds, 86400)",
}


class City:
    """So many clients and messages; the people sign in with PASSWORD."""

    def __init__(self, clients: int, messages: int):
        self.now = timezone.now()
        self.agency = load.make(clients=clients, messages=messages, now=self.now)
        self.owner = self.agency.memberships.get(role=Role.OWNER).user
        self.owner.set_password(PASSWORD)
        self.owner.save()
        self.clients = list(Client.objects.filter(agency=self.agency).order_by("id"))
        self.ids = [client.id for client in self.clients]
        self.steward = self._member("stina", Role.MANAGER, self.clients)
        self.manager = self._member("mila", Role.MANAGER, self.clients[:1])
        self.approver = self._member("ada", Role.APPROVER, self.clients[:1])
        for client in self.clients:
            with scope([client.id]):
                self._publish(client, Random(client.slug))
        self._sum()

    def age(self, times: int) -> None:
        """So many copies of everything that is closed, each 90 days older than the one before."""
        walled = [name for (name,) in execute("SELECT relname FROM pg_class WHERE relforcerowsecurity")]
        with owned(walled), scope(self.ids):
            last = {model: execute(f"SELECT max(id) FROM {model._meta.db_table}")[0][0] for model in COPIED}
            for model in COPIED:
                fill(_copies(model, last), {"now": self.now, "times": times})
                _count_on(model, last[model] * (times + 1))
        self._sum()

    def _member(self, name: str, role: str, clients: list[Client]) -> User:
        email = f"{name}@city.example"
        made = directory.add_member(
            agency=self.agency, email=email, name=name.title(), role=role, clients=clients, actor=None
        )
        made.user.set_password(PASSWORD)
        made.user.save()
        return made.user

    def _publish(self, client: Client, chance: Random) -> None:
        channels = list(Channel.objects.filter(client=client).order_by("id"))
        Cadence.objects.bulk_create(Cadence(client=client, channel=channel, least=3) for channel in channels)
        MixTarget.objects.bulk_create(MixTarget(client=client, kind=kind, share=20) for kind in KINDS)
        posts = Post.objects.bulk_create(self._posts(client))
        rows = [self._publication(post, channel) for post in posts for channel in channels]
        readings = [one for row in Publication.objects.bulk_create(rows) for one in _life(row, chance, self.now)]
        snapshots.take([*readings, *_growth(channels, chance, self.now)])
        asked_at = self.now - timedelta(days=2)
        Question.objects.bulk_create(
            Question(client=client, text=f"Welches Foto? {n}", asker=self.owner, asked_at=asked_at, due_at=self.now)
            for n in range(QUESTIONS)
        )
        Event.objects.bulk_create(
            Event(
                client=client, actor=self.owner, action="post.changed", subject="post", subject_id=posts[n].id,
                before={"title": "Alt"}, after={"title": "Neu"}, at=self.now - timedelta(hours=n * chance.random()),
            )
            for n in range(EVENTS)
        )  # fmt: skip

    def _posts(self, client: Client) -> Iterator[Post]:
        begin = self.now - timedelta(days=BACK)
        for place in range((BACK + AHEAD) * 24 // EVERY):
            at = begin + timedelta(hours=place * EVERY)
            yield Post(
                client=client, kind=KINDS[place % len(KINDS)], title=f"Beitrag {place}",
                text="Frisch aus dem Ofen. " * 9, author=self.owner,
                publish_at=at, local_time=f"{at:%Y-%m-%dT%H:%M}", zone="Europe/Berlin",
                created_at=min(at, self.now) - timedelta(days=6), updated_at=min(at, self.now) - timedelta(days=4),
            )  # fmt: skip

    def _publication(self, post: Post, channel: Channel) -> Publication:
        at, sent = post.publish_at, post.publish_at < self.now
        state = State.SENT if sent else UNDER_WAY[post.id % len(UNDER_WAY)]
        return Publication(
            client_id=post.client_id, post=post, channel=channel, state=state, planned_at=at if sent else None,
            sent_at=at if sent else None, external_id=f"{post.id}-{channel.id}" if sent else "",
            updated_at=post.updated_at, asked_at=post.updated_at if state == State.CLIENT_REVIEW else None,
        )  # fmt: skip

    def _sum(self) -> None:
        """All that is summed from facts, as the sweeps would have done it."""
        vacuum(*(model._meta.db_table for model in COPIED))
        for id in self.ids:
            with scope([id]):
                rollup.rebuild(id)
                numbers.rebuild(id)
        benchmark.count_cohorts(now=self.now)
        vacuum("feedback_serviceday", "feedback_volumeday", "campaigns_numbersday", "campaigns_cohort", "clients_event")


def _life(row: Publication, chance: Random, now: datetime) -> Iterator[Reading]:
    if row.sent_at is None:
        return
    reach = chance.randrange(200, 900)
    for age in AGES:
        at = row.sent_at + timedelta(days=age)
        if at < now:
            seen = reach * age // AGES[-1]
            told = {"reach": seen, "impressions": seen * 2, "reactions": seen // 20, "comments": seen // 90}
            yield Reading(row.client_id, row.channel_id, row.id, at, "api", Numbers(**told))


def _growth(channels: list[Channel], chance: Random, now: datetime) -> Iterator[Reading]:
    """The followers of each channel, once a day."""
    for channel in channels:
        followers = chance.randrange(400, 4_000)
        for day in range(BACK):
            told = Numbers(followers=followers - day)
            yield Reading(channel.client_id, channel.id, None, now - timedelta(days=day), "api", told)


def _copies(model: type[models.Model], last: dict[type[models.Model], int]) -> str:
    """Ids and references move by whole lengths of their tables, instants by 90 days a copy."""
    fields = model._meta.concrete_fields
    names = ", ".join(field.column for field in fields)
    values = ", ".join(_moved(field, last) for field in fields)
    return (
        f"INSERT INTO {model._meta.db_table} ({names}) SELECT {values} FROM {model._meta.db_table} t, "
        f"generate_series(1, %(times)s) k WHERE t.id <= {last[model]} AND {CLOSED[model]}"
    )


def _moved(field: models.Field, last: dict[type[models.Model], int]) -> str:
    of = field.model if field.primary_key else field.related_model
    value = ENDED.get((field.model, field.column), f"t.{field.column}")
    if of in last:
        return f"{value} + k * {last[of]}"
    if isinstance(field, models.DateTimeField):
        return f"{value} - k * interval '90 days'"
    return f"{value} || '-' || k" if field.column in UNIQUE else value


def _count_on(model: type[models.Model], id: int) -> None:
    with as_owner():
        execute("SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)", model._meta.db_table, id)
