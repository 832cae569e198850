"""How clients do against themselves and each other, and when their posts do best, over REST."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from agency.doors import View
from agency.fields import Moment, shown
from clients.hours.document import WEEKDAYS
from feedback.api.parameters import CLIENTS, FROM, TO, InPeriod, one

from .. import benchmark, metrics, timing
from ..engagement import RATES
from ..vocabulary import PostKind
from .metrics import RATE, PeriodShape, RateShape

COMPARED = {
    "rate": "Of the last so many whole local days: Σ engagement / Σ denominator over the posts that have it.",
    "own": f"The median of the client's rates in the {benchmark.PERIODS} periods of the same length just before; "
    f"null with fewer than {benchmark.LEAST_PERIODS} that have one.",
    "cohort": "The median of the rates of the agency's other clients over their last so many days, counted hourly and "
    f"rounded to a tenth of a percentage point; null with fewer than {benchmark.LEAST_OTHERS} others.",
    "points": "How far the client's rate is above the median, in percentage points.",
}
TIMES = {
    "cells": f"Weekday and hour in the client's local time with at least {timing.LEAST_POSTS} posts.",
    "engagement": "The median over the posts, from their publication until now.",
    "rate": f"In cells the median of the posts' own rates, null with fewer than {timing.LEAST_POSTS} (`rated`) that "
    "have one; of a kind Σ engagement / Σ denominator, with the median beside it.",
    "best": "The cells with the highest median, by `best_by`.",
    "posts": "Those that went out in the period, at least two days ago, and have numbers. On two channels: two.",
}
REASONS = ("too_few_periods", "too_few_clients")


class MedianShape(serializers.Serializer):
    median = serializers.FloatField(allow_null=True)
    n = serializers.IntegerField(allow_null=True, help_text="Of how many; null where that is not told.")
    reason = serializers.ChoiceField(REASONS, allow_null=True, help_text="Why there is none.")
    points = serializers.FloatField(allow_null=True, help_text="rate - median, in percentage points.")


class CohortShape(MedianShape):
    counted_at = Moment(allow_null=True)


class BenchmarkRow(PeriodShape):
    client = serializers.CharField(help_text="Slug.")
    rate = RateShape()
    own = MedianShape()
    cohort = CohortShape()


class BenchmarkShape(serializers.Serializer):
    days = serializers.IntegerField()
    filled_to = Moment()
    definitions = serializers.DictField(child=serializers.CharField())
    rows = BenchmarkRow(many=True)


class Benchmark(InPeriod, View):
    """Each client's engagement rate beside its own median before, and that of the agency's other clients.

    The others are told as one number, and only where there are at least five.
    """

    rights = {"GET": "metrics:read"}
    serializer_class = BenchmarkShape

    @extend_schema(
        parameters=[CLIENTS, RATE, one("days", [str(n) for n in benchmark.DAYS], "Local days, by default 28.")]
    )
    def get(self, request):
        slugs = self.slugs()
        days = int(self.choice("days", [str(n) for n in benchmark.DAYS], "28"))
        rows = benchmark.rows(list(slugs), days, self.choice("rate", RATES, "reach"), self.now)
        told = {"days": days, "filled_to": shown(metrics.filled_to(list(slugs), self.now)), "definitions": COMPARED}
        return Response(told | {"rows": [_compared(row, slugs) for row in rows]})


class CellShape(serializers.Serializer):
    weekday = serializers.ChoiceField(WEEKDAYS)
    hour = serializers.IntegerField(help_text="0 to 23, local.")
    n = serializers.IntegerField(help_text="Posts.")
    engagement = serializers.FloatField(allow_null=True)
    rate = serializers.FloatField(allow_null=True)
    rated = serializers.IntegerField(help_text="Posts with a rate.")


class BestTimeShape(serializers.Serializer):
    weekday = serializers.ChoiceField(WEEKDAYS)
    hour = serializers.IntegerField()


class BestKindShape(serializers.Serializer):
    kind = serializers.ChoiceField(PostKind.values)
    n = serializers.IntegerField(help_text="Posts.")
    engagement = serializers.FloatField(allow_null=True)
    rate = RateShape()
    median_rate = serializers.FloatField(allow_null=True)
    rated = serializers.IntegerField(help_text="Posts with a rate.")


class BestTimesRow(serializers.Serializer):
    client = serializers.CharField(help_text="Slug.")
    posts = serializers.IntegerField()
    best = BestTimeShape(many=True)
    best_by = serializers.ChoiceField(["rate", "engagement"], allow_null=True)
    cells = CellShape(many=True)
    kinds = BestKindShape(many=True)


class BestTimesShape(PeriodShape):
    filled_to = Moment()
    definitions = serializers.DictField(child=serializers.CharField())
    rows = BestTimesRow(many=True)


class BestTimes(InPeriod, View):
    """When posts did best by weekday and hour, and which kinds of post do; by default over 90 days."""

    rights = {"GET": "metrics:read"}
    serializer_class = BestTimesShape

    @extend_schema(parameters=[CLIENTS, FROM, TO, RATE])
    def get(self, request):
        slugs = self.slugs()
        low, high = self.period(list(slugs), timing.DAYS)
        rows = timing.rows(list(slugs), low, high, self.choice("rate", RATES, "reach"), self.now)
        told = {"from": low, "to": high, "filled_to": shown(metrics.filled_to(list(slugs), self.now))}
        named = [{"client": slugs[row.pop("client_id")]} | row for row in rows]
        return Response(told | {"definitions": TIMES, "rows": named})


def _compared(row: dict, slugs: dict[int, str]) -> dict:
    row = {"client": slugs[row.pop("client_id")]} | row
    return row | {"cohort": row["cohort"] | {"counted_at": shown(row["cohort"]["counted_at"])}}
