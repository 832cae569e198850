"""A client's calendar at a secret address, which programs subscribe: one address, renewed or revoked."""

import secrets

from django.db import transaction
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from agency.models import User
from agency.tokens import digest
from clients import access, audit, scope
from clients.models import Client

from .models import CalendarFeed


def of(client: Client) -> CalendarFeed | None:
    return CalendarFeed.objects.filter(client=client).select_related("creator").first()


@transaction.atomic
def renew(*, client: Client, actor: User) -> tuple[CalendarFeed, str]:
    """A new address in place of the one there was, and its key, which can't be read again."""
    secret = secrets.token_urlsafe(32)
    told = {"digest": digest(secret), "creator": actor, "created_at": timezone.now()}
    feed, made = CalendarFeed.objects.update_or_create(client=client, defaults=told)
    audit.record(client, actor, "calendar_feed.added" if made else "calendar_feed.renewed", "client", client.id)
    return feed, f"{client.id}-{secret}"


@transaction.atomic
def revoke(*, client: Client, actor: User) -> None:
    """The address works no more. Nothing happens where there is none."""
    if CalendarFeed.objects.filter(client=client).delete()[0]:
        audit.record(client, actor, "calendar_feed.revoked", "client", client.id)


def enter(key: str) -> Client:
    """The client of this key, with the wall open for it alone. Raises access.NotFound, whatever is wrong."""
    number, _, secret = key.partition("-")
    if number.isascii() and number.isdigit() and len(number) < 19 and int(number) in access.live_client_ids():
        scope.enter([int(number)])
        feed = CalendarFeed.objects.filter(client_id=int(number)).select_related("client").first()
        if feed is not None and constant_time_compare(feed.digest, digest(secret)):
            return feed.client
    raise access.NotFound("This address does not work, or no longer.")
