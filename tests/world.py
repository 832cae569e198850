"""A furnished client: rows in every table that could leak, with words and ids that appear nowhere else."""

import hashlib
from collections.abc import Iterable
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta

from django.apps import apps
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection, models, transaction
from django.utils import timezone

from agency.models import Agency, Endpoint, Membership, Token, User
from agency.roles import as_owner
from campaigns import approval, feeds, library, links, planning, posts, questions, rhythm, slots, templates
from campaigns.effort import budget, entries, outcomes
from campaigns.models import (
    Campaign,
    Click,
    ClickDay,
    Cohort,
    LinkCheck,
    Media,
    NumbersDay,
    Observation,
    Post,
    Publication,
    ShortLink,
    Snapshot,
    StaleDay,
)
from campaigns.strategy import signing as strategies
from campaigns.vocabulary import Verdict
from clients import access, contacts, directory, invitations, notices
from clients.models import Assignment, Attempt, Channel, Client, Delivery, Invitation
from clients.networks.types import Author
from clients.readiness import checks
from clients.readiness.questionnaire import QUESTIONS
from clients.scope import scope
from clients.webhooks import endpoints, outbox, signing
from feedback import cases, desk, disclosures, incidents, saved
from feedback.models import (
    Alert,
    BlockedAuthor,
    Conversation,
    DirtyDay,
    Export,
    Import,
    InboundEvent,
    Interaction,
    Pause,
    Refusal,
    Reply,
    ServiceDay,
    VolumeDay,
)
from feedback.report import monthly
from tests import factories

OWNED = [model for model in apps.get_models() if hasattr(model, "client_id") and model not in (Assignment, Channel)]
NUMBERED = [*(model for model in OWNED if model._meta.pk.name == "id")]
NUMBERED += [Channel, Endpoint, Invitation, Membership, Token]


@dataclass
class Place:
    """One furnished client: the names by which requests speak of it, and its ids by table."""

    client: Client
    word: str
    staff: User
    channel: Channel
    hooked: Channel
    campaign: Campaign
    conversation: Conversation | None = None
    other: Conversation | None = None
    post: Post | None = None
    picture: Media | None = None
    ids: dict[type[models.Model], list[int]] = field(default_factory=dict)

    def id(self, model: type[models.Model]) -> int:
        return self.ids[model][0]


def number_from(first: int) -> None:
    """Let new rows of each table count from a far number of their own, so that an id tells whose it is."""
    with as_owner(), connection.cursor() as cursor:
        for place, model in enumerate(NUMBERED):
            sequence = f"{model._meta.db_table}_id_seq"
            cursor.execute(f'ALTER SEQUENCE "{sequence}" RESTART WITH {first + place * 1_000_000}')


def furnish(agency: Agency, name: str, word: str, staff: User, readers: Iterable[User], sums: int = 555_000) -> Place:
    """A client with something in every table; every free text holds the word, every sum lies just above `sums`.

    `readers` get an alert about it.
    """
    client = factories.client(agency, f"{name}-{word}-client")
    with scope([client.id]):
        directory.change_client(client=client, actor=staff, name=f"Name {word}", homepage=f"https://{word}.example")
        place = Place(client, word, staff, _channel(client, word), *_network(client, word, staff))
        endpoint = _endpoint(place)
        place.conversation, place.other = _talk(place.channel, word, "a"), _talk(place.channel, word, "b")
        told = {"people": readers, "channel": word, "reason": f"reason {word}"}
        answers = {question.key: next(iter(question.options)) for question in QUESTIONS}
        checks.take(client=client, actor=staff, answers=answers)
        document = strategies.EMPTY | {"summary": f"Strategy {word}", "goals": [{
            "slug": f"goal-{word}", "text": f"Goal {word}", "measure": "reach", "start": 0, "target": 1_000,
            "begins_on": "2026-01-01", "ends_on": "2100-01-01"}]}  # fmt: skip
        strategies.write(client=client, actor=staff, document=document)
        strategies.offer(client=client, actor=staff)
        strategies.sign(client=client, number=1, actor=staff, signed_as=f"Name {word}")
        strategies.write(client=client, actor=staff, document=document, note=f"Note {word}")
        strategies.offer(client=client, actor=staff)
        day = timezone.localdate() - timedelta(days=40)
        entries.enter(client=client, person=staff, activity="answer", day=day, minutes=30, note=f"Time {word}")
        outcomes.declare(client=client, kind="call", day=day, count=3, actor=staff, source=f"Source {word}")
        outcomes.assume(client=client, kind="call", cents=900, reason=f"Reason {word}", since=day, actor=staff)
        budget.agree(client=client, actor=staff, fee_cents=65_000, minutes=600, hour_cents=4_500, step=15)
        before = (day.replace(day=1) - timedelta(days=1)).replace(day=1)
        budget.lock(client=client, month=before, actor=staff, now=timezone.now())
        feeds.renew(client=client, actor=staff)
        notices.tell(client, "post_failed", f"key-{word}", **told)  # theirs come first
        _know(place)
        _work(place)
        _publish(place)
        _measure(place, sums)
        _plan(place)
        _fill(place, readers)
        _sums(place, sums)
        _report(place)
        _deliver(place)
        place.ids = {model: _ids(model, client) for model in (*OWNED, Channel)} | {Endpoint: [endpoint.id]}
    return place


