"""What a client's plan is made of: slots, templates, how often each channel speaks and about what."""

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from agency.models import User
from clients.models import Channel, Client
from clients.wall import inside

from ..vocabulary import PostKind


class Slot(models.Model):
    """A time of the week, in the client's zone, into which posts are queued; Monday is 0.

    For these channels (by slug) and kinds of posts; an empty list means all of them.
    """

    client = models.ForeignKey(Client, models.CASCADE, related_name="slots", db_index=False)
    weekday = models.PositiveSmallIntegerField()
    time = models.TimeField()
    channels = models.JSONField(default=list)
    kinds = models.JSONField(default=list)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(weekday__lte=6), name="slot_weekday")]
        indexes = [models.Index(fields=["client", "weekday", "time"], name="slot_by_week")]


class CalendarFeed(models.Model):
    """The address at which a client's calendar can be subscribed; `digest` is the SHA-256 of the key in it."""

    client = models.OneToOneField(Client, models.CASCADE, primary_key=True, related_name="+")
    digest = models.CharField(max_length=64)
    creator = models.ForeignKey(User, models.PROTECT, related_name="+", db_index=False)
    created_at = models.DateTimeField(default=timezone.now)


class Template(models.Model):
    """A post with {gaps} to be filled in."""

    client = models.ForeignKey(Client, models.CASCADE, related_name="templates", db_index=False)
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=20, choices=PostKind)
    title = models.CharField(max_length=200, blank=True, default="")
    text = models.TextField()
    link = models.CharField(max_length=2_000, blank=True, default="")
    tags = models.JSONField(default=list)
    updated_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["client", "name"], name="template_name")]


class Cadence(models.Model):
    """How many posts a week a channel is to have, at least and (None: no limit) at most; kept since `since`."""

    client = models.ForeignKey(Client, models.CASCADE, related_name="cadences", db_index=False)
    channel = inside(Channel, related_name="cadences")
    least = models.PositiveSmallIntegerField(default=0)
    most = models.PositiveSmallIntegerField(null=True)
    since = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["client", "channel"], name="cadence_once"),
            models.CheckConstraint(condition=Q(most=None) | Q(most__gte=F("least")), name="cadence_most_above_least"),
        ]


class MixTarget(models.Model):
    """The share that one kind of post is to have, in percent."""

    client = models.ForeignKey(Client, models.CASCADE, related_name="mix_targets", db_index=False)
    kind = models.CharField(max_length=20, choices=PostKind)
    share = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["client", "kind"], name="mix_target_once"),
            models.CheckConstraint(condition=Q(share__lte=100), name="mix_target_share"),
        ]
