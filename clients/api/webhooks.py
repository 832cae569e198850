"""Webhooks out over REST: endpoints, their secrets, what went there and what came back."""

import json

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from agency.doors import ListView, View
from agency.fields import Flag, Moment, Strict, Text
from agency.models import Endpoint
from agency.schema import CLIENT
from feedback.nudges import nudge

from .. import access, tasks
from ..models import Delivery
from ..refusal import Refused
from ..webhooks import deliveries, endpoints
from ..webhooks.endpoints import RIGHT
from ..webhooks.vocabulary import TYPES, WANTED

STATES = ("waiting", "sending", "delivered", "failed", "dropped")
READS, WRITES = {"GET": RIGHT}, {"POST": RIGHT}


class NewWebhook(Strict):
    url = Text(max_length=500, help_text="Where to send; https only.")
    events = serializers.ListField(
        child=serializers.ChoiceField(WANTED), min_length=1, max_length=100,
        help_text="Types, groups of types such as `post.*`, or `*` for every one, also those that are yet to come.",
    )  # fmt: skip
    clients = serializers.ListField(
        child=Text(max_length=80), allow_null=True, max_length=10_000,
        help_text="Only these, by slug; null: every client of the agency, also those that are yet to come.",
    )  # fmt: skip
    description = Text(required=False, allow_blank=True, max_length=200)


class WebhookShape(serializers.Serializer):
    id = serializers.IntegerField()
    url = serializers.CharField()
    description = serializers.CharField()
    events = serializers.ListField(child=serializers.CharField())
    clients = serializers.SerializerMethodField(help_text="Slugs; null: every client.")
    enabled = serializers.SerializerMethodField()
    disabled_as = serializers.ChoiceField(
        ["", "paused", "gone", "failing"],
        help_text="paused: by a person; gone: it answered 410; failing: five days of failures only.",
    )
    disabled_at = Moment(allow_null=True)
    failing_since = Moment(allow_null=True, help_text="The first failure after which no delivery succeeded.")
    old_secret_until = Moment(source="before_until", allow_null=True, help_text="Until then the old secret signs too.")
    creator = serializers.EmailField(source="creator.email")
    created_at = Moment()
    updated_at = Moment()

    def get_clients(self, row: Endpoint) -> list[str] | None:
        return None if row.every_client else [
            self.context["slugs"][id] for id in row.client_ids if id in self.context["slugs"]
        ]  # fmt: skip

    def get_enabled(self, row: Endpoint) -> bool:
        return row.disabled_at is None


class SecretWebhook(WebhookShape):
    secret = serializers.CharField(help_text="Signs what is sent; shown this once.")


class DeliveryShape(serializers.Serializer):
    id = serializers.IntegerField()
    message_id = serializers.SerializerMethodField(help_text="The header webhook-id: the same at each try.")
    client = serializers.CharField(source="client.slug")
    type = serializers.CharField()
    at = Moment(help_text="When it happened.")
    state = serializers.ChoiceField(STATES, help_text="failed: given up; dropped: left out when the webhook went on.")
    tries = serializers.IntegerField(help_text="Since it was first sent, or sent again by hand.")
    status = serializers.IntegerField(allow_null=True, help_text="Of the last answer; null without one.")
    error = serializers.CharField(help_text="Why there was no answer.")
    next_at = serializers.SerializerMethodField(help_text="When it is tried next; null: not again.")
    delivered_at = Moment(allow_null=True)

    def get_message_id(self, row: Delivery) -> str:
        return deliveries.message_id(row.outgoing)

    def get_next_at(self, row: Delivery) -> Moment(allow_null=True):
        return Moment().to_representation(row.next_at) if row.state in deliveries.OPEN else None


class AttemptShape(serializers.Serializer):
    at = Moment()
    url = serializers.CharField()
    status = serializers.IntegerField(allow_null=True)
    error = serializers.CharField()
    answer = serializers.CharField(help_text="Its first 2 KB.")
    milliseconds = serializers.IntegerField()


class WholeDelivery(DeliveryShape):
    body = serializers.SerializerMethodField(help_text="What is sent.")
    attempts = serializers.SerializerMethodField(help_text="Oldest first.")

    def get_body(self, row: Delivery) -> dict:
        return json.loads(deliveries.body(row.outgoing))

    def get_attempts(self, row: Delivery) -> AttemptShape(many=True):
        return AttemptShape(deliveries.attempts(row), many=True).data


class EventTypeShape(serializers.Serializer):
    type = serializers.CharField()
    description = serializers.CharField()


class WebhookView(View):
    serializer_class = WebhookShape
    queryset = Endpoint.objects.none()

    def get_serializer_context(self):
        known = access.clients(self.principal) if hasattr(self, "principal") else access.Client.objects.none()
        return super().get_serializer_context() | {"slugs": dict(known.values_list("id", "slug"))}

    def chosen(self, slugs: list[str] | None) -> list[access.Client] | None:
        return None if slugs is None else [access.client(self.principal, slug) for slug in slugs]

    def endpoint(self, id: int) -> Endpoint:
        return endpoints.one(self.principal, id)

    def delivery(self, id: int, delivery: int) -> Delivery:
        return deliveries.one(self.principal, self.endpoint(id), delivery)

    def with_secret(self, endpoint: Endpoint, secret: str, status: int) -> Response:
        return Response(self.shown(endpoint) | {"secret": secret}, status=status)


