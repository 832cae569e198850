"""What the networks can do, and what stands in a client's own feed, over REST."""

from django.db import transaction
from django.utils.decorators import method_decorator
from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.response import Response

from agency.doors import SIGNED_IN, View
from agency.fields import Moment

from .. import networks
from ..accounts import account
from ..networks.types import NetworkError
from ..refusal import Conflict
from ..vault import Sealed
from .directory import ChannelView

UNPROVEN = "Not yet proven against the live service, only against its documentation."


class NetworkShape(serializers.Serializer):
    slug = serializers.CharField()
    name = serializers.CharField()
    publishes = serializers.BooleanField(help_text="Posts go out to it.")
    polls = serializers.BooleanField(help_text="What people say there is fetched.")
    every = serializers.SerializerMethodField(help_text="Seconds between two polls; null where nothing is fetched.")
    replies = serializers.BooleanField(help_text="Answers go out to it.")
    webhooks = serializers.BooleanField(help_text="It sends what people say by itself.")
    counts = serializers.BooleanField(help_text="It tells the numbers of a post.")
    lists = serializers.BooleanField(help_text="Its entries can be read at `/channels/{id}/entries/`.")
    manual = serializers.BooleanField(help_text="People carry texts there and back.")
    retired = serializers.BooleanField(help_text="It is gone: a channel of it holds history, nothing else.")
    renews = serializers.BooleanField(help_text="Its credentials are renewed before they expire.")
    pictures = serializers.IntegerField(help_text="How many a post may have.")
    text_length = serializers.IntegerField(allow_null=True, help_text="Of an answer, in characters; null: no limit.")
    needs = serializers.SerializerMethodField(help_text="Fields of a channel that must be given, by path.")
    proven = serializers.BooleanField(help_text="Seen working with the network itself or a real server of its kind.")
    note = serializers.SerializerMethodField(help_text="What to know before relying on it; empty where nothing is.")

    def get_every(self, network) -> int | None:
        return network.every if network.polls else None

    def get_needs(self, network) -> list[str]:
        return [name if name in ("url", "account") else f"credentials.{name}" for name in network.needs]

    def get_note(self, network) -> str:
        return "" if network.proven else UNPROVEN


class Networks(View):
    """The networks that a channel can be on, with their abilities."""

    rights = {"GET": SIGNED_IN}

    @extend_schema(responses=inline_serializer("NetworkList", {"results": NetworkShape(many=True)}))
    def get(self, request):
        return Response({"results": NetworkShape(networks.listed(), many=True).data})


class EntryShape(serializers.Serializer):
    id = serializers.CharField()
    title = serializers.CharField()
    text = serializers.CharField(help_text="Without its markup.")
    link = serializers.CharField(help_text="http or https; empty where the feed has none.")
    at = Moment(allow_null=True, help_text="When it was published; null where the feed does not tell.")


@method_decorator(transaction.non_atomic_requests, name="dispatch")
class Entries(ChannelView):
    """What stands in the feed of this channel now, to make posts of. It is read at once and not kept."""

    rights = {"GET": "campaigns:read"}

    def initial(self, request, *args, **kwargs):
        with transaction.atomic():  # the door's own; none is open while the feed is read
            super().initial(request, *args, **kwargs)
            self.channel = self.row(kwargs["id"])

    @extend_schema(responses={200: inline_serializer("EntryList", {"results": EntryShape(many=True)}), 409: None})
    def get(self, request, id: int):
        network = networks.get(self.channel.network)
        if not network.lists:
            raise Conflict(f"The channel '{self.channel.slug}' has no entries to read.", "no_entries")
        try:
            found = network.connector.entries(account(self.channel))
        except (NetworkError, Sealed) as error:
            raise Conflict(f"The feed cannot be read: {error}", "feed_unreadable") from None
        return Response({"results": EntryShape(found, many=True).data})
