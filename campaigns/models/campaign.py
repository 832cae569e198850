"""What a client publishes for one purpose: the campaign that posts and the answers to them belong to."""

from django.db import models
from django.utils import timezone

from clients.models import Client
from clients.wall import inside

from ..vocabulary import Approval
from .strategy import Goal


class Campaign(models.Model):
    client = models.ForeignKey(Client, models.CASCADE, related_name="campaigns")
    slug = models.SlugField(max_length=80)
    name = models.CharField(max_length=200)
    goal = models.TextField(blank=True)
    strategy_goal = models.CharField(max_length=200, blank=True, default="")
    serves = inside(Goal, null=True, related_name="campaigns", db_index=False)
    starts_on = models.DateField(null=True)
    ends_on = models.DateField(null=True)
    budget = models.DecimalField(max_digits=12, decimal_places=2, null=True)
    approval = models.CharField(max_length=20, choices=Approval, blank=True, default="")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["client", "slug"], name="campaign_slug_in_client"),
            models.CheckConstraint(
                condition=models.Q(starts_on=None)
                | models.Q(ends_on=None)
                | models.Q(ends_on__gte=models.F("starts_on")),
                name="campaign_ends_after_start",
            ),
        ]
