"""What a client wants with all this: its goals, and the strategy it signed, version by version."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from clients.models import Client
from clients.wall import inside


class Strategy(models.Model):
    """One version, of which `document` is what `strategy.document.clean` returned.

    It is a draft until it is offered to the client, and in force from its signature until a later one is signed.
    `reason` is how the agency knows of a signature that it wrote down in the client's place.
    """

    client = models.ForeignKey(Client, models.CASCADE, related_name="strategies", db_index=False)
    number = models.PositiveIntegerField()
    document = models.JSONField()
    note = models.TextField(blank=True, default="")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", db_index=False)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)
    offered_at = models.DateTimeField(null=True)
    signed_at = models.DateTimeField(null=True)
    signer = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False)
    signed_as = models.CharField(max_length=200, blank=True, default="")
    reason = models.TextField(blank=True, default="")
    declined_at = models.DateTimeField(null=True)
    objection = models.TextField(blank=True, default="")
    superseded_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["client", "number"], name="strategy_number"),
            models.UniqueConstraint(
                fields=["client"], name="strategy_in_force", condition=Q(signed_at__isnull=False, superseded_at=None)
            ),
            models.UniqueConstraint(fields=["client"], name="strategy_open", condition=Q(signed_at=None)),
        ]


class Goal(models.Model):
    """A goal of a signed strategy; `slug` stays the same from version to version. `dropped_at` once none names it.

    `target` and `start` are in the unit of the measure (`strategy.goals`); days are local.
    """

    client = models.ForeignKey(Client, models.CASCADE, related_name="goals", db_index=False)
    slug = models.SlugField(max_length=80)
    text = models.CharField(max_length=200)
    measure = models.CharField(max_length=20)
    start = models.FloatField(default=0)
    target = models.FloatField()
    begins_on = models.DateField()
    ends_on = models.DateField()
    strategy = inside(Strategy, related_name="goals", db_index=False)
    dropped_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["client", "slug"], name="goal_slug"),
            models.CheckConstraint(condition=Q(ends_on__gt=F("begins_on")), name="goal_ends_after_it_begins"),
        ]
