"""Businesses that took the check on the agency's public page: who they are only if they say so."""

import secrets
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from agency.models import Agency, Role, User
from agency.tokens import digest
from clients import audit, mails
from clients.access import NotFound
from clients.models import Client, Prospect
from clients.refusal import Conflict, Refused

from .checks import judged

KEPT = timedelta(days=90)  # results of whoever left no address
KEPT_ASKED = timedelta(days=365)
MOST_A_DAY = 500  # of one agency, so that nobody fills the database from outside
LONGEST = {"business": 200, "name": 200, "email": 254, "phone": 40, "message": 4_000}


def agency(slug: str) -> Agency:
    """Whose public page this is. Raises NotFound."""
    found = Agency.objects.filter(slug=slug).first()
    if found is None:
        raise NotFound("There is no such page.")
    return found


@transaction.atomic
def check(*, agency: Agency, answers: object) -> tuple[Prospect, str]:
    """A result and the key to it, which can't be read again. Raises Refused, Conflict."""
    columns, now = judged(answers), timezone.now()
    if Prospect.objects.filter(agency=agency, taken_at__gt=now - timedelta(days=1)).count() >= MOST_A_DAY:
        raise Conflict("Too many checks today; please try again tomorrow.", "too_many")
    key = secrets.token_urlsafe(24)
    return Prospect.objects.create(agency=agency, digest=digest(key), taken_at=now, **columns), key


def enter(agency: Agency, key: str) -> Prospect:
    """The result behind this key. Raises NotFound."""
    found = Prospect.objects.filter(agency=agency, digest=digest(key)).first()
    if found is None:
        raise NotFound("This result is not there, or no longer.")
    return found


@transaction.atomic
def ask(prospect: Prospect, **said: str) -> Prospect:
    """They want a word: `business`, `name`, `email`, `phone`, `message`. Raises Refused."""
    cleaned = {field: str(said.get(field, "")).replace("\0", "").strip() for field in LONGEST}
    errors = [
        (field, f"has more than {most} characters") for field, most in LONGEST.items() if len(cleaned[field]) > most
    ]
    errors += [(field, "is needed", "required") for field in ("business", "name") if not cleaned[field]]
    errors += _unreachable(cleaned["email"], cleaned["phone"])
    if errors:
        raise Refused(errors=errors)
    waits = prospect.asked_at is not None and prospect.handled_at is None
    for field, value in cleaned.items():
        setattr(prospect, field, value)
    prospect.asked_at, prospect.handled_at = timezone.now(), None
    prospect.save()
    if not waits:
        _tell(prospect)
    return prospect


def _tell(prospect: Prospect) -> None:
    """Mail those who lead the agency; a second word before anybody saw to the first is no news."""
    leading = User.objects.filter(memberships__agency=prospect.agency_id, memberships__role=Role.OWNER, is_active=True)
    for person in leading.distinct():
        mails.post(
            "prospect_asked", person.email, person.language, business=prospect.business, name=prospect.name
        )


def _unreachable(email: str, phone: str) -> list[tuple[str, str]]:
    if not email:
        return [] if phone else [("email", "is needed, or a telephone number", "required")]
    try:
        validate_email(email)
    except ValidationError:
        return [("email", "must be an e-mail address")]
    return []


def listed(agency: Agency) -> QuerySet[Prospect]:
    """The newest first."""
    rows = Prospect.objects.filter(agency=agency).select_related("handler", "became")
    return rows.order_by("-taken_at", "-id")


@transaction.atomic
def handle(*, agency: Agency, id: int, actor: User, client: Client | None = None) -> Prospect:
    """Somebody has seen to it; `client` is what became of the business. Raises NotFound."""
    found = Prospect.objects.select_for_update().filter(agency=agency, id=id).first()
    if found is None:
        raise NotFound(f"There is no prospect '{id}'.")
    found.handled_at, found.handler, found.became = timezone.now(), actor, client or found.became
    found.save(update_fields=["handled_at", "handler", "became"])
    audit.log(agency, actor, "prospect.handled", found.business, after={"client": client and client.slug})
    return found


def tidy(*, now: datetime) -> int:
    """Forget results that are past their time; returns how many."""
    nameless = Q(asked_at=None, taken_at__lt=now - KEPT)
    return Prospect.objects.filter(nameless | Q(asked_at__lt=now - KEPT_ASKED)).delete()[0]
