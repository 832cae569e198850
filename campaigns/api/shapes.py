"""The JSON of posts, as the API takes and shows it."""

from datetime import datetime

from django.core.validators import URLValidator
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from agency.fields import Flag, Moment, Strict, Text, Whole
from clients import networks
from clients.access import Principal
from clients.refusal import Refused

from .. import approval, media, posts, tracking
from ..models import Decision, Post, Publication
from ..vocabulary import PostKind, Stage, State, Verdict
from .expansions import CAMPAIGN

LONGEST_TEXT = 70_000
WEB = URLValidator(schemes=["http", "https"])
RIGHT_FOR = {
    "submit": "campaigns:write",
    "schedule": "campaigns:write",
    "cancel": "campaigns:write",
    "settle": "campaigns:write",
    "hold": "holds:write",
    "release": "holds:write",
    "approve": "approvals:write",
    "change": "approvals:write",
    "reject": "approvals:write",
}


class LocalTime(Text):
    """A wall time such as 2026-03-29T09:30."""

    def to_internal_value(self, data) -> datetime:
        try:
            return datetime.strptime(super().to_internal_value(data), "%Y-%m-%dT%H:%M")
        except ValueError:
            raise serializers.ValidationError("must be a local time such as 2026-03-29T09:30", "invalid") from None


class PostChange(Strict):
    kind = serializers.ChoiceField(PostKind.values, help_text="What it gives its readers.")
    text = Text(max_length=LONGEST_TEXT, trim_whitespace=False, help_text="Counted as each network counts.")
    channels = serializers.ListField(
        child=Text(max_length=80), min_length=1, max_length=50, help_text="Slugs of channels of the client."
    )
    campaign = Text(required=False, allow_null=True, max_length=80, help_text="Slug of a campaign of the client.")
    goal = Text(required=False, allow_null=True, max_length=80, help_text="Slug of a goal of the signed strategy.")
    title = Text(required=False, allow_blank=True, max_length=200, help_text="For networks whose posts have one.")
    link = Text(required=False, allow_blank=True, max_length=2_000, validators=[WEB])
    tags = serializers.ListField(child=Text(max_length=80), required=False, max_length=50)
    variants = serializers.DictField(
        child=Text(allow_blank=True, max_length=LONGEST_TEXT, trim_whitespace=False),
        required=False,
        help_text="Slug of a channel to the text there instead. Given ones replace all.",
    )
    media = serializers.ListField(
        child=Whole(min_value=1), required=False, max_length=media.MOST, help_text="Ids of pictures, in their order."
    )
    publish_at = Moment(required=False, allow_null=True, help_text="When it is to go out.")
    local_time = LocalTime(required=False, help_text="The same as a wall time of the client: 2026-03-29T09:30.")
    evergreen = Flag(required=False, help_text="Whether it may fill a gap at any time.")

    def validate(self, values: dict) -> dict:
        if "publish_at" in values and "local_time" in values:
            raise Refused("local_time", "give either this or publish_at")
        return values


class PostPatch(PostChange):
    version = Whole(required=False, min_value=1, help_text="The version that was read: refused when it has changed.")


class NewPost(PostChange):
    client = Text(max_length=80, help_text="Slug of the client.")


class DecisionShape(serializers.Serializer):
    stage = serializers.ChoiceField(Stage.values)
    verdict = serializers.ChoiceField(Verdict.values)
    comment = serializers.CharField()
    reason = serializers.CharField(help_text="Why the agency decided in the client's place.")
    by = serializers.SerializerMethodField(help_text="An e-mail address, or the name on an approval link.")
    at = Moment()
    current = serializers.SerializerMethodField(help_text="Whether it is about exactly what the post says now.")

    def get_by(self, decision: Decision) -> str | None:
        return decision.link.name if decision.link else decision.user and decision.user.email

    def get_current(self, decision: Decision) -> bool:
        return decision.hash == self.context["hash"]


class PublicationShape(serializers.Serializer):
    """The post on one channel."""

    id = serializers.IntegerField()
    channel = serializers.CharField(source="channel.slug")
    network = serializers.CharField(source="channel.network")
    state = serializers.ChoiceField(State.values)
    text = serializers.SerializerMethodField(help_text="What it says there.")
    reason = serializers.CharField(help_text="Why it is not where it should be.")
    by_hand = serializers.SerializerMethodField(help_text="A person publishes it and then settles it.")
    due_at = Moment(allow_null=True, help_text="When a worker looks at it next.")
    sent_at = Moment(allow_null=True)
    external_id = serializers.CharField()
    url = serializers.CharField()
    link = serializers.SerializerMethodField(
        help_text="What goes out there for the post's link: our short one once it is made, else the tagged one."
    )
    short_link = serializers.SerializerMethodField(help_text="Our own address that stands for its link there, if any.")
    decisions = serializers.SerializerMethodField()
    allowed_actions = serializers.SerializerMethodField()

    def get_text(self, row: Publication) -> str:
        return row.variant or self.context["post"].text

    def get_by_hand(self, row: Publication) -> bool:
        return networks.get(row.channel.network).manual

    def get_link(self, row: Publication) -> str:
        post = self.context["post"]
        return self.get_short_link(row) or (tracking.tagged(post, row) if post.link else "")

    def get_short_link(self, row: Publication) -> str:
        return next((tracking.address(link.code) for link in row.short_links.all()), "")

    def get_decisions(self, row: Publication) -> DecisionShape(many=True):
        known = {"hash": approval.hash_of(self.context["post"], row)}
        return DecisionShape(sorted(row.decisions.all(), key=lambda one: one.id), many=True, context=known).data

    def get_allowed_actions(self, row: Publication) -> list[str]:
        return allowed(row, self.context["principal"])