def _report(place: Place) -> None:
    """A draft, because a released one can't be changed by any request."""
    month = (timezone.localdate().replace(day=1) - timedelta(days=1)).replace(day=1)
    made = monthly.draft(client=place.client, month=month, actor=place.staff)
    monthly.comment(made, text=f"Comment {place.word}", actor=place.staff)


def _channel(client: Client, word: str) -> Channel:
    made = factories.channel(client, f"line-{word}-channel")
    made.name, made.account, made.trouble = f"Line {word}", f"account {word}", f"trouble {word}"
    made.save()
    return made


def _network(client: Client, word: str, staff: User) -> tuple[Channel, Campaign]:
    """A channel with webhooks, and a campaign."""
    hooked = directory.add_channel(
        client=client, slug=f"net-{word}-network", name=f"Net {word}", network="sandbox", actor=staff,
        account=f"account-{word}", credentials={"token": f"secret-{word}"}, connected_at=factories.LONG_AGO,
    )  # fmt: skip
    hooked.hook_key = f"{word}-hook-{client.id}"
    hooked.save()
    return hooked, planning.add_campaign(
        client=client, slug=f"spring-{word}-campaign", name=f"Spring {word}", goal=f"Sell {word}", actor=staff
    )


def _endpoint(place: Place) -> Endpoint:
    """An address to which all that happens to the client goes from now on."""
    made = Endpoint.objects.create(
        agency=place.client.agency, creator=place.staff, url=f"https://{place.word}.example/hooks", events=["*"],
        description=f"Hook {place.word}", every_client=False, client_ids=[place.client.id],
    )  # fmt: skip
    made.secret = endpoints.seal(made, signing.new_secret())
    made.save()
    return made


def _deliver(place: Place) -> None:
    """What was written for the address is on its way, in vain so far."""
    outbox.spread()
    for row in Delivery.objects.filter(client=place.client):
        said = {"url": row.endpoint.url, "status": 500, "answer": f"answer {place.word}", "milliseconds": 9}
        Attempt.objects.create(client=place.client, delivery=row, at=row.at, **said)


def _ids(model: type[models.Model], client: Client) -> list[int]:
    return list(model.objects.filter(client=client).order_by("pk").values_list("pk", flat=True))


def _talk(channel: Channel, word: str, more: str) -> Conversation:
    """Two messages of a customer, the later one edited, long after their promise was due."""
    start = datetime(2026, 3, 2, 9, tzinfo=UTC)
    author, thread = Author(f"author-{word}-{more}", f"Author {word}"), f"thread-{word}-{more}"
    for place, text in enumerate((f"Frage {word}?", f"Beschwerde {word}")):
        at = start + timedelta(hours=place)
        said = {"author": author, "thread": thread, "external_id": f"message-{word}-{more}-{place}"}
        factories.receive(channel, factories.item(text, at=at, **said))
    factories.receive(channel, factories.item(f"Edit {word}", at=at, edited_at=at + timedelta(hours=1), **said))
    return factories.conversation(channel, thread)


