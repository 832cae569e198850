"""An agency for load tests: many clients, and messages in the order of time over 90 days."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from random import Random

from django.db import connection, transaction

from agency.models import Agency
from clients import directory
from clients.models import Channel, Client
from clients.networks.types import Author, Incoming
from clients.refusal import Conflict
from clients.scope import scope

from .. import inbox, policies, rollup
from ..arrivals import Arrival
from . import keyring

AGENCY, PAST, BATCH = "lastprobe", timedelta(days=90), 2000
ASKED = (
    "Habt ihr am {n}. noch einen Termin frei?",
    "Die Bestellung {n} kam leider beschädigt an.",
    "Danke, hat mit Nummer {n} wunderbar geklappt!",
    "Seit {n} Tagen warte ich auf eine Antwort.",
    "Is order {n} ready for pickup?",
    "Sehr nettes Team, wir kommen zum {n}. Mal wieder.",
)
ANSWERED = "Vielen Dank für die Nachricht, wir kümmern uns um Nummer {n}."
# What the sweep does with a missed deadline, without telling anybody: nobody waits for these.
SILENCE = """
WITH missed AS (
    UPDATE feedback_clock SET outcome = 'breached', breached_at = due_at, noticed_at = %(now)s, updated_at = %(now)s
    WHERE client_id = ANY(%(clients)s) AND outcome = 'open' AND paused_at IS NULL AND due_at < %(now)s
    RETURNING client_id, conversation_id
)
UPDATE feedback_conversation c SET breached = true FROM missed m
WHERE c.client_id = m.client_id AND c.id = m.conversation_id
"""
WARNED = """
UPDATE feedback_clock SET warned_at = %(now)s
WHERE client_id = ANY(%(clients)s) AND outcome = 'open' AND live AND warned_at IS NULL AND warn_at <= %(now)s
"""


def make(*, clients: int, messages: int, now: datetime, progress: Callable[[int], object] = lambda n: None) -> Agency:
    """A new agency with so many clients and messages; nobody can sign in. Raises Conflict if it is there already.

    `progress` hears of messages as they are stored.
    """
    if Agency.objects.filter(slug=AGENCY).exists():
        raise Conflict(f"The agency '{AGENCY}' is there already.", "already_exists")
    with transaction.atomic():
        agency, channels = _directory(clients, now)
    ids = [channel.client_id for channel in channels]
    waiting = _in_time(channels, messages, now)
    for start in range(0, messages, BATCH):
        batch = waiting[start : start + BATCH]
        with scope(ids):
            inbox.receive(batch, now=min(now, batch[-1].item.created_at + timedelta(seconds=5)))
        progress(len(batch))
    _settle(ids, now)
    return agency


def _directory(count: int, now: datetime) -> tuple[Agency, list[Channel]]:
    agency = directory.found_agency(
        name="Lastprobe",
        slug=AGENCY,
        owner_email=f"inhaber@{AGENCY}.example",
        owner_name="Inhaber",
        password=keyring.new_password(),
    )
    since = now - PAST - timedelta(days=10)
    channels = [channel for number in range(count) for channel in _client(agency, number, since)]
    Client.objects.filter(agency=agency).update(enforce_from=since)
    return agency, channels


def _client(agency: Agency, number: int, since: datetime) -> Iterator[Channel]:
    client = directory.add_client(agency=agency, slug=f"betrieb-{number:04}", name=f"Betrieb {number}", actor=None)
    with scope([client.id]):
        policies.make_defaults(client, since=since)
        for slug in ("kommentare", "nachrichten"):
            yield directory.add_channel(
                client=client, slug=slug, name=slug.title(), network="manual", actor=None, connected_at=since
            )


def _in_time(channels: list[Channel], count: int, now: datetime) -> list[Arrival]:
    numbers, made = Random("lastprobe"), []
    while len(made) < count:
        made += _thread(numbers, numbers.choice(channels), f"last-{len(made)}", now)
    return sorted(made[:count], key=lambda arrival: (arrival.item.created_at, arrival.item.external_id))


def _thread(numbers: Random, channel: Channel, thread: str, now: datetime) -> Iterator[Arrival]:
    at = now - timedelta(seconds=numbers.randrange(60, int(PAST.total_seconds())))
    for place in range(numbers.choice((2, 2, 2, 3, 4))):
        yield Arrival(channel, _item(numbers, thread, place, min(at, now)))
        at += timedelta(seconds=numbers.randrange(60, 30_000))


def _item(numbers: Random, thread: str, place: int, at: datetime) -> Incoming:
    asked = place % 2 == 0
    return Incoming(
        external_id=f"{thread}-{place}",
        thread_id=thread,
        direction="in" if asked else "out",
        kind="message",
        author=Author(f"kunde-{numbers.randrange(9_000)}", "Carla Kundin") if asked else Author("wir", "Wir"),
        text=(numbers.choice(ASKED) if asked else ANSWERED).format(n=numbers.randrange(2, 90_000)),
        created_at=at.replace(microsecond=0),
    )


def _settle(ids: list[int], now: datetime) -> None:
    with scope(ids), connection.cursor() as cursor:
        for statement in (SILENCE, WARNED):
            cursor.execute(statement, {"clients": ids, "now": now})
    for id in sorted(set(ids)):
        with scope([id]):
            rollup.rebuild(id)
