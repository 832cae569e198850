"""The life of a channel's credentials: what follows when the network refuses them."""

import hashlib

from django.db import transaction
from django.utils import timezone

from . import notices
from .models import Channel


@transaction.atomic
def broken(channel: Channel, reason: str) -> None:
    """The network refused the channel's credentials: its posts wait, and people are told once; the scope is open."""
    held = Channel.objects.select_for_update(no_key=True).get(pk=channel.pk)
    if held.broken_at is not None or held.credentials != channel.credentials:
        return
    Channel.objects.filter(pk=channel.pk).update(broken_at=timezone.now(), trouble=reason[:500])
    key = f"{channel.id}:{hashlib.sha256(channel.credentials.encode()).hexdigest()[:32]}"
    notices.tell(channel.client, "credentials_expired", key, channel=channel.name, reason=reason[:200])