def _know(place: Place) -> None:
    """Whom to call at the client."""
    word = place.word
    contacts.add(
        client=place.client, actor=place.staff, name=f"Contact {word}", role=f"Chief {word}", phone="040 123",
        email=f"contact@{word}.example", notes=f"Notes {word}", call_order=1,
    )  # fmt: skip


def invited(place: Place, sender: User) -> Invitation:
    """Somebody who is yet to join the place."""
    return invitations.invite(
        principal=access.of_user(sender), email=f"invited@{place.word}.example", role="viewer", clients=[place.client]
    )


def _work(place: Place) -> None:
    """What people decide; each leaves a row."""
    word, user, conversation = place.word, place.staff, place.conversation
    desk.note(conversation=conversation, user=user, text=f"Note {word}")
    desk.set_campaign(conversation=conversation, user=user, campaign=place.campaign)
    desk.assign(conversation=conversation, user=user, assignee=user)
    desk.wait(conversation=conversation, user=user, on="client", reason=f"Reason {word}")
    desk.resume(conversation=conversation, user=user, reason=f"Reason {word}")
    first = Interaction.objects.filter(conversation=conversation).earliest("id")
    desk.correct(interaction=first, user=user, changes={"sentiment": "positive"})
    cases.change_rules(client=place.client, actor=user, crisis_count=6)
    cases.choose(conversation=conversation, user=user, kind="unfair")
    cases.do(conversation=conversation, user=user, step="check_facts")
    cases.close(conversation=conversation, user=user, outcome="stands", note=f"Reason {word}")
    disclosures.remove(conversation=conversation, user=user, action="hide", reason=f"Reason {word}")
    incident = incidents.open_by_hand(conversation=conversation, user=user, title=f"Storm {word}")
    incidents.decide(incident=incident, user=user, text=f"Decision {word}")


def _publish(place: Place) -> None:
    """A post that its client was asked about, and answered with a wish."""
    word, user, client = place.word, place.staff, place.client
    place.picture, _ = library.add(
        client=client, actor=user, name=f"picture-{word}.png", alt=f"Alt {word}", source=factories.picture()
    )
    approval.change_rule(client=client, actor=user, approval="internal_and_client")
    post = posts.add_post(
        client=client, actor=user, channels=[place.channel.slug], campaign=place.campaign, kind="tip",
        title=f"Title {word}", text=f"Post {word}", link=f"https://{word}.example/", tags=[f"tag-{word}"],
        variants={place.channel.slug: f"Variant {word}"}, publish_at=datetime(2100, 1, 1, tzinfo=UTC),
        media=[place.picture.id],
    )  # fmt: skip
    link, _ = links.make(client=client, posts=[post.id], name=f"Link {word}", email=f"link@{word}.example", actor=user)
    posts.act(post, "submit", actor=user)
    posts.judge(post, Verdict.APPROVE, actor=user, comment=f"Comment {word}")
    posts.judge(post, Verdict.CHANGE, link=link, for_client=True, comment=f"Wish {word}")
    question = questions.ask(client=client, actor=user, text=f"Question {word}", post=post)
    questions.answer(question, text=f"Answer {word}", link=link, for_client=True)
    questions.ask(client=client, actor=user, text=f"Open {word}", post=post)
    place.post = Post.objects.get(id=post.id)


