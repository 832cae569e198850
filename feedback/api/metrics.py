"""How fast each client is answered, over REST."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from agency.doors import View
from agency.fields import Moment, shown

from .. import metrics
from .parameters import CLIENTS, FROM, TO, InPeriod, one

DEFINITIONS = {
    "received": "Messages of customers, by the local day on which they were written.",
    "sent": "Messages of the client's side that stand on the network, by local day.",
    "n": "Turns of customers that began in the period: messages in a row that wait for an answer; none cancelled.",
    "answered": "Turns that a human answered in public.",
    "open": "Turns that still wait for an answer.",
    "closed": "Turns that ended without an answer because the conversation was closed.",
    "cancelled": "Turns that ask for no answer any more: spam, merged, blocked, deleted or no reply needed.",
    "no_reply_needed": "Those of the cancelled that a person marked as needing no reply.",
    "overdue": "Promises due in the period that are open and past due at this moment; they count as breached.",
    "late_ingest": "Promises that were past due already when the message came in; not part of share_met.",
    "share_met": "Promises kept among those due in the period: met / (met + breached + overdue); null without any.",
    "first": "From a customer's first message to the first public human answer.",
    "next": "From a later unanswered message of a customer to the next answer.",
    "resolution": "From the beginning of a conversation to its end.",
    "business": "Seconds of the client's opening hours, without pauses.",
    "wall": "Seconds of the clock on the wall.",
    "median": "percentile_disc(0.5): a value that was really observed; p90 and p95 likewise. null without any.",
    "period": "A response time belongs to the local day of the customer's message, a promise to the day it was due.",
    "filled_to": "Every fact stored before this instant is counted.",
}
COUNTS = metrics.NAMES


class Seconds(serializers.Serializer):
    median = serializers.IntegerField(allow_null=True)
    p90 = serializers.IntegerField(allow_null=True)
    p95 = serializers.IntegerField(allow_null=True)


class Counts(serializers.Serializer):
    def get_fields(self):
        share = {"share_met": serializers.FloatField(allow_null=True, help_text="0 to 1.")}
        return {name: serializers.IntegerField() for name in COUNTS} | super().get_fields() | share


class Times(Counts):
    business = Seconds()
    wall = Seconds()


class MetricRow(Counts):
    """One client and one value of `by`, whose key is named after it; totals are those of first and next."""

    client = serializers.CharField(help_text="Slug.")
    day = serializers.DateField(required=False)
    channel = serializers.CharField(required=False)
    kind = serializers.CharField(required=False)
    sentiment = serializers.CharField(required=False)
    received = serializers.IntegerField()
    sent = serializers.IntegerField()
    first = Times()
    next = Times()
    resolution = Times()


class ResponseTimesShape(serializers.Serializer):
    by = serializers.ChoiceField(list(metrics.BY))
    filled_to = Moment()
    definitions = serializers.DictField(child=serializers.CharField())
    rows = MetricRow(many=True)

    def get_fields(self):
        return {"from": serializers.DateField(), "to": serializers.DateField()} | super().get_fields()


class ResponseTimes(InPeriod, View):
    """Counts, response times and kept promises per client."""

    rights = {"GET": "metrics:read"}
    serializer_class = ResponseTimesShape

    @extend_schema(
        parameters=[
            CLIENTS,
            FROM,
            TO,
            one("by", metrics.BY, "By default total."),
        ]
    )
    def get(self, request):
        slugs = self.slugs()
        low, high = self.period(list(slugs))
        by = self.choice("by", metrics.BY, "total")
        rows = metrics.response_times(list(slugs), low, high, by, self.now)
        filled = shown(metrics.filled_to(list(slugs), self.now))
        told = {"from": low, "to": high, "by": by, "filled_to": filled, "definitions": DEFINITIONS}
        return Response(told | {"rows": [_row(row, slugs[row["client_id"]], by) for row in rows]})


def _row(row: dict, slug: str, by: str) -> dict:
    """The row as it is shown: the client by slug, the key named after `by`."""
    row = dict(row)
    key = row.pop("key")
    del row["client_id"]
    return {"client": slug} | ({} if by == "total" else {by: key}) | row
