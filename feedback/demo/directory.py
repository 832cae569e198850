"""Puts the demo's agency, clients, channels and people into the directory, as if they were there for 100 days."""

from datetime import datetime

from agency.models import Agency, Role, User
from campaigns import planning
from campaigns.models import Campaign
from clients import access, calendars, contacts, directory, invitations, people
from clients.hours import Hours
from clients.models import Channel, Client
from clients.scope import scope

from .. import policies
from .cast import AGENCY, AGENCY_NAME, BUSINESSES, CONTACTS, INVITED, NETWORKS, PORTAL, STAFF, Business, Person
from .keyring import Login, new_password
from .script import ZONE, closed_days


def found() -> tuple[Agency, Login | None]:
    """The agency with its owner."""
    password, owner = new_password(), STAFF["greta"]
    known = _known(owner)
    agency = directory.found_agency(
        name=AGENCY_NAME,
        slug=AGENCY,
        owner_email=owner.email,
        owner_name=owner.name,
        password=password,
        subdivision="HH",
    )
    return agency, None if known else _login(owner, password)


def add_people(agency: Agency, clients: dict[str, Client]) -> list[Login]:
    """Everybody but the owner; somebody who has an account already keeps its password."""
    made = []
    for person in (*list(STAFF.values())[1:], *PORTAL):
        password, known = new_password(), _known(person)
        people.add_member(
            agency=agency,
            email=person.email,
            name=person.name,
            role=person.role,
            clients=[clients[slug] for slug in person.clients],
            actor=None,
            password=password,
        )
        made += [] if known else [_login(person, password)]
    owner = User.objects.get(email=STAFF["greta"].email)
    invitations.invite(
        principal=access.of_user(owner, agency), email=INVITED, role=Role.EDITOR, clients=[clients["tidenhub"]]
    )
    return made


def _known(person: Person) -> bool:
    return User.objects.filter(email=person.email).exists()


def _login(person: Person, password: str) -> Login:
    return Login(person.email, password, str(person.role), AGENCY)


def add_client(agency: Agency, business: Business, since: datetime, now: datetime) -> Client:
    """A client with its hours, promises, channels and campaigns; nothing counts yet as live."""
    client = directory.add_client(
        agency=agency, slug=business.slug, name=business.name, homepage=business.homepage, actor=None
    )
    with scope([client.id]):
        directory.set_hours(client=client, document=_document(business, now), actor=None)
        policies.make_defaults(client, since=since)
        for slug in business.channels:
            name, network = NETWORKS[slug]
            directory.add_channel(
                client=client, slug=slug, name=name, network=network, actor=None, connected_at=since
            )
        for slug, name in business.campaigns.items():
            planning.add_campaign(client=client, slug=slug, name=name, actor=None)
        for contact in CONTACTS.get(business.slug, ()):
            contacts.add(client=client, actor=None, **contact)
    return client


def _document(business: Business, now: datetime) -> dict:
    today = now.astimezone(ZONE).date()
    return {
        "zone": ZONE.key,
        "country": "DE",
        "subdivision": business.subdivision,
        "categories": list(business.categories),
        "week": business.hours(),
        "closed": sorted({f"{today.year}-12-24", f"{today.year}-12-31", *closed_days(business.holiday, today)}),
        "open": {},
    }


def hours(now: datetime) -> dict[str, Hours]:
    """The opening hours of each client, by slug."""
    return {business.slug: calendars.build(_document(business, now)) for business in BUSINESSES}


def channels(clients: dict[str, Client]) -> dict[str, Channel]:
    """By "client/channel"."""
    found = Channel.objects.filter(client__in=clients.values()).select_related("client__agency")
    return {f"{channel.client.slug}/{channel.slug}": channel for channel in found}


def campaigns(clients: dict[str, Client]) -> dict[tuple[int, str], Campaign]:
    """By client id and slug."""
    return {(one.client_id, one.slug): one for one in Campaign.objects.filter(client__in=clients.values())}
