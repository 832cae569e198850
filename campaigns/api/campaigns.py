"""Campaigns over REST."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from agency.doors import ListView, View
from agency.fields import Day, Moment, Slug, Strict, Text
from agency.schema import CLIENT
from clients import access

from .. import planning
from ..models import Campaign
from ..strategy import serving
from ..vocabulary import Approval

RIGHTS = {"GET": "campaigns:read", "POST": "campaigns:write", "PATCH": "campaigns:write"}


class CampaignChange(Strict):
    name = Text(max_length=200)
    goal = Text(required=False, allow_blank=True, max_length=5_000, help_text="What it is for.")
    strategy_goal = Text(
        required=False, allow_blank=True, max_length=200, help_text="Which goal of the strategy it serves, in words."
    )
    serves = Text(required=False, allow_null=True, max_length=80, help_text="Slug of a goal of the strategy.")
    starts_on = Day(required=False, allow_null=True, help_text="First local day.")
    ends_on = Day(required=False, allow_null=True, help_text="Last local day.")
    budget = serializers.DecimalField(
        max_digits=12, decimal_places=2, min_value=0, required=False, allow_null=True, help_text="In euros, as text."
    )
    approval = serializers.ChoiceField(
        Approval.values,
        required=False,
        allow_blank=True,
        help_text="Who has to approve; never less than the client asks.",
    )


class CampaignShape(CampaignChange):
    serves = Text(
        source="serves.slug", required=False, allow_null=True, default=None, max_length=80, help_text="Slug of a goal."
    )
    id = serializers.IntegerField(read_only=True)
    client = Text(source="client.slug", help_text="Slug of the client.")
    slug = Slug(help_text="Unique within the client.")
    created_at = Moment(read_only=True)


class Campaigns(ListView):
    """What a client publishes for a purpose, within some weeks."""

    rights = RIGHTS
    serializer_class = CampaignShape
    queryset = Campaign.objects.none()

    def rows(self):
        client = self.named_client()
        served = [client.id] if client else self.principal.client_ids
        return Campaign.objects.filter(client_id__among=served).select_related("client", "serves")

    @extend_schema(parameters=[CLIENT])
    def get(self, request):
        return super().get(request)

    @extend_schema(responses={201: CampaignShape})
    def post(self, request):
        given = dict(self.body())
        client = access.client(self.principal, given.pop("client")["slug"])
        given["serves"] = serving.goal_of(client, given["serves"]["slug"], "serves")
        campaign = planning.add_campaign(client=client, actor=self.principal.user, **given)
        return Response(self.shown(campaign), status=201)


class OneCampaign(View):
    rights = RIGHTS
    serializer_class = CampaignShape

    def row(self, id: int) -> Campaign:
        found = Campaign.objects.filter(client_id__among=self.principal.client_ids, id=id)
        campaign = found.select_related("client", "serves").first()
        if campaign is None:
            raise access.NotFound(f"There is no campaign '{id}'.")
        return campaign

    def get(self, request, id: int):
        return Response(self.shown(self.row(id)))

    @extend_schema(request=CampaignChange)
    def patch(self, request, id: int):
        campaign = self.row(id)
        changes = dict(self.body(CampaignChange, partial=True))
        if "serves" in changes:
            changes["serves"] = serving.goal_of(campaign.client, changes["serves"], "serves")
        return Response(self.shown(planning.change_campaign(campaign=campaign, actor=self.principal.user, **changes)))
