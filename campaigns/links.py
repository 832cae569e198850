"""Who may decide on some posts without an account: one person, one batch, for two weeks, until it is revoked."""

import secrets
from collections.abc import Iterable
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from agency.models import User
from agency.tokens import digest
from clients import access, audit, scope
from clients.models import Client
from clients.refusal import Refused

from .models import ApprovalLink, Post

LASTS = timedelta(days=14)
MOST_POSTS = 100


@transaction.atomic
def make(
    *, client: Client, posts: Iterable[int], name: str, actor: User | None, email: str = ""
) -> tuple[ApprovalLink, str]:
    """A link for these posts of the client and its key, which can't be read again. Raises Refused."""
    wanted = list(dict.fromkeys(posts))
    known = set(Post.objects.filter(client=client, id__in=wanted).values_list("id", flat=True))
    if unknown := [(f"posts[{place}]", f"The client has no post {id}.") for place, id in enumerate(wanted)
                   if id not in known]:  # fmt: skip
        raise Refused(errors=unknown)
    secret = secrets.token_urlsafe(32)
    link = ApprovalLink.objects.create(
        client=client,
        name=name,
        email=email,
        digest=digest(secret),
        posts=wanted,
        creator=actor,
        expires_at=timezone.now() + LASTS,
    )
    audit.record(client, actor, "approval_link.made", "approval_link", link.id, after={"name": name, "posts": wanted})
    return link, f"{client.id}-{secret}"


@transaction.atomic
def revoke(*, link: ApprovalLink, actor: User | None) -> ApprovalLink:
    """From now on the link opens nothing."""
    if link.revoked_at is None:
        link.revoked_at = timezone.now()
        link.save(update_fields=["revoked_at"])
        audit.record(link.client, actor, "approval_link.revoked", "approval_link", link.id)
    return link


def enter(key: str) -> ApprovalLink:
    """The link of this key, with the wall open for its client alone. Raises access.NotFound, whatever is wrong."""
    number, _, secret = key.partition("-")
    if number.isascii() and number.isdigit() and int(number) in access.live_client_ids():
        scope.enter([int(number)])
        alive = ApprovalLink.objects.filter(revoked_at=None, expires_at__gt=timezone.now())
        found = alive.filter(client_id=int(number), digest=digest(secret)).select_related("client").first()
        if found is not None:
            return found
    raise access.NotFound("This link does not work, or no longer.")
