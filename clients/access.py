"""The doors: who asks, which clients they may see, what they may do there. The directory is reached only from here."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from django.db import connection
from django.db.models import Q, QuerySet
from django.db.models.fields.json import KeyTextTransform

from agency import alphabet, rights, sessions
from agency.models import Agency, Membership, Role, Token, User
from agency.rows import Joined

from . import scope
from .models import Channel, Client

# Of a membership: found with it, since every request asks for both.
SERVED = """
array(SELECT c.id FROM clients_client c WHERE c.agency_id = agency_membership.agency_id AND c.archived_at IS NULL
    AND (agency_membership.role = 'owner' OR c.id IN (
        SELECT a.client_id FROM clients_assignment a WHERE a.membership_id = agency_membership.id
    )))
"""
MEMBER = Joined(
    """
    FROM agency_membership JOIN agency_agency agency ON agency.id = agency_membership.agency_id
    WHERE agency_membership.user_id = %(user)s
        AND (%(agency)s::bigint IS NULL OR agency_membership.agency_id = %(agency)s)
    ORDER BY agency_membership.id LIMIT 1
    """,
    SERVED,
    agency_membership=Membership,
    agency=Agency,
)
STAFF = """
SELECT c.id, u.id, m.role FROM clients_client c
JOIN agency_membership m ON m.agency_id = c.agency_id AND m.role = ANY(%(roles)s)
JOIN agency_user u ON u.id = m.user_id AND u.is_active
WHERE c.id = ANY(%(clients)s) AND (m.role = 'owner'
    OR EXISTS (SELECT FROM clients_assignment a WHERE a.membership_id = m.id AND a.client_id = c.id))
ORDER BY u.id
"""


class NotFound(Exception):
    """There is no such thing for this principal; whether it exists for others is not told."""


class Forbidden(Exception):
    """The principal may see the thing but not do this; names the missing right."""

    def __init__(self, right: str):
        super().__init__(f"This needs the right '{right}'.")
        self.right = right


@dataclass(frozen=True, slots=True)
class Served:
    """A client as lists name it; hundreds of them are made for a page to choose from."""

    id: int
    slug: str
    name: str
    zone: str

    @property
    def pk(self) -> int:
        return self.id


@dataclass(frozen=True)
class Principal:
    """One asker in one agency, with the rights of this very request."""

    user: User
    agency: Agency
    role: str
    rights: frozenset[str]
    client_ids: frozenset[int]
    every_client: bool
    token: Token | None = field(default=None, compare=False)

    is_authenticated = True

    @property
    def of_client(self) -> bool:
        """Whether they speak for the client, not for the agency."""
        return self.role == Role.APPROVER

    def need(self, right: str) -> None:
        if right not in self.rights:
            raise Forbidden(right)


def of_user(user: User, agency: Agency | int | None = None) -> Principal | None:
    """The user in this agency (or the one with this id), else in the first one they belong to; None for a stranger."""
    found = MEMBER.one(user=user.pk, agency=agency.pk if isinstance(agency, Agency) else agency)
    if found is None:
        return None
    membership, membership.agency, served = found
    return _principal(user, membership, served)


def of_session(user: User, session: Mapping) -> Principal | None:
    """The user in the agency that they chose in this session, else in their first one."""
    chosen = session.get(sessions.CHOSEN)
    return (chosen and of_user(user, chosen)) or of_user(user)


def of_token(token: Token) -> Principal | None:
    """What is left of a token that `tokens.find` found: its own limits, cut with what its creator may do now."""
    whole = of_user(token.creator, token.agency)
    if whole is None:
        return None
    allowed = whole.client_ids if token.every_client else whole.client_ids & frozenset(token.client_ids)
    return Principal(
        user=whole.user,
        agency=token.agency,
        role=whole.role,
        rights=whole.rights & frozenset(token.scopes),
        client_ids=allowed,
        every_client=whole.every_client and token.every_client,
        token=token,
    )


def _principal(user: User, membership: Membership, served: Collection[int]) -> Principal:
    return Principal(
        user=user,
        agency=membership.agency,
        role=membership.role,
        rights=rights.OF_ROLE[membership.role],
        client_ids=frozenset(served),
        every_client=membership.role == Role.OWNER,
    )


def enter(principal: Principal) -> None:
    """Open the wall for all clients of the principal, until the transaction ends."""
    scope.enter(principal.client_ids)


def clients(principal: Principal) -> QuerySet[Client]:
    return Client.objects.filter(id__among=principal.client_ids)


def by_name(principal: Principal) -> list[Served]:
    """All clients of the principal, as in a dictionary."""
    zone = KeyTextTransform("zone", "calendar__document")
    found = [Served(*row) for row in clients(principal).values_list("id", "slug", "name", zone)]
    return sorted(found, key=lambda client: (alphabet.key(client.name), client.name, client.id))


def client(principal: Principal, slug: str) -> Client:
    """Raises NotFound, in the same words for absent and foreign clients."""
    found = clients(principal).filter(slug=slug).first()
    if found is None:
        raise NotFound(f"There is no client '{slug}'.")
    return found


def channels(principal: Principal) -> QuerySet[Channel]:
    return Channel.objects.filter(client_id__among=principal.client_ids).select_related("client")


def channel(client: Client, slug: str) -> Channel:
    found = client.channels.filter(slug=slug).first()
    if found is None:
        raise NotFound(f"The client '{client.slug}' has no channel '{slug}'.")
    return found


def channel_by_hook(network: str, key: str) -> Channel:
    """The channel whose webhooks come to this secret address. Raises NotFound, also for one that is served no more."""
    served = Channel.objects.filter(disabled_at=None, client__archived_at=None)
    found = served.filter(network=network, hook_key=key).select_related("client").first()
    if found is None:
        raise NotFound("There is no such webhook address.")
    return found


def due_channels() -> QuerySet[Channel]:
    """Those that are polled."""
    return channels_of_sweeps().filter(poll_at__isnull=False)


def channels_of_sweeps() -> QuerySet[Channel]:
    """Channels of living clients; they hold no content."""
    return Channel.objects.filter(disabled_at=None, client__archived_at=None)


def live_client_ids() -> list[int]:
    """Every client that is served: the explicit scope of the sweeps."""
    return list(Client.objects.filter(archived_at=None).values_list("id", flat=True))


def people(client: Client, roles) -> QuerySet[User]:
    """Active members of the client's agency in these roles who serve this client."""
    serving = Q(memberships__role=Role.OWNER) | Q(memberships__assignments__client=client)
    member = Q(memberships__agency_id=client.agency_id, memberships__role__in=roles)
    return User.objects.filter(serving & member, is_active=True).distinct().order_by("id")


def staff(client_ids: Collection[int], roles: Iterable[str]) -> dict[int, dict[int, str]]:
    """The same for many clients at once: by client, the role of each by their id."""
    found: dict[int, dict[int, str]] = {id: {} for id in client_ids}
    with connection.cursor() as cursor:
        cursor.execute(STAFF, {"clients": list(client_ids), "roles": list(roles)})
        for client, user, role in cursor.fetchall():
            found[client][user] = role
    return found


def member(principal: Principal, email: str, client: Client) -> User:
    """A colleague of the staff who serves this client; raises NotFound."""
    found = people(client, rights.STAFF).filter(email=email.strip().lower()).first()
    if found is None:
        raise NotFound(f"Nobody with the address '{email}' serves the client '{client.slug}'.")
    return found
