"""Keys for the API: made here, shown once, found again by their SHA-256."""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.utils import timezone

from .models import Agency, Token, User
from .rights import SCOPES
from .rows import Joined

PREFIX = "rsz_"
FIND = Joined(
    """
    FROM agency_token token
    JOIN agency_agency agency ON agency.id = token.agency_id
    JOIN agency_user creator ON creator.id = token.creator_id AND creator.is_active
    JOIN agency_membership member ON member.user_id = token.creator_id AND member.agency_id = token.agency_id
    WHERE token.digest = %(digest)s AND token.revoked_at IS NULL
        AND (token.expires_at IS NULL OR token.expires_at > %(now)s)
    """,
    token=Token,
    agency=Agency,
    creator=User,
)


class UnknownScopes(ValueError):
    """Names the scopes that don't exist and those that do."""


def create(
    *,
    agency: Agency,
    creator: User,
    name: str,
    scopes: Iterable[str],
    client_ids: Iterable[int] | None = None,
    expires_at: datetime | None = None,
    per_minute: int | None = None,
) -> tuple[Token, str]:
    """A new token and its secret, which can't be read again. `client_ids` None means every client of the creator.

    `per_minute`: requests, None for as many as the setting says, 0 for any number.
    """
    unknown = sorted(set(scopes) - SCOPES)
    if unknown:
        raise UnknownScopes(f"Unknown scopes: {', '.join(unknown)}. Known: {', '.join(sorted(SCOPES))}.")
    secret = PREFIX + secrets.token_urlsafe(32)
    token = Token.objects.create(
        agency=agency,
        creator=creator,
        name=name,
        prefix=secret[:12],
        digest=digest(secret),
        scopes=sorted(set(scopes)),
        every_client=client_ids is None,
        client_ids=sorted(set(client_ids or [])),
        expires_at=expires_at,
        per_minute=per_minute,
    )
    return token, secret


def digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def find(secret: str) -> Token | None:
    """The token behind a secret, if it still works and its creator still belongs to its agency.

    Notes its use about once a minute.
    """
    now = timezone.now()
    found = FIND.one(digest=digest(secret), now=now)
    if found is None:
        return None
    token, token.agency, token.creator = found
    if token.last_used_at is None or now - token.last_used_at > timedelta(minutes=1):
        Token.objects.filter(pk=token.pk).update(last_used_at=now)
    return token
