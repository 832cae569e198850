"""Loads the demo in one transaction: it is there as a whole, or not at all."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from django.db import connection, transaction
from django.db.models import F
from django.db.models.functions import Least

from agency.models import Agency, User
from campaigns.demo import numbers, posts
from clients import scope
from clients.models import Channel, Client, Notice

from .. import clocks, inbox, rollup
from ..arrivals import Arrival
from ..models import Alert, Clock, Conversation, Interaction, Note, Step
from . import criticism, directory, effort, keyring, readiness, reports, saved, strategy, webhooks
from .cast import AGENCY, BUSINESSES, STAFF
from .script import Scene, scenes
from .stories import everything

PAST = timedelta(days=100)
TAKEN_IN = timedelta(seconds=20)
STEPS = 3 * len(BUSINESSES) + 3


@transaction.atomic
def load(*, now: datetime, folder: Path, progress: Callable[[], object] = lambda: None) -> Agency:
    """The demo agency, made unless it is there; its logins are kept in the folder. `progress` is called STEPS times."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('first run'))")
        # Hashing the passwords takes long on a busy machine, and the database would think that nobody is there.
        cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
    there = Agency.objects.filter(slug=AGENCY).first()
    if there:
        return there
    now = now.replace(microsecond=0)
    agency, owner = directory.found()
    clients = {}
    for business in BUSINESSES:
        clients[business.slug] = directory.add_client(agency, business, now - PAST, now)
        progress()
    logins = directory.add_people(agency, clients)
    progress()
    with scope.scope(client.id for client in clients.values()):
        _tell(clients, now, progress)
        _publish(clients, now, progress)
        greta = User.objects.get(email=STAFF["greta"].email)
        readiness.add(agency, clients.values(), greta, now)
        served = (
            Client.objects.filter(id__in=[one.id for one in clients.values()]).select_related("calendar").order_by("id")
        )
        strategy.add(served, greta, now)
        staff = [User.objects.get(email=STAFF[key].email) for key in ("malte", "aylin", "jonas")]
        effort.add(served, staff, now)
        criticism.add(served, staff, now)
        reports.add(agency, served, greta, now)
        webhooks.add(next(iter(clients.values())), greta, now)
        saved.add(list(clients.values()))
    keyring.keep(folder, [login for login in (owner, *logins) if login])
    return agency


def _tell(clients: dict[str, Client], now: datetime, progress: Callable[[], object]) -> None:
    """What was said first counts as history, so that nobody hears of it; its clocks are then made as they ran."""
    told = scenes(everything(), directory.hours(now), now)
    served = Client.objects.filter(id__in=[client.id for client in clients.values()])
    served.update(enforce_from=now + timedelta(days=1), created_at=now - PAST)
    places = _take_in(told, directory.channels(clients), now)
    progress()
    _decide(told, places, clients, now)
    served.update(enforce_from=now - PAST)
    ids = sorted(set(places.values()))
    Clock.objects.filter(conversation_id__in=ids).delete()
    clocks.refresh(ids, now=now)
    Alert.objects.filter(conversation_id__in=ids).delete()
    progress()
    for client in clients.values():
        rollup.rebuild(client.id)
        progress()


def _publish(clients: dict[str, Client], now: datetime, progress: Callable[[], object]) -> None:
    """What the agency publishes for each client."""
    author, approver = (User.objects.get(email=STAFF[key].email) for key in ("jonas", "greta"))
    for client in clients.values():
        posts.add(client, author, approver, now)
        numbers.add(client, now)
        progress()
    Notice.objects.filter(client__in=clients.values()).delete()


def _take_in(told: list[Scene], channels: dict[str, Channel], now: datetime) -> dict[str, int]:
    """Store the messages; returns the conversation of each thread."""
    arrivals = [Arrival(channels[scene.story.where], item) for scene in told for item in scene.items]
    receipts = inbox.receive(arrivals, now=now)
    places = {a.item.thread_id: r.conversation_id for a, r in zip(arrivals, receipts, strict=True)}
    stored = Interaction.objects.filter(conversation_id__in=places.values())
    stored.update(ingested_at=Least(F("received_at") + TAKEN_IN, now))
    return places


def _decide(told: list[Scene], places: dict[str, int], clients: dict[str, Client], now: datetime) -> None:
    users = {key: User.objects.get(email=person.email) for key, person in STAFF.items()}
    campaigns = directory.campaigns(clients)
    steps, notes = [], []
    for scene in told:
        story, client, user = scene.story, clients[scene.client], users.get(scene.story.who)
        campaign = campaigns.get((client.id, story.campaign))
        row = {"client": client, "conversation_id": places[scene.thread], "user": user}
        Conversation.objects.filter(pk=places[scene.thread]).update(
            assignee=user, campaign=campaign, vip=story.vip, created_at=scene.began
        )
        steps += [Step(at=at, action=action, **row) for at, action in scene.steps]
        if campaign:
            steps.append(Step(at=scene.began, action="campaign", value=campaign.id, **row))
        if story.vip:
            steps.append(Step(at=scene.began, action="vip", value=True, **row))
        if story.note:
            notes.append(Note(at=min(scene.began + timedelta(minutes=10), now), text=story.note, **row))
    Step.objects.bulk_create(steps)
    Note.objects.bulk_create(notes)