def _measure(place: Place, sums: int) -> None:
    """Numbers of the post, its short link that somebody followed, and a link that does not work."""
    client, word, now = place.client, place.word, timezone.now()
    row = Publication.objects.get(post=place.post)
    of = {"client": client, "channel": place.channel, "publication": row}
    Snapshot.objects.create(**of, observed_at=now, source="manual", reach=sums + 1)
    NumbersDay.objects.create(**of, day=now.date(), snapshots=1, captured_at=now, reach=sums + 1, reactions=sums + 2)
    StaleDay.objects.create(**of, day=now.date())
    Cohort.objects.create(client=client, kind="reach", days=28, n=5, median=sums + 4, counted_at=now)
    Observation.objects.create(**of, trouble=f"trouble {word}")
    link = ShortLink.objects.create(client=client, publication=row, code=f"code-{word}", target=f"https://{word}.example/")
    Click.objects.create(client=client, link=link)
    ClickDay.objects.create(client=client, publication=row, day=now.date(), clicks=sums + 3)
    LinkCheck.objects.create(client=client, post=place.post, url=f"https://{word}.example/", problem=f"problem {word}")
def _plan(place: Place) -> None:
    """When, how often and about what the client is to speak."""
    word, user, client = place.word, place.staff, place.client
    slots.add_slot(client=client, actor=user, weekday=0, time=time(9), channels=[place.channel.slug])
    templates.add_template(
        client=client, actor=user, name=f"Name {word}", kind="tip", title=f"Title {word}", text=f"Text {word} {{dish}}",
        link=f"https://{word}.example/", tags=[f"tag-{word}"],
    )  # fmt: skip
    saved.add_saved_reply(
        client=client, actor=user, shortcut="hello", title=f"Title {word}", text=f"Text {word} {{customer}}"
    )
    rhythm.agree(client=client, channel=place.channel, actor=user, least=1, most=3)
    rhythm.aim(client=client, actor=user, targets={"tip": 60, "event": 40})


def _fill(place: Place, readers: Iterable[User]) -> None:
    """What only time, workers and networks make; numbers that no true sum would have."""
    word, staff, now = place.word, place.staff, timezone.now()
    line = {"client": place.client, "channel": place.channel}
    talk = {"client": place.client, "conversation": place.conversation}
    error = f"error {word}"
    job = Import.objects.create(
        **line, user=staff, filename=f"file-{word}.csv", source=word.encode(), size=99, refused=1, error=error
    )
    Refusal.objects.create(
        client=place.client, job=job, line=2, field="text", reason=f"reason {word}", text=f"text {word}"
    )
    InboundEvent.objects.create(**line, delivery_id=f"delivery-{word}", body=word.encode(), state="failed", error=error)
    Reply.objects.create(
        **(line | talk), text=f"Reply {word}", user=staff, state="failed", error=error, external_id=f"reply-{word}"
    )
    day = now.date()
    export = Export.objects.create(
        client=place.client, user=staff, kind="interactions", format="csv", language="de", low=day, high=day,
        state="finished", error=error, filters={"channels": [place.channel.slug]}, rows=99, size=len(word),
        sha256=hashlib.sha256(word.encode()).hexdigest(), key=f"key-{word}-{place.client.id}",
    )  # fmt: skip
    default_storage.delete(export.path)
    default_storage.save(export.path, ContentFile(word.encode()))
    BlockedAuthor.objects.create(**line, author_id=f"blocked-{word}", user=staff)
    Pause.objects.create(**talk, kind="first", cycle=9, from_at=now)
    told = talk | {"kind": "first", "cycle": 9, "level": "breach", "due_at": now, "deliver_at": now}
    for person in readers:
        Alert.objects.create(**told, recipient=person, mail_error=error)
    Alert.objects.filter(client=place.client).update(deliver_at=now)


def _sums(place: Place, sums: int) -> None:
    cell = {"client": place.client, "channel": place.channel, "day": timezone.now().date(), "sentiment": "neutral",
            "interaction_kind": "comment"}  # fmt: skip
    ServiceDay.objects.create(
        **cell, clock_kind="first", started=sums + 1, answered=sums + 2, business=[sums + 3], wall=[sums + 4], met=sums + 5
    )
    VolumeDay.objects.create(**cell, received=sums + 6, sent=sums + 7)
    DirtyDay.objects.create(client=place.client, day=cell["day"])


@contextmanager
def lasting(blocker):
    """A transaction round all tests of a module, undone at the end; each of them undoes its own in a savepoint."""
    with blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)
