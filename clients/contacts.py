"""Whom the agency may call or write to at a client, and in which order in an emergency."""

from collections.abc import Sequence

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import F, QuerySet

from agency import alphabet
from agency.models import Membership, User

from . import audit
from .access import NotFound
from .models import Client, Contact
from .refusal import Refused

READ, WRITE = "contacts:read", "contacts:write"
WAYS = ("phone", "email", "message", "visit")
LENGTHS = {"name": 200, "role": 200, "phone": 40, "email": 254, "notes": 4_000}
MOST = 100  # of one client
_PHONE = frozenset("0123456789+-/() .x")


def of(client_ids: Sequence[int]) -> QuerySet[Contact]:
    """Those to call in an emergency first, in their order, then the others by name."""
    found = Contact.objects.filter(client_id__among=client_ids).select_related("client")
    return found.order_by(F("call_order").asc(nulls_last=True), *alphabet.by("name"))


def one(client_ids: Sequence[int], id: int) -> Contact:
    """Raises NotFound."""
    found = Contact.objects.filter(client_id__among=client_ids, id=id).select_related("client").first()
    if found is None:
        raise NotFound(f"There is no contact '{id}'.")
    return found


def members(contacts: Sequence[Contact]) -> dict[int, Membership]:
    """By contact: the person of the same client with an account of the same address."""
    emails = {contact.email for contact in contacts if contact.email}
    found = Membership.objects.filter(
        user__email__in=emails, assignments__client_id__among={contact.client_id for contact in contacts}
    )
    rows = found.select_related("user").annotate(served=F("assignments__client_id"))
    by_place = {(row.served, row.user.email): row for row in rows}
    return {
        contact.id: by_place[contact.client_id, contact.email]
        for contact in contacts
        if (contact.client_id, contact.email) in by_place
    }


@transaction.atomic
def add(*, client: Client, actor: User | None, **given) -> Contact:
    """A new contact; fields as in `change`. Raises Refused."""
    values = _cleaned({"name": ""} | given)
    place = values.pop("call_order", None)
    _lock(client)
    if Contact.objects.filter(client=client).count() >= MOST:
        raise Refused("", f"A client has at most {MOST} contacts.", "too_many")
    _reachable(values)
    contact = Contact.objects.create(client=client, **values)
    _place(contact, place)
    audit.record(client, actor, "contact.added", "contact", contact.id)
    return contact


@transaction.atomic
def change(*, contact: Contact, actor: User | None, **given) -> Contact:
    """New `name`, `role`, `phone`, `email`, `preferred` (one of WAYS or ''), `notes`, `call_order` (from 1, or None).

    What is not named stays. The log tells which fields changed, not their words. Raises Refused.
    """
    values = _cleaned(given)
    _lock(contact.client)
    contact.refresh_from_db(fields=[*LENGTHS, "preferred", "call_order"])
    changed = sorted(name for name, value in values.items() if getattr(contact, name) != value)
    if not changed:
        return contact
    _reachable({name: getattr(contact, name) for name in ("phone", "email", "preferred")} | values)
    place = values.pop("call_order", contact.call_order)
    for name, value in values.items():
        setattr(contact, name, value)
    contact.save(update_fields=[*values, "updated_at"])
    _place(contact, place)
    audit.record(contact.client, actor, "contact.changed", "contact", contact.id, after={"fields": changed})
    return contact


@transaction.atomic
def remove(*, contact: Contact, actor: User | None) -> None:
    """Gone for good; those behind it in the order move up."""
    _lock(contact.client)
    audit.record(contact.client, actor, "contact.removed", "contact", contact.id)
    contact.delete()
    _number(_called(contact.client))


def _cleaned(given: dict) -> dict:
    values, errors = {}, []
    for name, value in given.items():
        try:
            values[name] = _call_order(value) if name == "call_order" else _clean(name, value)
        except Refused as error:
            errors += error.errors
    if errors:
        raise Refused(errors=errors)
    return values


def _clean(name: str, value: str) -> str:
    value = value.strip()
    if "\0" in value:
        raise Refused(name, "holds a NUL character")
    if name == "preferred":
        if value and value not in WAYS:
            raise Refused(name, f"must be one of {', '.join(WAYS)}")
        return value
    if name == "name" and not value:
        raise Refused(name, "is needed", "required")
    if len(value) > LENGTHS[name]:
        raise Refused(name, f"has more than {LENGTHS[name]} characters")
    return CHECKS.get(name, lambda same: same)(value)


def _email(value: str) -> str:
    try:
        if value:
            validate_email(value)
    except ValidationError:
        raise Refused("email", "must be an e-mail address") from None
    return value.lower()


def _phone(value: str) -> str:
    if set(value) - _PHONE or (value and sum(letter.isdigit() for letter in value) < 3):
        raise Refused("phone", "must be a phone number")
    return value


CHECKS = {"email": _email, "phone": _phone}


def _call_order(value: int | None) -> int | None:
    if value is not None and not 1 <= value <= MOST:
        raise Refused("call_order", f"must be between 1 and {MOST}")
    return value


def _reachable(values: dict) -> None:
    """The preferred way needs its number or address. Raises Refused."""
    needs = {"phone": "phone", "message": "phone", "email": "email"}.get(values.get("preferred", ""))
    if needs and not values.get(needs):
        raise Refused(needs, "is needed", "required")


def _lock(client: Client) -> None:
    """Two changes of one client's order wait for each other."""
    Client.objects.select_for_update(no_key=True).get(pk=client.pk)


def _called(client: Client) -> list[Contact]:
    return list(Contact.objects.filter(client=client, call_order__isnull=False).order_by("call_order", "id"))


def _place(contact: Contact, place: int | None) -> None:
    """Put the contact at this place of the order; the others close up."""
    others = [one for one in _called(contact.client) if one.id != contact.id]
    if place is None:
        Contact.objects.filter(pk=contact.pk).update(call_order=None)
        contact.call_order = None
    else:
        others.insert(place - 1, contact)
    _number(others)


def _number(ordered: list[Contact]) -> None:
    moved = [row for number, row in enumerate(ordered, 1) if row.call_order != number]
    for number, row in enumerate(ordered, 1):
        row.call_order = number
    Contact.objects.bulk_update(moved, ["call_order"])
