"""Sums per client and local day, and which days wait to be summed again."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone

from clients.models import Channel, Client
from clients.wall import inside


class ServiceDay(models.Model):
    """Clocks of one kind in one cell (day, channel, kind of interaction, sentiment).

    A response time belongs to the day of the customer's message (`started` … `wall`), a promise to the day it was due
    (`met` … `open_due`). The observed seconds are kept, not their percentiles: percentiles can't be summed.
    """

    client = models.ForeignKey(Client, models.CASCADE)
    channel = inside(Channel)
    day = models.DateField()
    interaction_kind = models.CharField(max_length=20)
    sentiment = models.CharField(max_length=20)
    clock_kind = models.CharField(max_length=10)
    started = models.PositiveIntegerField(default=0)
    answered = models.PositiveIntegerField(default=0)
    waiting = models.PositiveIntegerField(default=0)
    closed = models.PositiveIntegerField(default=0)
    cancelled = models.PositiveIntegerField(default=0)
    no_reply_needed = models.PositiveIntegerField(default=0)
    business = ArrayField(models.PositiveIntegerField(), default=list)
    wall = ArrayField(models.PositiveIntegerField(), default=list)
    met = models.PositiveIntegerField(default=0)
    breached = models.PositiveIntegerField(default=0)
    late_ingest = models.PositiveIntegerField(default=0)
    open_due = ArrayField(models.DateTimeField(), default=list)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["client", "day", "channel", "interaction_kind", "sentiment", "clock_kind"],
                name="service_day_once",
            )
        ]


class VolumeDay(models.Model):
    """Interactions of one cell and day: what came in, what went out."""

    client = models.ForeignKey(Client, models.CASCADE)
    channel = inside(Channel)
    day = models.DateField()
    interaction_kind = models.CharField(max_length=20)
    sentiment = models.CharField(max_length=20)
    received = models.PositiveIntegerField(default=0)
    sent = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["client", "day", "channel", "interaction_kind", "sentiment"], name="volume_day_once"
            )
        ]


class DirtyDay(models.Model):
    """A local day of a client whose sums are older than its facts, since `marked_at`.

    Not unique on purpose: a mark that yielded to a row just being deleted by a running rollup would be lost.
    """

    client = models.ForeignKey(Client, models.CASCADE)
    day = models.DateField()
    marked_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [
            models.Index(fields=["client", "marked_at"], name="dirty_day_by_client"),
            models.Index(fields=["marked_at"], name="dirty_day_oldest"),
        ]
