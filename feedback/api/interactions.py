"""Messages over REST: taken in one by one or by the thousand, listed, and their triage corrected."""

from collections.abc import Sequence
from datetime import datetime

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from agency.doors import ListView, View
from agency.fields import Flag, Strict
from clients import access
from clients.models import Channel
from clients.refusal import Conflict, Refused

from .. import desk, inbox, intake
from ..arrivals import Arrival, Receipt
from ..models import Direction, Interaction, Kind, Sentiment, Urgency
from . import filters, shapes
from .parameters import Asked, entries

STATUSES = ("created", "updated", "duplicate", "error")
MOST_ITEMS = 1_000
LONGEST_SLUG = 80
EXAMPLE = {
    "client": "bakery",
    "channel": "reviews",
    "external_id": "r-4711",
    "thread_id": "r-4711",
    "direction": "in",
    "kind": "review",
    "author": {"id": "u-7", "name": "Carla Kundin"},
    "text": "Seit drei Wochen keine Antwort!",
    "stars": 1,
    "created_at": "2026-03-27T15:45:00Z",
}


class Item(serializers.Serializer):
    """One message as its network shows it. A known one changes only with a newer `edited_at` or `deleted_at`."""

    client = serializers.CharField(help_text="Slug.")
    channel = serializers.CharField(help_text="Slug within the client.")
    external_id = serializers.CharField(max_length=intake.MAX_ID, help_text="The network's id of the message.")
    thread_id = serializers.CharField(max_length=intake.MAX_ID, help_text="The network's id of its thread.")
    parent_id = serializers.CharField(max_length=intake.MAX_ID, required=False, allow_null=True)
    direction = serializers.ChoiceField(Direction.values)
    kind = serializers.ChoiceField(Kind.values)
    author = shapes.WriterShape()
    text = serializers.CharField(max_length=intake.MAX_TEXT, allow_blank=True)
    stars = serializers.IntegerField(min_value=1, max_value=5, required=False, allow_null=True)
    created_at = serializers.CharField(help_text="ISO 8601 with offset, or RFC 2822.")
    edited_at = serializers.CharField(required=False, allow_null=True)
    deleted_at = serializers.CharField(required=False, allow_null=True)


class Items(serializers.Serializer):
    items = Item(many=True, max_length=MOST_ITEMS)


class ItemError(serializers.Serializer):
    field = serializers.CharField()
    code = serializers.CharField()
    detail = serializers.CharField()


class Result(serializers.Serializer):
    external_id = serializers.CharField(allow_null=True)
    status = serializers.ChoiceField(STATUSES)
    id = serializers.IntegerField(required=False)
    error = ItemError(required=False)


class Results(serializers.Serializer):
    results = Result(many=True)


class CorrectedTriage(Strict):
    """A person's word outranks the automatic one for good."""

    sentiment = serializers.ChoiceField(Sentiment.values, required=False)
    urgency = serializers.ChoiceField(Urgency.values, required=False)
    language = serializers.ChoiceField(list(desk.ALLOWED["language"]), required=False)
    question = Flag(required=False)


class Absent(access.NotFound):
    """A client or channel that the principal can't see, and the field that names it."""

    def __init__(self, field: str, message: str):
        super().__init__(message)
        self.field = field


class Channels:
    """The channels that a batch names, found with two queries however long it is."""

    def __init__(self, principal: access.Principal, items: Sequence[object]):
        named = [item for item in items if isinstance(item, dict)]
        clients, channels = ({_slug(item.get(name)) for item in named} for name in ("client", "channel"))
        served = access.clients(principal).filter(slug__in=clients)
        self.clients = set(served.values_list("slug", flat=True))
        found = access.channels(principal).filter(client__slug__in=clients, slug__in=channels)
        self.channels = {(channel.client.slug, channel.slug): channel for channel in found}

    def of(self, item: dict) -> Channel:
        """Raises Refused for what is no name, Absent for what the principal can't see."""
        client, channel = (_name(item, field) for field in ("client", "channel"))
        if client not in self.clients:
            raise Absent("client", f"There is no client '{client[:LONGEST_SLUG]}'.")
        if (client, channel) not in self.channels:
            raise Absent("channel", f"The client '{client}' has no channel '{channel[:LONGEST_SLUG]}'.")
        return self.channels[client, channel]


def _slug(value: object) -> str:
    return value if isinstance(value, str) and len(value) <= LONGEST_SLUG else ""


def _name(item: dict, field: str) -> str:
    value = item.get(field)
    if not isinstance(value, str):
        raise Refused(field, "is required" if value is None else "must be a string")
    return value


