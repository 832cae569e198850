"""The JSON of clients, their hours, channels and events, as the API takes and shows it."""

from django.conf import settings
from django.utils import translation
from rest_framework import serializers

from agency.fields import Flag, Moment, Slug, Strict, Text

from . import directory, networks, notices
from .hours.document import WEEKDAYS

MOST_PREVIEWED = 10_000


class ClientChange(Strict):
    name = Text(max_length=200)
    homepage = Text(required=False, allow_blank=True, max_length=200, help_text="Address, http or https.")
    language = serializers.ChoiceField(directory.LANGUAGES, required=False, help_text="Of what the client reads.")
    archived = Flag(
        required=False, write_only=True, help_text="true: the client is served no longer, for good."
    )


class ClientShape(ClientChange):
    slug = Slug(help_text="Unique within the agency; never changes.")
    archived = None
    enforce_from = Moment(read_only=True, help_text="Promises count for messages from here on.")
    created_at = Moment(read_only=True)
    updated_at = Moment(read_only=True)
    archived_at = Moment(read_only=True, allow_null=True)


def intervals() -> serializers.ListField:
    time = serializers.CharField(help_text="HH:MM, as an end also 24:00.")
    pair = serializers.ListField(child=time, min_length=2, max_length=2)
    return serializers.ListField(child=pair, required=False, help_text='Such as [["09:00", "17:00"]].')


class Week(serializers.Serializer):
    def get_fields(self):
        return {day: intervals() for day in WEEKDAYS}


class Hours(serializers.Serializer):
    """Opening hours, in local time of the zone. A date in `open` replaces whatever the date has otherwise."""

    zone = serializers.CharField(help_text="IANA name, such as Europe/Berlin.")
    country = serializers.CharField(required=False, allow_null=True, help_text="ISO code; null: no holidays.")
    subdivision = serializers.CharField(required=False, allow_null=True, help_text="Land or canton, such as BY.")
    categories = serializers.ListField(
        child=serializers.CharField(), required=False, help_text="Kinds of holidays, by default public ones."
    )
    week = Week()
    closed = serializers.ListField(child=serializers.DateField(), required=False, help_text="Dates without hours.")
    open = serializers.DictField(child=intervals(), required=False, help_text="Date to intervals.")


class Preview(serializers.Serializer):
    """Either `target_seconds` with `starts`, or `pairs`, or all of them; at most 10,000 entries together."""

    target_seconds = serializers.IntegerField(required=False, min_value=0, help_text="Business seconds.")
    starts = serializers.ListField(child=serializers.DateTimeField(), required=False, max_length=MOST_PREVIEWED)
    pairs = serializers.ListField(
        child=serializers.ListField(child=serializers.DateTimeField(), min_length=2, max_length=2),
        required=False,
        max_length=MOST_PREVIEWED,
        help_text="From and to.",
    )


class DueRow(serializers.Serializer):
    start = serializers.DateTimeField()
    opens = serializers.DateTimeField(help_text="The start itself when open, else the next opening.")
    due = serializers.DateTimeField()


class ElapsedRow(serializers.Serializer):
    business_seconds = serializers.IntegerField()

    def get_fields(self):
        return {"from": serializers.DateTimeField(), "to": serializers.DateTimeField()} | super().get_fields()


class Webhook(serializers.Serializer):
    url = serializers.CharField(help_text="Where the network sends to.")
    secret = serializers.CharField(
        help_text="What it signs with; shown this once. The word Meta asks for, the audience of Google's pushes."
    )


class Rotation(Strict):
    overlap = Flag(
        required=False,
        help_text="true, for a system of your own: the address stays, and the old secret is taken for 24 hours more.",
    )


class ChannelChange(Strict):
    name = Text(max_length=200)
    disabled = Flag(required=False, help_text="true: nothing is read from it or written to it.")
    url = Text(
        required=False, allow_blank=True, max_length=500, help_text="Of the server, on networks of many servers."
    )
    credentials = serializers.DictField(
        child=Text(max_length=5_000), required=False, write_only=True, help_text="Such as `token`; never shown."
    )
    expires_at = Moment(required=False, allow_null=True, help_text="When the credentials stop working, if they do.")


class ChannelShape(ChannelChange):
    id = serializers.IntegerField(read_only=True)
    client = Text(source="client.slug", help_text="Slug of the client.")
    slug = Slug(help_text="Unique within the client; items name their channel by it.")
    network = serializers.ChoiceField(networks.names())
    account = Text(required=False, max_length=200, help_text="Its name on the network; made up when left out.")
    disabled = serializers.SerializerMethodField()
    connected_at = Moment(read_only=True)
    polled_at = Moment(read_only=True, allow_null=True)
    failures = serializers.IntegerField(read_only=True, help_text="Failed polls in a row.")
    broken_at = Moment(
        read_only=True, allow_null=True, help_text="Since when the network does not take the credentials; posts wait."
    )
    trouble = serializers.CharField(read_only=True, help_text="What went wrong last; empty when all is well.")
    created_at = Moment(read_only=True)
    updated_at = Moment(read_only=True)

    def get_disabled(self, channel) -> bool:
        return channel.disabled_at is not None


class NewChannel(ChannelShape):
    """The answer to adding one; `webhook` is null for networks without webhooks and not shown again."""

    webhook = serializers.SerializerMethodField()

    def get_webhook(self, channel) -> Webhook(allow_null=True):
        return webhook(channel)


def webhook(channel) -> dict | None:
    secret = directory.webhook_secret(channel)
    address = f"{settings.BASE_URL}/hooks/{channel.network}/{channel.hook_key}/"
    return {"url": address, "secret": secret} if secret else None


class NoticeShape(serializers.Serializer):
    id = serializers.IntegerField()
    client = serializers.CharField(source="client.slug")
    kind = serializers.ChoiceField(list(notices.KINDS))
    text = serializers.SerializerMethodField(help_text="In your language.")
    values = serializers.DictField(help_text="What the text was made from.")
    created_at = Moment()
    read_at = Moment(allow_null=True)

    def get_text(self, notice) -> str:
        with translation.override(notice.recipient.language):
            return notices.text(notice)


class EventShape(serializers.Serializer):
    id = serializers.IntegerField()
    client = serializers.CharField(source="client.slug")
    actor = serializers.EmailField(source="actor.email", default=None, allow_null=True, help_text="null: a rule.")
    action = serializers.CharField(help_text="Such as `hours.changed`.")
    subject = serializers.CharField()
    subject_id = serializers.IntegerField(allow_null=True)
    before = serializers.JSONField(allow_null=True)
    after = serializers.JSONField(allow_null=True)
    request_id = serializers.CharField()
    at = Moment()
