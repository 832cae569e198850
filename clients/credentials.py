"""The life of a channel's credentials: sealed, renewed before they expire, else announced, told once when broken."""

import random
import time
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.utils import timezone

from . import access, audit, networks, notices, vault
from .accounts import account
from .models import Channel
from .networks.types import Limited, NetworkError, NotSent, Renewed, Unknown
from .scope import scope

WARNINGS = (timedelta(days=7), timedelta(days=1))  # before the end, where nothing renews them
EARLY = timedelta(days=7)  # or in the last quarter of what is left, whichever is later
LEASE, AGAIN, AT_ONCE = timedelta(seconds=120), timedelta(minutes=5), 20
WORKS = 60.0  # seconds of one sweep; the next one goes on
EXPIRED = "The credentials have expired."
CLAIM = """
WITH due AS (
    SELECT c.id FROM clients_channel c JOIN clients_client t ON t.id = c.client_id
    WHERE c.renew_at <= %(now)s AND c.disabled_at IS NULL AND t.archived_at IS NULL
    ORDER BY c.renew_at LIMIT 1 FOR NO KEY UPDATE OF c SKIP LOCKED
)
UPDATE clients_channel c SET renew_at = %(lease)s FROM due WHERE c.id = due.id RETURNING c.id
"""


def opened(channel: Channel) -> dict[str, str]:
    """The channel's secrets by name. Raises vault.Sealed."""
    return vault.unseal(channel.credentials, client_id=channel.client_id, channel_id=channel.id)


def keep(channel: Channel, secrets: dict[str, str]) -> None:
    """Seal these instead of those the channel has; the caller saves."""
    channel.credentials = vault.seal(secrets, client_id=channel.client_id, channel_id=channel.id)


def mend(channel: Channel, expires_at: datetime | None) -> None:
    """New credentials are in force: the trouble with the old ones ends, polling goes on; the caller saves."""
    now = timezone.now()
    channel.expires_at, channel.renew_at = expires_at, _first_look(channel, expires_at, now)
    channel.broken_at, channel.trouble, channel.failures = None, "", 0
    channel.poll_at = now if networks.get(channel.network).polls else None


def broken(channel: Channel, reason: str) -> None:
    """The network takes the credentials no more: the channel waits for new ones, and the people are told once.

    Nothing happens where others are in force meanwhile, or where they merely expired and the sweep may renew them.
    """
    now = timezone.now()
    ended = channel.expires_at is None or channel.expires_at <= now
    if not (ended and channel.renew_at and networks.get(channel.network).renews):
        _break(channel, reason, now)


def renew_due(*, now: datetime) -> int:
    """Renew what will expire where the network can, else say that it will; returns how many channels were seen to."""
    seen, started = 0, time.monotonic()
    while seen < AT_ONCE and time.monotonic() - started < WORKS and (channel := _claim(now)):
        _see_to(channel)
        seen += 1
    return seen


def rotate_keys() -> tuple[int, list[Channel]]:
    """Seal every channel's secrets with the newest key; returns how many, and the channels that no key opens."""
    done, closed = 0, []
    for id in Channel.objects.exclude(credentials="").order_by("id").values_list("id", flat=True):
        with transaction.atomic():
            channel = Channel.objects.select_for_update(no_key=True).get(pk=id)
            try:
                Channel.objects.filter(pk=id).update(credentials=vault.rotate(channel.credentials))
                done += 1
            except vault.Sealed:
                closed.append(channel)
    return done, closed


def _claim(now: datetime) -> Channel | None:
    """A channel whose time has come; its new `renew_at` is the lease, and the sign that the claim still holds."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(CLAIM, {"now": now, "lease": timezone.now() + LEASE})
        row = cursor.fetchone()
    return row and access.channels_of_sweeps().select_related("client").get(pk=row[0])


def _see_to(channel: Channel) -> None:
    network = networks.get(channel.network)
    if not network.renews:
        return _announce(channel, EXPIRED)
    try:
        renewed = network.connector.renew(account(channel))
    except (NotSent, Unknown, Limited) as error:
        pause = max(AGAIN, timedelta(seconds=getattr(error, "retry_after", 0)))
        return _announce(channel, str(error), again=timezone.now() + pause * random.uniform(0.8, 1.2))
    except (NetworkError, vault.Sealed) as error:
        return _announce(channel, str(error))
    return _take(channel, renewed)


def _take(channel: Channel, renewed: Renewed) -> None:
    """Keep what the network gave, unless the credentials were changed meanwhile."""
    with scope([channel.client_id]):
        held = _held(channel)
        if held is None:
            return
        keep(held, opened(held) | renewed.credentials)
        mend(held, renewed.expires_at)
        held.save()
        after = {"expires_at": renewed.expires_at, "renewed": sorted(renewed.credentials)}
        audit.record(held.client, None, "channel.renewed", "channel", held.id, after=after)


def _announce(channel: Channel, reason: str, again: datetime | None = None) -> None:
    """Say how little time is left, or that it is over; looked at again at the next step, or at `again`."""
    now = timezone.now()
    end = channel.expires_at or now
    if end <= now:
        _break(channel, reason, now)
    with scope([channel.client_id]):
        held = _held(channel)
        if held is None:
            return
        if passed := [step for step in WARNINGS if end - step <= now < end]:
            key = f"{held.id}:{end.date()}:{min(passed).days}"
            notices.tell(held.client, "credentials_expire", key, channel=held.name, day=end.date().isoformat())
        steps = [end - step for step in (*WARNINGS, timedelta(0))] + [again or now]
        held.renew_at = min((step for step in steps if step > now), default=None)
        held.save(update_fields=["renew_at", "updated_at"])


def _held(channel: Channel) -> Channel | None:
    """The channel locked as it is now, None where another worker or new credentials came in between."""
    held = Channel.objects.select_for_update(of=["self"], no_key=True).select_related("client").get(pk=channel.pk)
    same = (held.renew_at, held.credentials) == (channel.renew_at, channel.credentials)
    return held if same else None


def _break(channel: Channel, reason: str, now: datetime) -> None:
    same = Channel.objects.filter(pk=channel.pk, credentials=channel.credentials)
    with scope([channel.client_id]):
        same.update(trouble=reason[:500])
        if same.filter(broken_at=None).update(broken_at=now):
            key = f"{channel.id}:{now.isoformat()}"
            notices.tell(channel.client, "credentials_expired", key, channel=channel.name, reason=reason)
            audit.record(channel.client, None, "channel.broken", "channel", channel.id, after={"reason": reason})


def _first_look(channel: Channel, expires_at: datetime | None, now: datetime) -> datetime | None:
    if expires_at is None:
        return now if networks.get(channel.network).signs_in else None
    if not networks.get(channel.network).renews:
        return max(now, expires_at - WARNINGS[0])
    return max(now, expires_at - min(EARLY, (expires_at - now) / 4))
