"""What rows of the API name among campaigns, for `expand=`."""

from collections.abc import Collection

from agency.conventions.expansions import Expansion

from ..models import Campaign
from .campaigns import CampaignShape


def _campaigns(view, names: Collection[tuple]) -> dict[tuple, object]:
    clients, slugs = {client for client, _ in names}, {slug for _, slug in names}
    mine = Campaign.objects.filter(client_id__among=view.principal.client_ids)
    found = mine.filter(client__slug__in=clients, slug__in=slugs)
    return {(row.client.slug, row.slug): CampaignShape(row).data for row in found.select_related("client")}


CAMPAIGN = Expansion("campaign", ("client", "campaign"), CampaignShape, "campaigns:read", _campaigns)
