"""Who works in an agency and for which clients; an agency always keeps an owner."""

from collections.abc import Iterable

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction

from agency import sessions
from agency.models import Agency, Membership, Role, User

from . import audit
from .models import Assignment, Client
from .refusal import Conflict, Refused


@transaction.atomic
def add_member(
    *,
    agency: Agency,
    email: str,
    name: str,
    role: str,
    clients: Iterable[Client],
    actor: User | None,
    password: str | None = None,
) -> Membership:
    """Somebody new in the agency; who has an account already keeps its name and password. Raises Refused."""
    email, clients = address(email), list(clients)
    _check(role, clients)
    user = User.objects.filter(email=email).first() or _account(email, name, password)
    membership, new = Membership.objects.get_or_create(agency=agency, user=user, defaults={"role": role})
    if not new:
        raise Refused("email", "This person is already a member.", "taken")
    _assign(membership, clients)
    audit.log(agency, actor, "member.added", email, after=_facts(membership))
    return membership


@transaction.atomic
def change_member(
    *, membership: Membership, actor: User | None, role: str | None = None, clients: Iterable[Client] | None = None
) -> Membership:
    """Another role, for which they sign in anew, or other clients; what is None stays.

    Raises Refused, Conflict for the last owner.
    """
    before = _facts(membership)
    new_role = role or membership.role
    served = [a.client for a in membership.assignments.select_related("client")] if clients is None else list(clients)
    served = [] if new_role == Role.OWNER and clients is None else served
    _check(new_role, served)
    if new_role != Role.OWNER:
        _keep_an_owner(membership)
    if new_role != membership.role:
        sessions.end_all(membership.user)
    membership.role = new_role
    membership.save(update_fields=["role"])
    _assign(membership, served)
    if before != _facts(membership):
        audit.log(membership.agency, actor, "member.changed", membership.user.email, before, _facts(membership))
    return membership


@transaction.atomic
def remove_member(*, membership: Membership, actor: User | None) -> None:
    """Their rights end with their next request, and those of their tokens. Raises Conflict for the last owner."""
    _keep_an_owner(membership)
    audit.log(membership.agency, actor, "member.removed", membership.user.email, before=_facts(membership))
    sessions.end_all(membership.user)
    membership.delete()


def _check(role: str, clients: list[Client]) -> None:
    if role not in Role.values:
        raise Refused("role", f"must be one of {', '.join(Role.values)}")
    if role == Role.OWNER and clients:
        raise Refused("clients", "An owner serves every client: name none.")


def address(email: str) -> str:
    """The address as it is stored. Raises Refused."""
    email = email.strip().lower()
    try:
        validate_email(email)
    except ValidationError:
        raise Refused("email", "must be an e-mail address") from None
    if len(email) > 254:
        raise Refused("email", "has more than 254 characters")
    return email


def _account(email: str, name: str, password: str | None) -> User:
    user = User(email=email, name=name.strip() or email.partition("@")[0])
    if len(user.name) > 200 or "\0" in user.name:
        raise Refused("name", "needs 1 to 200 characters")
    try:
        if password is not None:
            validate_password(password, user)
    except ValidationError as error:
        raise Refused(errors=[("password", message) for message in error.messages]) from error
    user.set_password(password)
    try:
        with transaction.atomic():
            user.save()
    except IntegrityError:
        raise Conflict("Somebody just made this account: try again.", "raced") from None
    return user


def _keep_an_owner(membership: Membership) -> None:
    """Raises Conflict when nobody else owns the agency; two owners who leave at once wait for each other here."""
    if membership.role != Role.OWNER:
        return
    Agency.objects.select_for_update().get(pk=membership.agency_id)
    owners = Membership.objects.filter(agency_id=membership.agency_id, role=Role.OWNER, user__is_active=True)
    if not owners.exclude(pk=membership.pk).exists():
        raise Conflict("The agency needs an owner: name another one first.", "last_owner")


def _assign(membership: Membership, clients: list[Client]) -> None:
    membership.assignments.exclude(client__in=clients).delete()
    Assignment.objects.bulk_create(
        [Assignment(agency_id=membership.agency_id, membership=membership, client=client) for client in clients],
        ignore_conflicts=True,
    )


def _facts(membership: Membership) -> dict:
    served = membership.assignments.order_by("client__slug").values_list("client__slug", flat=True)
    return {"role": membership.role, "clients": list(served)}