class Interactions(Asked, ListView):
    """Messages of customers and of ours, the newest first."""

    rights = {"GET": "inbox:read", "POST": "inbox:write"}
    serializer_class = shapes.InteractionShape
    queryset = Interaction.objects.none()
    orderings = filters.INTERACTION_ORDERINGS

    def rows(self):
        return filters.interactions(self)

    @extend_schema(parameters=filters.INTERACTION_PARAMETERS)
    def get(self, request):
        return super().get(request)

    @extend_schema(
        request=Item,
        responses={200: shapes.InteractionShape, 201: shapes.InteractionShape},
        examples=[OpenApiExample("a review", EXAMPLE, request_only=True)],
    )
    def post(self, request):
        """Take in one message. 201: it is new; 200: it was known, and is updated if this is news."""
        item = intake.read(request.data, now=self.now)
        channel = Channels(self.principal, [request.data]).of(request.data)
        (receipt,) = inbox.receive([Arrival(channel, item)], now=self.now)
        if receipt.status == "error":
            raise Conflict(receipt.error, "content_differs")
        row = filters.messages(self).get(id=receipt.id)
        return Response(self.shown(row), status=201 if receipt.status == "created" else 200)


class OneInteraction(Asked, View):
    rights = {"GET": "inbox:read"}
    serializer_class = shapes.InteractionShape
    queryset = Interaction.objects.none()

    def get(self, request, id: int):
        return Response(self.shown(self.row(id)))

    def row(self, id: int) -> tuple:
        found = filters.messages(self).filter(id=id).first()
        if found is None:
            raise access.NotFound(f"There is no interaction '{id}'.")
        return found


class Correct(OneInteraction):
    """Correct what triage made of a message; the promises that follow from it are judged again."""

    rights = {"POST": "inbox:write"}
    http_method_names = ["post", "options"]

    @extend_schema(request=CorrectedTriage, responses=shapes.InteractionShape)
    def post(self, request, id: int):
        interaction, changes = filters.message(self, id), self.body(CorrectedTriage)
        if not changes:
            raise Refused("", "name at least one of sentiment, urgency, language, question")
        desk.correct(interaction=interaction, user=self.principal.user, changes=changes)
        return Response(self.shown(self.row(id)))


class Bulk(Asked, View):
    """Take in up to 1,000 messages in any order; one that can't be taken never stops the others."""

    rights = {"POST": "inbox:write"}
    serializer_class = Items

    @extend_schema(
        responses=Results,
        examples=[
            OpenApiExample("two messages", {"items": [EXAMPLE, EXAMPLE | {"client": "nobody"}]}, request_only=True),
            OpenApiExample(
                "their results",
                {
                    "results": [
                        {"external_id": "r-4711", "status": "created", "id": 12},
                        {
                            "external_id": "r-4711",
                            "status": "error",
                            "error": {
                                "field": "client",
                                "code": "not_found",
                                "detail": "There is no client 'nobody'.",
                            },
                        },
                    ]
                },
                response_only=True,
            ),
        ],
    )
    def post(self, request):
        return Response({"results": take(self.principal, entries(request.data, "interactions", MOST_ITEMS), self.now)})


def take(principal: access.Principal, items: list, now: datetime) -> list[dict]:
    """A result for each item, in their order. Read by hand: serializers would cost more than the intake itself."""
    channels, results, arrivals = Channels(principal, items), [], []
    for item in items:
        result = {"external_id": _shown_id(item)}
        results.append(result)
        try:
            arrival = Arrival(channels.of(item) if isinstance(item, dict) else None, intake.read(item, now=now))
            arrivals.append((arrival, result))
        except Refused as error:
            field, detail, code = error.errors[0]
            result |= _failure(field, code, detail)
        except Absent as error:
            result |= _failure(error.field, "not_found", str(error))
    receipts = inbox.receive([arrival for arrival, _ in arrivals], now=now)
    for (_, result), receipt in zip(arrivals, receipts, strict=True):
        result |= _told(receipt)
    return results


def _failure(field: str, code: str, detail: str) -> dict:
    return {"status": "error", "error": {"field": field, "code": code, "detail": detail}}


def _told(receipt: Receipt) -> dict:
    if receipt.status == "error":
        return {"id": receipt.id} | _failure("text", "content_differs", receipt.error)
    return {"status": receipt.status, "id": receipt.id}


def _shown_id(item: object) -> str | None:
    value = item.get("external_id") if isinstance(item, dict) else None
    if isinstance(value, str):
        return value[: intake.MAX_ID]
    return str(value) if type(value) is int else None
