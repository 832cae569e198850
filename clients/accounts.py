"""What a connector needs to know of a channel, with its secrets opened."""

from django.conf import settings

from . import vault
from .models import Channel
from .networks.types import Account

ADDRESSES = {"sandbox": lambda: settings.SANDBOX_URL}


def account(channel: Channel) -> Account:
    """Raises vault.Sealed when no key opens the channel's secrets."""
    secrets = vault.unseal(channel.credentials, client_id=channel.client_id, channel_id=channel.id)
    address = ADDRESSES.get(channel.network, lambda: "")()
    return Account(address, channel.account, secrets.get("token", ""), secrets)
