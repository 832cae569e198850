"""Numbers over REST: taken in by the thousand, listed as they were told."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from agency.doors import ListView, View
from agency.fields import Moment, moment
from clients import access
from clients.models import Channel
from clients.networks.types import Numbers
from clients.refusal import Refused
from feedback.api.interactions import Absent, ItemError
from feedback.api.parameters import CHANNEL, CLIENTS, Asked, entries, one
from feedback.nudges import nudge

from .. import snapshots, tasks
from ..engagement import COUNTERS, LARGEST
from ..models import Publication, Snapshot
from ..snapshots import Reading, Receipt
from ..vocabulary import Source

MOST_ITEMS, LONGEST_SLUG = 1_000, 80
AHEAD = timedelta(days=1)
FIELDS = frozenset({"client", "channel", "post", "observed_at", "source", *COUNTERS})
STATUSES = ("created", "duplicate", "error")
EXAMPLE = {
    "post": 4711,
    "observed_at": "2026-03-27T15:45:00Z",
    "source": "manual",
    "reach": 812,
    "reactions": 31,
    "comments": 4,
}
ACCOUNT = {"client": "bakery", "channel": "facebook", "observed_at": "2026-03-27T15:45:00Z", "followers": 1204}


def counters() -> dict[str, serializers.Field]:
    return {
        name: serializers.IntegerField(required=False, allow_null=True, min_value=0, max_value=LARGEST)
        for name in COUNTERS
    }


class SnapshotItem(serializers.Serializer):
    """Counters since the post or channel began, as they stood at `observed_at`; leave out what is not known.

    Of a post (`post`, with `channel` where it is on several) or of a channel as a whole (`channel`, with `client`
    where several have one of this slug). On a post, `followers` are those of its channel then.
    """

    client = serializers.CharField(required=False, help_text="Slug.")
    channel = serializers.CharField(required=False, help_text="Slug within the client.")
    post = serializers.IntegerField(required=False, help_text="Id of the post.")
    observed_at = serializers.CharField(help_text="ISO 8601 with offset.")
    source = serializers.ChoiceField(Source.values, default=Source.MANUAL)

    def get_fields(self):
        return super().get_fields() | counters()


class SnapshotItems(serializers.Serializer):
    items = SnapshotItem(many=True, max_length=MOST_ITEMS)


class SnapshotResult(serializers.Serializer):
    status = serializers.ChoiceField(STATUSES)
    id = serializers.IntegerField(required=False, help_text="Of the snapshot; with `content_differs` of the known one.")
    error = ItemError(required=False)


class SnapshotResults(serializers.Serializer):
    results = SnapshotResult(many=True)


class SnapshotShape(serializers.Serializer):
    id = serializers.IntegerField()
    client = serializers.CharField(source="client.slug")
    channel = serializers.CharField(source="channel.slug")
    post = serializers.IntegerField(source="publication.post_id", default=None, allow_null=True)
    observed_at = Moment()
    source = serializers.ChoiceField(Source.values)
    taken_at = Moment(help_text="When it came in.")

    def get_fields(self):
        return super().get_fields() | {name: serializers.IntegerField(allow_null=True) for name in COUNTERS}


class Subjects:
    """The posts and channels that a batch names, found with a fixed number of queries."""

    def __init__(self, principal: access.Principal, items: Sequence[object]):
        named = [item for item in items if isinstance(item, dict)]
        posts = {item["post"] for item in named if type(item.get("post")) is int}
        slugs = {item["channel"] for item in named if isinstance(item.get("channel"), str)}
        self.posts: dict[int, list[Publication]] = {}
        rows = Publication.objects.filter(client_id__among=principal.client_ids, post_id__in=posts)
        for row in rows.select_related("channel", "client").order_by("id"):
            self.posts.setdefault(row.post_id, []).append(row)
        self.channels: dict[str, list[Channel]] = {}
        for channel in access.channels(principal).filter(slug__in=slugs).order_by("client_id"):
            self.channels.setdefault(channel.slug, []).append(channel)
        clients = {item["client"] for item in named if isinstance(item.get("client"), str)}
        self.clients = set(access.clients(principal).filter(slug__in=clients).values_list("slug", flat=True))

    def of(self, item: Mapping) -> tuple[int, int, int | None]:
        """Client, channel and publication (None: the whole channel). Raises Refused, Absent."""
        client, channel = _slug(item, "client"), _slug(item, "channel")
        if client is not None and client not in self.clients:
            raise Absent("client", f"There is no client '{client}'.")
        if item.get("post") is not None:
            row = self._publication(item["post"], client, channel)
            return row.client_id, row.channel_id, row.id
        if channel is None:
            raise Refused("post", "name a post or a channel", "required")
        found = self._channel(client, channel)
        return found.client_id, found.id, None

    def _publication(self, post: object, client: str | None, channel: str | None) -> Publication:
        if type(post) is not int:
            raise Refused("post", "must be the number of a post")
        rows = [row for row in self.posts.get(post, ()) if client in (None, row.client.slug)]
        if not rows:
            raise Absent("post", f"There is no post '{post}'.")
        if channel is not None and (rows := [row for row in rows if row.channel.slug == channel]) == []:
            raise Absent("channel", f"The post does not go to a channel '{channel}'.")
        if len(rows) > 1:
            there = ", ".join(row.channel.slug for row in rows)
            raise Refused("channel", f"is needed, because the post is on several: {there}", "required")
        return rows[0]

    def _channel(self, client: str | None, slug: str) -> Channel:
        found = [one for one in self.channels.get(slug, ()) if client in (None, one.client.slug)]
        if not found:
            raise Absent("channel", f"There is no channel '{slug}'.")
        if len(found) > 1:
            raise Refused("client", "is needed, because several clients have such a channel", "required")
        return found[0]


class Snapshots(Asked, ListView):
    """Numbers as they were told, the last told first; never changed."""

    rights = {"GET": "metrics:read"}
    serializer_class = SnapshotShape
    queryset = Snapshot.objects.none()
    page_ordering = "-id"

    def rows(self) -> QuerySet[Snapshot]:
        found = self.within(Snapshot.objects.select_related("client", "channel", "publication"))
        if channels := self.channel_ids():
            found = found.filter(channel_id__in=channels)
        if (post := self.number("post")) is not None:
            found = found.filter(publication__post_id=post)
        if sources := self.choices("source", Source.values):
            found = found.filter(source__in=sources)
        if (since := self.instant("observed_from")) is not None:
            found = found.filter(observed_at__gte=since)
        if (until := self.instant("observed_to")) is not None:
            found = found.filter(observed_at__lt=until)
        return found

    @extend_schema(
        parameters=[
            CLIENTS,
            CHANNEL,
            OpenApiParameter("post", int, description="Only of this post."),
            one("source", Source.values, many=True),
            OpenApiParameter("observed_from", str, description="At this instant or later."),
            OpenApiParameter("observed_to", str, description="Before this instant."),
        ]
    )
    def get(self, request):
        return super().get(request)


class BulkSnapshots(Asked, View):
    """Take in up to 1,000 snapshots in any order; one that can't be taken never stops the others.

    A post or channel has one snapshot for each instant and source: the same again is a duplicate, another one an error.
    """

    rights = {"POST": "metrics:write"}
    serializer_class = SnapshotItems

    @extend_schema(
        responses=SnapshotResults,
        examples=[OpenApiExample("a post and a channel", {"items": [EXAMPLE, ACCOUNT]}, request_only=True)],
    )
    def post(self, request):
        results = take(self.principal, entries(request.data, "snapshots", MOST_ITEMS), self.now)
        nudge(tasks.fill_numbers)
        return Response({"results": results})


def take(principal: access.Principal, items: list, now: datetime) -> list[dict]:
    """A result for each item, in their order. Read by hand: serializers would cost more than the intake itself."""
    subjects, results, readings = Subjects(principal, items), [], []
    for item in items:
        result: dict = {}
        results.append(result)
        try:
            readings.append((_reading(subjects, item, now), result))
        except Refused as error:
            field, detail, code = error.errors[0]
            result |= _failure(field, code, detail)
        except Absent as error:
            result |= _failure(error.field, "not_found", str(error))
    receipts = snapshots.take([reading for reading, _ in readings])
    for (_, result), receipt in zip(readings, receipts, strict=True):
        result |= _told(receipt)
    return results


def _reading(subjects: Subjects, item: object, now: datetime) -> Reading:
    if not isinstance(item, dict):
        raise Refused("item", "must be an object")
    if unknown := item.keys() - FIELDS:
        raise Refused(sorted(unknown)[0][:LONGEST_SLUG], "is not a field of a snapshot", "unknown")
    source = item.get("source", Source.MANUAL)
    if source not in Source.values:
        raise Refused("source", f"must be one of {', '.join(Source.values)}")
    told = {name: _counter(name, item.get(name)) for name in COUNTERS}
    if all(value is None for value in told.values()):
        raise Refused("item", f"tells no number; known are {', '.join(COUNTERS)}", "required")
    return Reading(*subjects.of(item), _observed(item.get("observed_at"), now), source, Numbers(**told))


def _counter(name: str, value: object) -> int | None:
    if value is not None and (type(value) is not int or not 0 <= value <= LARGEST):
        raise Refused(name, "must be a whole number from 0, or null where it is not known")
    return value


def _observed(value: object, now: datetime) -> datetime:
    try:
        at = moment(value)
    except ValueError as error:
        raise Refused("observed_at", str(error), "required" if value is None else "invalid") from None
    if at > now + AHEAD:
        raise Refused("observed_at", "lies in the future")
    return at


def _slug(item: Mapping, name: str) -> str | None:
    value = item.get(name)
    if value is not None and not isinstance(value, str):
        raise Refused(name, "must be a string")
    return value if value is None else value[:LONGEST_SLUG]


def _failure(field: str, code: str, detail: str) -> dict:
    return {"status": "error", "error": {"field": field, "code": code, "detail": detail}}


def _told(receipt: Receipt) -> dict:
    if receipt.status == "error":
        differs = f"differs from the snapshot {receipt.id} of the same instant and source"
        return {"id": receipt.id} | _failure(receipt.field, "content_differs", differs)
    return {"status": receipt.status, "id": receipt.id}
