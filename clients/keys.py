"""Who may make and revoke keys for the API, and that no key is worth more than what it was made with."""

from collections.abc import Sequence
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from agency import tokens
from agency.models import Token

from . import audit
from .access import Forbidden, NotFound, Principal
from .models import Client
from .refusal import Refused

ADMIN = "agency:write"


def visible(principal: Principal):
    """Owners see every key of the agency, others their own."""
    found = Token.objects.filter(agency=principal.agency).select_related("creator")
    whole = ADMIN in principal.rights and principal.every_client
    return found if whole else found.filter(creator=principal.user)


@transaction.atomic
def issue(
    *,
    principal: Principal,
    name: str,
    scopes: Sequence[str],
    clients: Sequence[Client] | None = None,
    days: int | None = None,
    per_minute: int | None = None,
) -> tuple[Token, str]:
    """A new key and its secret; `clients` None means all that its maker may see. Raises Refused, Forbidden."""
    _check_maker(principal)
    if per_minute is not None and settings.API_PER_MINUTE and per_minute > settings.API_PER_MINUTE:
        raise Refused("per_minute", f"is at most {settings.API_PER_MINUTE}; more is given by the command create_token")
    lacking = [(f"scopes[{i}]", f"you don't have '{scope}' yourself") for i, scope in enumerate(scopes)
               if scope not in principal.rights]  # fmt: skip
    if lacking:
        raise Refused(errors=lacking)
    now = timezone.now()
    ends = [now + timedelta(days=days)] if days else []
    ends += [principal.token.expires_at] if principal.token and principal.token.expires_at else []
    token, secret = tokens.create(
        agency=principal.agency,
        creator=principal.user,
        name=name,
        scopes=scopes,
        client_ids=_limits(principal, clients),
        expires_at=min(ends, default=None),
        per_minute=per_minute,
    )
    audit.log(principal.agency, principal.user, "token.added", f"{token.prefix}… {name}", after=_facts(token))
    return token, secret


@transaction.atomic
def revoke(*, principal: Principal, token_id: int) -> None:
    """The key stops working with its next request. Raises NotFound, Forbidden."""
    _check_maker(principal)
    token = visible(principal).filter(id=token_id).first()
    if token is None:
        raise NotFound(f"There is no token '{token_id}'.")
    if token.revoked_at is None:
        token.revoked_at = timezone.now()
        token.save(update_fields=["revoked_at"])
        audit.log(principal.agency, principal.user, "token.revoked", f"{token.prefix}… {token.name}")


def _check_maker(principal: Principal) -> None:
    """A key makes further keys only with the right to run the agency; a person may always make their own."""
    if principal.token and ADMIN not in principal.rights:
        raise Forbidden(ADMIN)


def _limits(principal: Principal, clients: Sequence[Client] | None) -> list[int] | None:
    if clients is not None:
        chosen = [client.id for client in clients]
    elif principal.token and not principal.token.every_client:
        chosen = list(principal.client_ids)
    else:
        return None
    if not chosen:
        raise Refused("clients", "name at least one client, or leave the field out for all of yours")
    return chosen


def _facts(token: Token) -> dict:
    return {"scopes": token.scopes, "every_client": token.every_client, "clients": token.client_ids}
