"""What a connector needs to know of a channel, with its secrets opened."""

from django.conf import settings

from . import networks, vault
from .models import Channel
from .networks.types import Account

ADDRESSES = {"sandbox": lambda: settings.SANDBOX_URL}


def account(channel: Channel) -> Account:
    """Raises vault.Sealed when no key opens the channel's secrets."""
    secrets = vault.unseal(channel.credentials, client_id=channel.client_id, channel_id=channel.id)
    ours = ADDRESSES.get(channel.network, lambda: networks.get(channel.network).address)()
    trusted = not channel.url or settings.ALLOW_PRIVATE_ADDRESSES
    return Account(channel.url or ours, channel.account, secrets.get("token", ""), secrets, trusted)
