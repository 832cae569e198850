"""What posts did, over REST."""

from datetime import timedelta

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from agency.doors import View
from agency.fields import Moment, shown
from feedback.api.parameters import CLIENTS, FROM, TO, InPeriod, one

from .. import home, metrics
from ..engagement import COUNTERS, OF_POSTS, RATES

DEFINITIONS = {
    "counters": "How far each counter moved: its value at the end of the last local day less that at the beginning of "
    "the first, added up over the posts. The value at an instant is what the latest snapshot until then told. A "
    "post counts from 0. May be negative; null: nobody told it.",
    "reach": "Each post's growth of reach, added up: people reached by several posts count several times.",
    "clicks": "As the network counts them.",
    "link_clicks": "As our own short links count them, by local day; never mixed with clicks.",
    "engagement": "reactions + comments + shares, + clicks where the client counts them.",
    "rate": "Engagement divided by the counter that `kind` names, both summed over the `covered` of the `of` posts "
    "with numbers in the period that have this counter; null where there is nothing to divide by. A post on two "
    "channels counts as two. By followers: those of the post's channel at the end of the period.",
    "followers": "How far the channels' followers moved since the period began, or since they were first told.",
    "followers_total": "The channels' followers at the end of the period; whoever follows two channels counts twice.",
    "account": "What networks tell of channels as a whole; not part of the posts' counters.",
    "captured_at": "The latest snapshot that the row used.",
    "filled_to": "Every number stored before this instant is counted.",
    "previous": "The period of as many local days that ends before this one.",
    "rate_points": "How far the rate moved, in percentage points.",
}
COMPARE = ("previous",)
RATE = one("rate", RATES, "What engagement is divided by, by default reach.")


def whole(**more) -> serializers.IntegerField:
    return serializers.IntegerField(allow_null=True, **more)


class RateShape(serializers.Serializer):
    kind = serializers.ChoiceField(RATES)
    value = serializers.FloatField(allow_null=True, help_text="0.05 is 5 %.")
    covered = serializers.IntegerField(help_text="Posts that have this denominator.")
    of = serializers.IntegerField(help_text="Posts with numbers in the period.")


class AccountShape(serializers.Serializer):
    def get_fields(self):
        return {name: whole() for name in OF_POSTS}


class EngagementNumbers(serializers.Serializer):
    engagement = whole()
    link_clicks = serializers.IntegerField()
    rate = RateShape()
    captured_at = Moment(allow_null=True)

    def get_fields(self):
        return {name: whole() for name in COUNTERS} | super().get_fields()


class EngagementChange(serializers.Serializer):
    engagement = whole()
    link_clicks = whole()
    rate_points = serializers.FloatField(allow_null=True)

    def get_fields(self):
        return {name: whole() for name in COUNTERS} | super().get_fields()


class EngagementRow(EngagementNumbers):
    """One client and one value of `by`, whose key is named after it."""

    client = serializers.CharField(help_text="Slug.")
    day = serializers.DateField(required=False)
    channel = serializers.CharField(required=False)
    campaign = serializers.CharField(required=False, allow_null=True, help_text="null: posts of no campaign.")
    post = serializers.IntegerField(required=False)
    kind = serializers.CharField(required=False)
    followers_total = whole()
    account = AccountShape()
    previous = EngagementNumbers(required=False)
    change = EngagementChange(required=False)


class PeriodShape(serializers.Serializer):
    def get_fields(self):
        return {"from": serializers.DateField(), "to": serializers.DateField()} | super().get_fields()


class EngagementShape(PeriodShape):
    previous = PeriodShape(required=False)
    by = serializers.ChoiceField(list(metrics.BY))
    filled_to = Moment()
    definitions = serializers.DictField(child=serializers.CharField())
    rows = EngagementRow(many=True)


class Engagement(InPeriod, View):
    """How far the counters of posts and channels moved, and the engagement per reach, impressions, views or followers.

    Both local days are included, in the time zone of each client.
    """

    rights = {"GET": "metrics:read"}
    serializer_class = EngagementShape

    @extend_schema(
        parameters=[
            CLIENTS,
            FROM,
            TO,
            one("by", metrics.BY, "By default total."),
            RATE,
            one("compare", COMPARE, "With the period of as many days before."),
        ]
    )
    def get(self, request):
        slugs = self.slugs()
        low, high = self.period(list(slugs))
        by, kind = self.choice("by", metrics.BY, "total"), self.choice("rate", RATES, "reach")
        told = {"from": low, "to": high, "by": by}
        if self.choice("compare", COMPARE):
            span = high - low + timedelta(days=1)
            told["previous"] = {"from": low - span, "to": high - span}
            rows = metrics.compared(list(slugs), low, high, by, kind)
        else:
            rows = metrics.rows(list(slugs), low, high, by, kind)
        told |= {"filled_to": shown(metrics.filled_to(list(slugs), self.now)), "definitions": DEFINITIONS}
        return Response(told | {"rows": [_row(row, slugs[row["client_id"]], by) for row in rows]})


def _row(row: dict, slug: str, by: str) -> dict:
    """The row as it is shown: the client by slug, the key named after `by`."""
    row = row | {"captured_at": shown(row["captured_at"])}
    if "previous" in row:
        row["previous"] = row["previous"] | {"captured_at": shown(row["previous"]["captured_at"])}
    key = row.pop("key")
    del row["client_id"]
    named = {} if by == "total" else {by: int(key) if by == "post" else key}
    return {"client": slug} | named | row


class HomeRow(serializers.Serializer):
    client = serializers.CharField(help_text="Slug.")
    posts = serializers.IntegerField(help_text="That went out on one channel at least.")
    with_link = serializers.IntegerField()
    home = serializers.IntegerField(help_text="Whose link is on the host of the client's homepage.")
    share_home = serializers.FloatField(allow_null=True, help_text="home / posts; null without posts or homepage.")
    link_clicks = serializers.IntegerField(help_text="On all short links in these days.")


class HomeShape(PeriodShape):
    rows = HomeRow(many=True)


class Home(InPeriod, View):
    """How many of the posts of some local days led to the client's homepage, and how often links were followed."""

    rights = {"GET": "metrics:read"}
    serializer_class = HomeShape

    @extend_schema(parameters=[CLIENTS, FROM, TO])
    def get(self, request):
        slugs = self.slugs()
        low, high = self.period(list(slugs))
        rows = [{"client": slugs[row.pop("client_id")]} | row for row in home.shares(list(slugs), low, high)]
        return Response({"from": low, "to": high, "rows": rows})
