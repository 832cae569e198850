"""What networks and people tell about posts and channels, and what is summed from it per local day."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from clients.models import Channel, Client
from clients.wall import inside

from ..vocabulary import Source
from .post import Publication

OF_POST, OF_CHANNEL = Q(publication__isnull=False), Q(publication__isnull=True)


class Counted(models.Model):
    """About a publication, or where there is none about its channel as a whole; null is what nobody told."""

    client = models.ForeignKey(Client, models.CASCADE, db_index=False)
    channel = inside(Channel, db_index=False, related_name="+")
    publication = inside(Publication, null=True, db_index=False, related_name="%(class)ss")

    class Meta:
        abstract = True


class Numbers(Counted):
    impressions = models.BigIntegerField(null=True)
    reach = models.BigIntegerField(null=True)
    views = models.BigIntegerField(null=True)
    reactions = models.BigIntegerField(null=True)
    comments = models.BigIntegerField(null=True)
    shares = models.BigIntegerField(null=True)
    clicks = models.BigIntegerField(null=True)
    followers = models.BigIntegerField(null=True)

    class Meta:
        abstract = True


class Snapshot(Numbers):
    """The counters as they stood at `observed_at`, counted since the post or channel began; never changed."""

    observed_at = models.DateTimeField()
    source = models.CharField(max_length=10, choices=Source)
    taken_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["client", "publication", "observed_at", "source"], condition=OF_POST, name="snapshot_of_post"
            ),
            models.UniqueConstraint(
                fields=["client", "channel", "observed_at", "source"], condition=OF_CHANNEL, name="snapshot_of_channel"
            ),
            models.CheckConstraint(condition=Q(source__in=Source.values), name="snapshot_source_known"),
        ]
        indexes = [models.Index(fields=["client", "-id"], name="snapshot_newest")]


class NumbersDay(Numbers):
    """How far the counters moved in one local day with snapshots; null where none up to then told the counter.

    `followers_total` is their number at the day's end. A post's followers are its channel's: their change is null.
    """

    day = models.DateField()
    snapshots = models.PositiveIntegerField()
    captured_at = models.DateTimeField()
    followers_total = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["client", "publication", "day"], condition=OF_POST, name="numbers_day_of_post"
            ),
            models.UniqueConstraint(
                fields=["client", "channel", "day"], condition=OF_CHANNEL, name="numbers_day_of_channel"
            ),
        ]
        indexes = [models.Index(fields=["client", "day"], name="numbers_day_by_day")]


class StaleDay(Counted):
    """From this local day on the sums of a post or channel are older than its facts, since `marked_at`.

    Not unique on purpose: a mark that yielded to a row just being deleted by a running rollup would be lost.
    """

    day = models.DateField()
    marked_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [
            models.Index(fields=["client", "marked_at"], name="stale_day_by_client"),
            models.Index(fields=["client", "publication"], name="stale_day_of_post"),
            models.Index(fields=["client", "channel"], name="stale_day_of_channel"),
        ]


class Observation(Counted):
    """When the network is next asked for the numbers of a publication or channel; `fence` tells the claims apart."""

    due_at = models.DateTimeField(null=True)
    fence = models.PositiveIntegerField(default=0)
    failures = models.PositiveIntegerField(default=0)
    observed_at = models.DateTimeField(null=True)
    trouble = models.TextField(blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["client", "publication"], condition=OF_POST, name="observation_of_post"),
            models.UniqueConstraint(fields=["client", "channel"], condition=OF_CHANNEL, name="observation_of_channel"),
        ]
        indexes = [models.Index(fields=["due_at"], name="observation_due", condition=Q(due_at__isnull=False))]


class Cohort(models.Model):
    """How a client did in its `days` whole local days until `last`: its rate, the middle of its rates before, and the
    middle rate of at least five other clients of the agency over theirs, None where they are fewer.

    It stands with the client that it is shown to, and names nobody.
    """

    client = models.ForeignKey(Client, models.CASCADE, related_name="cohorts", db_index=False)
    kind = models.CharField(max_length=20)
    days = models.PositiveSmallIntegerField()
    last = models.DateField(null=True)
    rate = models.FloatField(null=True)
    covered = models.PositiveIntegerField(default=0)
    of = models.PositiveIntegerField(default=0)
    own_median = models.FloatField(null=True)
    own_n = models.PositiveSmallIntegerField(default=0)
    n = models.PositiveIntegerField(null=True)
    median = models.FloatField(null=True)
    counted_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["client", "kind", "days"], name="cohort_once")]
