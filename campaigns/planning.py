"""What we decide about campaigns; each change is logged."""

from datetime import date
from decimal import Decimal

from django.db import IntegrityError, transaction

from agency.models import User
from clients import audit
from clients.models import Client
from clients.refusal import Refused

from .models import Campaign, Goal

FIELDS = ("name", "goal", "strategy_goal", "starts_on", "ends_on", "budget", "approval", "serves")


@transaction.atomic
def add_campaign(
    *,
    client: Client,
    slug: str,
    name: str,
    actor: User | None,
    goal: str = "",
    strategy_goal: str = "",
    starts_on: date | None = None,
    ends_on: date | None = None,
    budget: Decimal | None = None,
    approval: str = "",
    serves: Goal | None = None,
) -> Campaign:
    """A new campaign of the client. Raises Refused."""
    about = {"name": name, "goal": goal, "strategy_goal": strategy_goal, "starts_on": starts_on, "ends_on": ends_on}
    campaign = Campaign(client=client, slug=slug, budget=budget, approval=approval, serves=serves, **about)
    _check(campaign)
    try:
        with transaction.atomic():
            campaign.save()
    except IntegrityError as error:
        raise Refused("slug", f"The client already has a campaign '{slug}'.", "taken") from error
    audit.record(client, actor, "campaign.added", "campaign", campaign.id, after={"slug": slug} | _facts(campaign))
    return campaign


@transaction.atomic
def change_campaign(*, campaign: Campaign, actor: User | None, **changes) -> Campaign:
    """New values for any of FIELDS. Raises Refused."""
    before = _facts(campaign)
    for field in FIELDS:
        setattr(campaign, field, changes.get(field, getattr(campaign, field)))
    _check(campaign)
    campaign.save()
    if before != _facts(campaign):
        audit.record(campaign.client, actor, "campaign.changed", "campaign", campaign.id, before, _facts(campaign))
    return campaign


def _check(campaign: Campaign) -> None:
    if campaign.starts_on and campaign.ends_on and campaign.ends_on < campaign.starts_on:
        raise Refused("ends_on", "must not be before starts_on")


def _facts(campaign: Campaign) -> dict:
    facts = {field: getattr(campaign, field) for field in FIELDS if field != "serves"}
    return facts | {"serves": campaign.serves and campaign.serves.slug}
