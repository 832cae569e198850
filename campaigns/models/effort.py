"""What it costs and what it brings: time by activity, the contract, and what was measured, told or assumed."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from clients.models import Client
from clients.wall import inside

from ..vocabulary import Activity, Layer, OutcomeKind
from .campaign import Campaign
from .post import Post


class TimeEntry(models.Model):
    """Time that one person spent for a client on one local day; without `seconds` its timer runs since `started_at`.

    `by_client` is the client's own time. `conversation` is what it was spent on, by its id.
    """

    client = models.ForeignKey(Client, models.CASCADE, related_name="time_entries", db_index=False)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False)
    by_client = models.BooleanField(default=False)
    activity = models.CharField(max_length=20, choices=Activity)
    day = models.DateField()
    seconds = models.PositiveIntegerField(null=True)
    started_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=500, blank=True, default="")
    campaign = inside(Campaign, null=True, related_name="time_entries", db_index=False)
    post = inside(Post, null=True, related_name="time_entries", db_index=False)
    conversation = models.BigIntegerField(null=True)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(activity__in=Activity.values), name="time_activity_known"),
            models.CheckConstraint(
                condition=Q(seconds__isnull=False) | Q(started_at__isnull=False), name="time_runs_since_an_instant"
            ),
            models.UniqueConstraint(fields=["client", "person"], name="time_runs_once", condition=Q(seconds=None)),
        ]
        indexes = [
            models.Index(fields=["client", "-day", "-id"], name="time_by_day"),
            models.Index(fields=["person", "-day"], name="time_by_person"),
        ]


class Contract(models.Model):
    """What was agreed on money and time: monthly fee and hours; what an hour of ours costs us, None when not known.

    Time of one person, activity and day is billed in whole steps of `step` minutes; 0 bills it as it is.
    """

    client = models.OneToOneField(Client, models.CASCADE, primary_key=True, related_name="contract")
    fee_cents = models.PositiveIntegerField(default=0)
    minutes = models.PositiveIntegerField(default=0)
    hour_cents = models.PositiveIntegerField(null=True)
    step = models.PositiveSmallIntegerField(default=0)
    updated_at = models.DateTimeField(auto_now=True)


class LockedMonth(models.Model):
    """A month whose time is settled, with its sums as they were then; nothing in it changes any more."""

    client = models.ForeignKey(Client, models.CASCADE, related_name="+", db_index=False)
    month = models.DateField()
    sums = models.JSONField()
    locker = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False)
    locked_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["client", "month"], name="month_locked_once")]


class Outcome(models.Model):
    """Something that came of it on one local day: `count` calls, bookings, orders …, worth `cents` if that is known.

    Measured: a system reported it by `external_id`; declared: the client said so. `voided_at`: it was a mistake.
    """

    client = models.ForeignKey(Client, models.CASCADE, related_name="outcomes", db_index=False)
    layer = models.CharField(max_length=10, choices=[(one, one) for one in (Layer.MEASURED, Layer.DECLARED)])
    kind = models.CharField(max_length=20, choices=OutcomeKind)
    day = models.DateField()
    count = models.PositiveIntegerField(default=1)
    cents = models.PositiveBigIntegerField(null=True)
    campaign = inside(Campaign, null=True, related_name="outcomes", db_index=False)
    note = models.CharField(max_length=500, blank=True, default="")
    source = models.CharField(max_length=100)
    external_id = models.CharField(max_length=200, blank=True, default="")
    reporter = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False)
    created_at = models.DateTimeField(default=timezone.now)
    voided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["client", "source", "external_id"], name="outcome_once", condition=~Q(external_id="")
            ),
            models.CheckConstraint(condition=Q(kind__in=OutcomeKind.values), name="outcome_kind_known"),
            models.CheckConstraint(
                condition=Q(layer=Layer.DECLARED) | ~Q(external_id=""), name="outcome_measured_has_its_id"
            ),
        ]
        indexes = [models.Index(fields=["client", "-day", "-id"], name="outcome_by_day")]


class Assumption(models.Model):
    """What one outcome of a kind, or one `visit` to the homepage, is taken to be worth from a day on, and why."""

    client = models.ForeignKey(Client, models.CASCADE, related_name="assumptions", db_index=False)
    kind = models.CharField(max_length=20)
    cents = models.PositiveIntegerField()
    reason = models.CharField(max_length=500)
    since = models.DateField()
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["client", "kind", "since"], name="assumption_once")]
