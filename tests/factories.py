"""Makes what tests need, through the same decisions as the product."""

import io
import itertools
from datetime import UTC, datetime, timedelta

from PIL import Image
from rest_framework.test import APIClient

from agency import rights, tokens
from agency.models import Agency, User
from agency.roles import as_owner
from clients import access, directory, scope
from clients.models import Channel, Client
from clients.networks.types import Author, Incoming
from feedback import inbox, policies
from feedback.arrivals import Arrival, Receipt
from feedback.models import Conversation, PolicyVersion

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
_numbers = itertools.count(1)


def agency(slug: str = "nord", **calendar) -> Agency:
    return directory.found_agency(
        name=slug.title(),
        slug=slug,
        owner_email=f"olga@{slug}.example",
        owner_name="Olga",
        password="long enough 4711",
        **calendar,
    )


def person(name: str) -> User:
    return User.objects.create_user(f"{name}@people.example", "long enough 4711", name=name.title())


def member(agency: Agency, name: str, role: str, clients: list[Client]) -> User:
    return directory.add_member(
        agency=agency, email=f"{name}@people.example", name=name.title(), role=role, clients=clients, actor=None
    ).user


def client(agency: Agency, slug: str, *, enforce_from: datetime = LONG_AGO, defaults: bool = True) -> Client:
    """A client whose promises count since long ago, with the default policies."""
    made = directory.add_client(agency=agency, slug=slug, name=slug.title(), actor=None)
    made.enforce_from = enforce_from
    made.save()
    if defaults:
        with scope.scope([made.id]):
            policies.make_defaults(made)
            age_policies(made)
    return made


def age_policies(client: Client, since: datetime = LONG_AGO) -> None:
    """Let the client's policies be in force since then (rows are append-only for everybody else)."""
    with as_owner():
        PolicyVersion.objects.filter(client=client).update(valid_from=since)


def channel(client: Client, slug: str, network: str = "manual", *, connected_at: datetime = LONG_AGO) -> Channel:
    return directory.add_channel(
        client=client, slug=slug, name=slug.title(), network=network, actor=None, connected_at=connected_at
    )


def item(
    text: str = "Hallo", *, at: datetime, thread: str = "t1", external_id: str | None = None, **fields
) -> Incoming:
    """A customer's comment, unless `fields` say otherwise."""
    given = {"direction": "in", "kind": "comment", "author": Author("c1", "Carla Kundin")} | fields
    return Incoming(
        external_id=external_id or f"x{next(_numbers)}", thread_id=thread, text=text, created_at=at, **given
    )


def answer(text: str = "Danke für die Nachricht", *, at: datetime, **fields) -> Incoming:
    return item(text, at=at, **({"direction": "out", "author": Author("us", "Bakery")} | fields))


def receive(channel: Channel, *items: Incoming, now: datetime | None = None) -> list[Receipt]:
    now = now or max(i.created_at for i in items) + timedelta(seconds=1)
    return inbox.receive([Arrival(channel, one) for one in items], now=now)


def conversation(channel: Channel, thread: str = "t1") -> Conversation:
    return Conversation.objects.select_related("channel", "client").get(channel=channel, thread_id=thread)


def api(agency: Agency, user: User, scopes=None, clients=None) -> APIClient:
    _, secret = tokens.create(
        agency=agency,
        creator=user,
        name="test",
        scopes=rights.SCOPES if scopes is None else scopes,
        client_ids=None if clients is None else [client.id for client in clients],
    )
    return caller(secret)


def caller(secret: str) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
    return client


def picture(kind: str = "PNG", size: tuple[int, int] = (8, 6), colour: str = "red", **options) -> bytes:
    """The bytes of a picture of one colour."""
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, kind, **options)
    return out.getvalue()


def principal(user: User) -> access.Principal:
    return access.of_user(user)