class Webhooks(WebhookView, ListView):
    rights = READS | WRITES
    page_ordering = "-id"

    def rows(self):
        return endpoints.visible(self.principal)

    @extend_schema(request=NewWebhook, responses={201: SecretWebhook})
    def post(self, request):
        """Add a webhook; its secret is shown this once."""
        given = self.body(NewWebhook)
        given["clients"] = self.chosen(given["clients"])
        return self.with_secret(*endpoints.add(principal=self.principal, **given), 201)


class OneWebhook(WebhookView):
    rights = READS | {"PATCH": RIGHT, "DELETE": RIGHT}

    def get(self, request, id: int):
        return Response(self.shown(self.endpoint(id)))

    @extend_schema(request=NewWebhook)
    def patch(self, request, id: int):
        endpoint, given = self.endpoint(id), self.body(NewWebhook, partial=True)
        if "clients" in given:
            given["clients"] = self.chosen(given["clients"])
        return Response(self.shown(endpoints.change(principal=self.principal, endpoint=endpoint, **given)))

    @extend_schema(responses={204: None})
    def delete(self, request, id: int):
        endpoints.remove(principal=self.principal, endpoint=self.endpoint(id))
        return Response(status=204)


class Rotate(WebhookView):
    rights = WRITES

    @extend_schema(request=None, responses={200: SecretWebhook})
    def post(self, request, id: int):
        """A new secret, shown this once; for 24 hours the old one signs as well."""
        return self.with_secret(*endpoints.rotate(principal=self.principal, endpoint=self.endpoint(id)), 200)


class GoOn(Strict):
    drop = Flag(required=False, help_text="true: leave out what waited meanwhile.")


class Enable(WebhookView):
    rights = WRITES

    @extend_schema(request=GoOn)
    def post(self, request, id: int):
        """Go on, with what waited meanwhile unless it is to be dropped."""
        endpoint, drop = self.endpoint(id), self.body(GoOn).get("drop", False)
        return Response(self.shown(endpoints.enable(principal=self.principal, endpoint=endpoint, drop=drop)))


class Disable(WebhookView):
    rights = WRITES

    @extend_schema(request=None)
    def post(self, request, id: int):
        """Send nothing; what happens meanwhile waits up to 30 days."""
        return Response(self.shown(endpoints.disable(principal=self.principal, endpoint=self.endpoint(id))))


class Test(WebhookView):
    rights = WRITES
    serializer_class = DeliveryShape

    @extend_schema(request=None, responses={202: DeliveryShape})
    def post(self, request, id: int):
        """Send a `webhook.test` there; the answer is a delivery that waits to be sent."""
        made = endpoints.test(principal=self.principal, endpoint=self.endpoint(id))
        nudge(tasks.deliver_webhooks)
        return Response(self.shown(made), status=202)


class Since(Strict):
    since = Moment(help_text="What happened since then.")


class Resent(serializers.Serializer):
    deliveries = serializers.IntegerField(help_text="How many are sent again.")


class ResendFailed(WebhookView):
    rights = WRITES
    serializer_class = Resent

    @extend_schema(request=Since, responses={202: Resent})
    def post(self, request, id: int):
        """Send again all that was given up."""
        endpoint, since = self.endpoint(id), self.body(Since)["since"]
        count = deliveries.resend_failed(principal=self.principal, endpoint=endpoint, since=since)
        return Response({"deliveries": count}, status=202)


class Deliveries(WebhookView, ListView):
    """What went there in the last 30 days, the latest first."""

    rights = READS
    serializer_class = DeliveryShape
    queryset = Delivery.objects.none()
    page_ordering = "-at"

    def rows(self):
        found = deliveries.of(self.principal, self.endpoint(self.kwargs["id"]))
        asked = self.request.query_params
        if client := self.named_client():
            found = found.filter(client=client)
        if "state" in asked:
            if asked["state"] not in STATES:
                raise Refused("state", f"must be one of {', '.join(STATES)}")
            found = found.filter(state=asked["state"])
        return found.filter(type=asked["type"]) if "type" in asked else found

    @extend_schema(
        parameters=[
            CLIENT,
            OpenApiParameter("state", str, enum=STATES, description="Only those."),
            OpenApiParameter("type", str, description="Only events of this type."),
        ]
    )
    def get(self, request, id: int):
        return self.list(request)


class OneDelivery(WebhookView):
    """With what was sent and each try."""

    rights = READS
    serializer_class = WholeDelivery
    queryset = Delivery.objects.none()

    def get(self, request, id: int, delivery: int):
        return Response(self.shown(self.delivery(id, delivery)))


class Resend(WebhookView):
    rights = WRITES
    serializer_class = DeliveryShape

    @extend_schema(request=None, responses={202: DeliveryShape})
    def post(self, request, id: int, delivery: int):
        """Send it once more, under the same id, whatever became of it."""
        sent = deliveries.resend(principal=self.principal, delivery=self.delivery(id, delivery))
        nudge(tasks.deliver_webhooks)
        return Response(self.shown(sent), status=202)


class EventTypes(View):
    """What there is to hear; more types may come."""

    rights = READS
    serializer_class = EventTypeShape
    pagination_class = None

    @extend_schema(responses=EventTypeShape(many=True))
    def get(self, request):
        return Response([{"type": type, "description": text} for type, text in TYPES.items()])
