"""Who may bring whom into the agency: by a link that is mailed, worth no more than what its sender may do."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from agency import rights
from agency.models import Agency, Membership, Role, User
from agency.tokens import digest

from . import access, audit, mails, passwords, people
from .access import NotFound, Principal
from .models import Client, Invitation
from .refusal import Conflict, Refused

INVITE = "invitations:write"
LASTS, MOST_A_DAY, KEPT = timedelta(days=7), 100, timedelta(days=90)
AGAIN = timedelta(minutes=5)


def roles(principal: Principal) -> list[str]:
    """Those the principal may give away: none with a right they lack."""
    return [
        role
        for role in Role.values
        if rights.OF_ROLE[role] <= principal.rights and (role != Role.OWNER or principal.every_client)
    ]


def visible(principal: Principal) -> QuerySet[Invitation]:
    """Open and expired ones that wait for an answer, as far as the principal could send them."""
    found = Invitation.objects.filter(agency=principal.agency, accepted_at=None, revoked_at=None)
    if not principal.every_client:
        ours = sorted(principal.client_ids)
        found = found.filter(role__in=roles(principal), client_ids__contained_by=ours).exclude(client_ids=[])
    return found.select_related("inviter", "mail")


@transaction.atomic
def invite(*, principal: Principal, email: str, role: str, clients: Sequence[Client]) -> Invitation:
    """Queue the mail with the link. An earlier open invitation of this address is replaced. Raises Refused, Conflict.

    Nothing tells whether the address has an account.
    """
    principal.need(INVITE)
    email, clients = people.address(email), list(clients)
    _check(principal, role, clients)
    if principal.every_client and Membership.objects.filter(agency=principal.agency, user__email=email).exists():
        raise Refused("email", "This person is already a member.", "taken")
    now = timezone.now()
    Agency.objects.select_for_update(no_key=True).get(pk=principal.agency.pk)
    _check_number(principal.agency, now)
    earlier = Invitation.objects.filter(agency=principal.agency, email=email, accepted_at=None, revoked_at=None)
    for one in earlier.select_related("mail"):
        if not visible(principal).filter(pk=one.pk).exists():
            raise Conflict("This address is invited already.", "invited")
        _revoke(one, now)
    key, stored = mails.new_key()
    row = Invitation.objects.create(
        agency=principal.agency, inviter=principal.user, email=email, role=role, digest=stored,
        client_ids=sorted(client.id for client in clients), expires_at=now + LASTS, mail=_mail(principal, email, key),
    )  # fmt: skip
    audit.log(principal.agency, principal.user, "invitation.sent", email, after=_facts(row, clients))
    return row


@transaction.atomic
def resend(*, principal: Principal, id: int) -> Invitation:
    """A new link for seven more days, from the principal; the earlier one stops working. Raises NotFound, Conflict."""
    row, now = _held(principal, id), timezone.now()
    if row.mail and row.mail.created_at > now - AGAIN:
        raise Conflict("The mail went out just now.", "too_soon")
    mails.withdraw(row.mail)
    key, row.digest = mails.new_key()
    row.inviter, row.expires_at = principal.user, now + LASTS
    row.mail = _mail(principal, row.email, key)
    row.save(update_fields=["inviter", "digest", "expires_at", "mail"])
    audit.log(principal.agency, principal.user, "invitation.resent", row.email)
    return row


@transaction.atomic
def revoke(*, principal: Principal, id: int) -> None:
    """The link stops working. Raises NotFound."""
    row = _held(principal, id)
    _revoke(row, timezone.now())
    audit.log(principal.agency, principal.user, "invitation.revoked", row.email)


def find(key: str) -> Invitation:
    """The invitation that the key opens now. Raises NotFound, in the same words whatever the reason."""
    rows = Invitation.objects.select_related("agency", "inviter")
    return _valid(rows.filter(digest=digest(key)).first())


def account(invitation: Invitation) -> User | None:
    """The account of the address, which then only joins."""
    return User.objects.filter(email=invitation.email).first()


@transaction.atomic
def accept(*, key: str, name: str = "", password: str = "") -> User:
    """Join, once; who has an account keeps its name and password. Raises NotFound, Refused, Conflict."""
    locked = Invitation.objects.select_for_update().filter(digest=digest(key)).first()
    row = _valid(locked)
    user = account(row)
    if user is None:
        _check_account(row.email, name, password)
    clients = list(_given(row))
    membership = user and Membership.objects.filter(agency=row.agency, user=user).first()
    if membership:
        _widen(membership, row, clients)
    else:
        membership = people.add_member(
            agency=row.agency, email=row.email, name=name, role=row.role, clients=clients, actor=row.inviter,
            password=password,
        )  # fmt: skip
    Invitation.objects.filter(pk=row.pk).update(accepted_at=timezone.now())
    audit.log(row.agency, membership.user, "invitation.accepted", row.email)
    return membership.user


def tidy(now: datetime) -> None:
    """Delete those that nobody will open any more."""
    Invitation.objects.filter(expires_at__lt=now - KEPT).delete()


def _check(principal: Principal, role: str, clients: list[Client]) -> None:
    if role not in Role.values:
        raise Refused("role", f"must be one of {', '.join(Role.values)}")
    if role not in roles(principal):
        raise Refused("role", "you don't have all rights of this role yourself", "forbidden")
    if role == Role.OWNER and clients:
        raise Refused("clients", "An owner serves every client: name none.")
    if role != Role.OWNER and not clients:
        raise Refused("clients", "name at least one client", "required")
    if any(client.id not in principal.client_ids for client in clients):
        raise Refused("clients", "must be one of yours")


def _check_account(email: str, name: str, password: str) -> None:
    if not name.strip():
        raise Refused("name", "is needed", "required")
    passwords.check(password, User(email=email, name=name), "password")


def _check_number(agency: Agency, now: datetime) -> None:
    """Mails to strangers are few: nobody makes the product a sender of many."""
    if Invitation.objects.filter(agency=agency, created_at__gt=now - timedelta(days=1)).count() >= MOST_A_DAY:
        raise Conflict(f"At most {MOST_A_DAY} invitations a day.", "too_many")


def _mail(principal: Principal, email: str, key: str):
    return mails.post(
        "invitation", email, principal.user.language, key=key, inviter=principal.user.name,
        agency=principal.agency.name,
    )  # fmt: skip


def _held(principal: Principal, id: int) -> Invitation:
    principal.need(INVITE)
    if not visible(principal).filter(id=id).exists():
        raise NotFound(f"There is no invitation '{id}'.")
    held = Invitation.objects.select_for_update(of=["self"]).select_related("mail", "agency").get(id=id)
    if held.accepted_at or held.revoked_at:
        raise NotFound(f"There is no invitation '{id}'.")
    return held


def _revoke(row: Invitation, now: datetime) -> None:
    mails.withdraw(row.mail)
    row.revoked_at = now
    row.save(update_fields=["revoked_at"])


def _valid(row: Invitation | None) -> Invitation:
    gone = row is None or row.accepted_at or row.revoked_at or row.expires_at <= timezone.now()
    if gone or not _still_given(row):
        raise NotFound("This invitation does not work any more.")
    return row


def _still_given(row: Invitation) -> bool:
    """Whether who sent it may give this role, and at least one of its clients, today."""
    sender = access.of_user(row.inviter, row.agency) if row.inviter.is_active else None
    if sender is None or INVITE not in sender.rights or row.role not in roles(sender):
        return False
    return row.role == Role.OWNER or _given(row, sender).exists()


def _given(row: Invitation, sender: Principal | None = None) -> QuerySet[Client]:
    sender = sender or access.of_user(row.inviter, row.agency)
    return access.clients(sender).filter(id__in=row.client_ids)


def _widen(membership: Membership, row: Invitation, clients: list[Client]) -> None:
    """A member with this role gets the further clients; another role is for the owners to give."""
    if membership.role != row.role:
        raise Conflict("You belong to this agency already, in another role.", "other_role")
    served = [one.client for one in membership.assignments.select_related("client")]
    people.change_member(membership=membership, actor=row.inviter, clients=[*served, *clients])


def _facts(row: Invitation, clients: Sequence[Client]) -> dict:
    return {"role": row.role, "clients": sorted(client.slug for client in clients)}