class LinkCheckShape(serializers.Serializer):
    """What came of asking the post's link, which is done within a day before its slot."""

    url = serializers.CharField()
    checked_at = Moment(allow_null=True, help_text="null: not yet.")
    problem = serializers.CharField(help_text="Empty: it works.")


class AttachmentShape(serializers.Serializer):
    id = serializers.IntegerField(source="media_id")
    alt = serializers.CharField(help_text="What goes out for those who don't see it.")
    mime = serializers.CharField(source="media.mime")
    width = serializers.IntegerField(source="media.width")
    height = serializers.IntegerField(source="media.height")


class PostShape(serializers.Serializer):
    expansions = (CAMPAIGN,)

    id = serializers.IntegerField()
    client = serializers.CharField(source="client.slug")
    campaign = serializers.CharField(source="campaign.slug", default=None, allow_null=True)
    goal = serializers.CharField(
        source="serves.slug", default=None, allow_null=True, help_text="Its own; without one its campaign's counts."
    )
    kind = serializers.ChoiceField(PostKind.values)
    title = serializers.CharField()
    text = serializers.CharField()
    link = serializers.CharField()
    tags = serializers.ListField(child=serializers.CharField())
    publish_at = Moment(allow_null=True)
    local_time = serializers.CharField(help_text="The wall time that was meant.")
    zone = serializers.CharField(help_text="Where that time is read.")
    evergreen = serializers.BooleanField()
    origin = serializers.IntegerField(source="origin_id", allow_null=True, help_text="The post that it repeats.")
    media = AttachmentShape(source="attachments.all", many=True)
    version = serializers.IntegerField()
    author = serializers.EmailField(source="author.email", default=None, allow_null=True)
    created_at = Moment()
    updated_at = Moment()
    channels = serializers.SerializerMethodField()
    variants = serializers.SerializerMethodField()
    states = serializers.SerializerMethodField(help_text="State per channel.")
    publications = serializers.SerializerMethodField()
    link_check = serializers.SerializerMethodField()
    allowed_actions = serializers.SerializerMethodField(help_text="What may be done now, on one channel at least.")
    notices = serializers.SerializerMethodField(help_text="What was understood otherwise than it was written.")

    def get_channels(self, post: Post) -> list[str]:
        return [row.channel.slug for row in rows(post)]

    def get_variants(self, post: Post) -> dict[str, str]:
        return {row.channel.slug: row.variant for row in rows(post) if row.variant}

    @extend_schema_field(serializers.DictField(child=serializers.ChoiceField(State.values)))
    def get_states(self, post: Post) -> dict[str, str]:
        return {row.channel.slug: row.state for row in rows(post)}

    def get_publications(self, post: Post) -> PublicationShape(many=True):
        return PublicationShape(rows(post), many=True, context=self.context | {"post": post}).data

    def get_link_check(self, post: Post) -> LinkCheckShape(allow_null=True):
        found = next((row for row in post.link_checks.all() if row.url == post.link), None)
        return found and LinkCheckShape(found).data

    def get_allowed_actions(self, post: Post) -> list[str]:
        return sorted({action for row in rows(post) for action in allowed(row, self.context["principal"])})

    def get_notices(self, post: Post) -> list[str]:
        silent = [one.media_id for one in media.of(post) if not one.alt.strip()]
        return self.context.get("notices", []) + [
            f"Picture {id} has no alternative text yet: the post can't be submitted without." for id in silent
        ]


def rows(post: Post) -> list[Publication]:
    return sorted(post.publications.all(), key=lambda row: row.id)


def allowed(row: Publication, principal: Principal) -> list[str]:
    """What the principal may do with the publication now; the client's own people wait for the agency's approval."""
    found = [action for action in posts.allowed(row) if RIGHT_FOR[action] in principal.rights]
    if row.state == State.IN_REVIEW and principal.of_client:
        found = [action for action in found if RIGHT_FOR[action] != "approvals:write"]
    return found
