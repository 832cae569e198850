"""The webhooks in the API's description, one for each group of types."""

from drf_spectacular.utils import OpenApiResponse, OpenApiWebhook, extend_schema, inline_serializer
from rest_framework import serializers

from agency.fields import Moment
from campaigns.api import told as campaigns
from clients.webhooks.vocabulary import TYPES
from feedback.api import told as feedback

SENT = (
    "Signed by Standard Webhooks 1.0 in the headers webhook-id, webhook-timestamp and webhook-signature; the id is the "
    "same at each try."
)


class AboutTest(serializers.Serializer):
    webhook = serializers.IntegerField()
    message = serializers.CharField()


def _webhook(group: str, data: type[serializers.Serializer]) -> OpenApiWebhook:
    types = {name: text for name, text in TYPES.items() if name.startswith(f"{group}.")}
    fields = {
        "type": serializers.ChoiceField([(name, text) for name, text in types.items()]),
        "timestamp": Moment(help_text="When it happened."),
        "data": data(),
    }
    return OpenApiWebhook(
        group,
        extend_schema(
            summary=", ".join(types),
            description=SENT,
            tags=["webhooks"],
            request=inline_serializer(f"{group.title()}Event", fields),
            responses={"2XX": OpenApiResponse(description="Taken. Anything else is tried again.")},
        ),
    )


conversation = _webhook("conversation", feedback.AboutConversation)
interaction = _webhook("interaction", feedback.AboutInteraction)
sla = _webhook("sla", feedback.AboutClock)
post = _webhook("post", campaigns.AboutPost)
approval = _webhook("approval", campaigns.AboutApproval)
imports = _webhook("import", feedback.AboutImport)
report = _webhook("report", feedback.AboutReport)
test = _webhook("webhook", AboutTest)
