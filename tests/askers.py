"""Who may ask: people and keys that have nothing to do with the florist, and the keys that no longer work."""

from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone
from rest_framework.test import APIClient

from agency import rights, tokens
from agency.models import Agency, Membership, Role, Token, User
from clients.models import Client
from tests import factories


@dataclass(frozen=True)
class Asker:
    """`rights` is what they have; `known` is false for those who must hear 401 everywhere."""

    name: str
    call: APIClient
    rights: frozenset[str] = frozenset()
    known: bool = True

    def __str__(self):
        return self.name


QUICK = {"nobody", "stranger", "owner's key for the bakery", "manager of the bakery", "ana in a session"}


def people(agency: Agency, bakery: Client) -> dict[str, User]:
    """Everybody of the agency who serves only the bakery, by role."""
    return {role: factories.member(agency, f"{role}1", role, [bakery]) for role in Role.values if role != Role.OWNER}


def all_of(agency: Agency, olga: User, served: dict[str, User], bakery: Client, rival: Agency) -> list[Asker]:
    stranger = rival.memberships.get(role=Role.OWNER).user
    found = [
        Asker("nobody", APIClient(), known=False),
        Asker("made-up key", factories.caller("rsz_made-up"), known=False),
        Asker("revoked key", _ended(agency, olga, revoked_at=timezone.now()), known=False),
        Asker("expired key", _ended(agency, olga, expires_at=timezone.now() - timedelta(days=1)), known=False),
        Asker("key of somebody who left", _left(agency), known=False),
        Asker("key of a locked account", _locked(agency), known=False),
        Asker("zoe in a session", _session(factories.person("zoe")), known=False),
        Asker("stranger", factories.api(rival, stranger), rights.SCOPES),
        Asker("stranger in a session", _session(stranger), rights.SCOPES),
        Asker("owner's key for the bakery", factories.api(agency, olga, clients=[bakery]), rights.SCOPES),
        Asker("owner's key without clients", _emptied(agency, olga), rights.SCOPES),
    ]
    for role, user in served.items():
        found.append(Asker(f"{role} of the bakery", factories.api(agency, user), rights.OF_ROLE[role]))
    found.append(Asker("ana in a session", _session(served[Role.APPROVER]), rights.OF_ROLE[Role.APPROVER]))
    found.append(Asker("manager in a session", _session(served[Role.MANAGER]), rights.OF_ROLE[Role.MANAGER]))
    for word in sorted(rights.SCOPES):
        key = factories.api(agency, olga, scopes=[word], clients=[bakery])
        found.append(Asker(f"key with only {word}", key, frozenset({word})))
    return found


def _session(user: User) -> APIClient:
    client = APIClient()
    client.force_login(user)
    return client


def _ended(agency: Agency, user: User, **fields) -> APIClient:
    token, secret = tokens.create(agency=agency, creator=user, name="ended", scopes=rights.SCOPES)
    Token.objects.filter(pk=token.pk).update(**fields)
    return factories.caller(secret)


def _left(agency: Agency) -> APIClient:
    user = factories.member(agency, "gone", Role.OWNER, [])
    caller = factories.api(agency, user)
    Membership.objects.get(agency=agency, user=user).delete()
    return caller


def _locked(agency: Agency) -> APIClient:
    user = factories.member(agency, "locked", Role.OWNER, [])
    User.objects.filter(pk=user.pk).update(is_active=False)
    return factories.api(agency, user)


def _emptied(agency: Agency, olga: User) -> APIClient:
    """A key for one client that is served no longer: it sees nothing, not everything."""
    gone = factories.client(agency, "closed", defaults=False)
    caller = factories.api(agency, olga, clients=[gone])
    Client.objects.filter(pk=gone.pk).update(archived_at=timezone.now())
    return caller
