"""What we promised and how it went: policies and their versions, clocks, pauses, alerts."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone

from agency.models import Agency, User
from clients.models import Channel, Client, Mailed
from clients.wall import inside

from .conversation import Conversation


class Policy(models.Model):
    """One rule of the client's ordered list; the first whose version in force matches counts."""

    client = models.ForeignKey(Client, models.CASCADE)
    name = models.CharField(max_length=200)
    archived_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name_plural = "policies"


class PolicyVersion(models.Model):
    """Append-only. Targets are business seconds; an empty list or null in the match means "any"."""

    client = models.ForeignKey(Client, models.CASCADE)
    policy = inside(Policy, related_name="versions")
    number = models.PositiveIntegerField()
    position = models.IntegerField()
    valid_from = models.DateTimeField(default=timezone.now)
    user = models.ForeignKey(User, models.PROTECT, null=True)

    channels = ArrayField(models.BigIntegerField(), default=list)
    kinds = ArrayField(models.CharField(max_length=20), default=list)
    sentiments = ArrayField(models.CharField(max_length=20), default=list)
    stars_min = models.PositiveSmallIntegerField(null=True)
    stars_max = models.PositiveSmallIntegerField(null=True)
    question = models.BooleanField(null=True)
    campaigns = ArrayField(models.BigIntegerField(), default=list)
    vip = models.BooleanField(null=True)

    first_seconds = models.PositiveIntegerField(null=True)
    next_seconds = models.PositiveIntegerField(null=True)
    resolution_seconds = models.PositiveIntegerField(null=True)
    calendar = models.CharField(max_length=10, default="client")
    warn_percent = models.PositiveSmallIntegerField(null=True)
    warn_before_seconds = models.PositiveIntegerField(null=True)
    reopen_days = models.PositiveSmallIntegerField(default=7)
    pause_first = models.BooleanField(default=False)
    grace_seconds = models.PositiveIntegerField(default=1800)
    severity = models.CharField(max_length=10, default="normal")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["client", "policy", "number"], name="policy_version_once"),
            models.CheckConstraint(condition=Q(calendar__in=["client", "agency"]), name="policy_calendar_known"),
            models.CheckConstraint(condition=Q(severity__in=["normal", "critical"]), name="policy_severity_known"),
        ]


class Outcome(models.TextChoices):
    """`measured` is a clock that stopped with nothing promised: only its time is counted."""

    OPEN = "open"
    MET = "met"
    BREACHED = "breached"
    CANCELLED = "cancelled"
    MEASURED = "measured"


class Clock(models.Model):
    """One promise on one conversation, as `sla.replay` derived it; `noticed_at` is when a sweep saw the breach."""

    client = models.ForeignKey(Client, models.CASCADE, db_index=False)
    agency = models.ForeignKey(Agency, models.CASCADE, db_index=False)
    channel = inside(Channel, db_index=False)
    conversation = inside(Conversation, related_name="clocks")
    kind = models.CharField(max_length=10)
    cycle = models.PositiveIntegerField()
    policy_version = inside(PolicyVersion, null=True, db_index=False)
    severity = models.CharField(max_length=10, default="normal")
    live = models.BooleanField()
    started_at = models.DateTimeField()
    target_seconds = models.PositiveIntegerField(null=True)
    paused_seconds = models.PositiveIntegerField(default=0)
    paused_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    warn_at = models.DateTimeField(null=True)
    grace = models.BooleanField(default=False)
    stopped_at = models.DateTimeField(null=True)
    stop_reason = models.CharField(max_length=20, blank=True)
    answered_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=10, default=Outcome.OPEN)
    late_ingest = models.BooleanField(default=False)
    breached_at = models.DateTimeField(null=True)
    noticed_at = models.DateTimeField(null=True)
    warned_at = models.DateTimeField(null=True)
    business_seconds = models.PositiveIntegerField(null=True)
    wall_seconds = models.PositiveIntegerField(null=True)
    interaction_kind = models.CharField(max_length=20)
    sentiment = models.CharField(max_length=20)
    updated_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["client", "conversation", "kind", "cycle"], name="clock_once"),
            models.CheckConstraint(condition=Q(kind__in=["first", "next", "resolution"]), name="clock_kind_known"),
            models.CheckConstraint(condition=Q(outcome__in=Outcome.values), name="clock_outcome_known"),
            models.CheckConstraint(
                condition=~Q(outcome="breached") | Q(breached_at__isnull=False), name="clock_breach_has_its_instant"
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                name="clock_overdue",
                condition=Q(outcome="open", paused_at=None, noticed_at=None, due_at__isnull=False),
            ),
            models.Index(
                fields=["warn_at"],
                name="clock_warning",
                condition=Q(outcome="open", paused_at=None, warned_at=None, live=True, warn_at__isnull=False),
            ),
            models.Index(fields=["client", "started_at"], name="clock_by_start"),
            models.Index(fields=["client", "due_at"], name="clock_by_due"),
        ]


class Pause(models.Model):
    """A span in which a clock stood still, measured in business seconds; open while `to_at` is null."""

    client = models.ForeignKey(Client, models.CASCADE)
    conversation = inside(Conversation, related_name="pauses")
    kind = models.CharField(max_length=10)
    cycle = models.PositiveIntegerField()
    from_at = models.DateTimeField()
    to_at = models.DateTimeField(null=True)
    business_seconds = models.PositiveIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["client", "conversation", "kind", "cycle", "from_at"], name="pause_once")
        ]


class Alert(Mailed):
    """Exists once per clock, level and recipient; it is the in-app notice and carries the state of its e-mail."""

    client = models.ForeignKey(Client, models.CASCADE)
    conversation = inside(Conversation, related_name="alerts")
    kind = models.CharField(max_length=10)
    cycle = models.PositiveIntegerField()
    level = models.CharField(max_length=10)
    recipient = models.ForeignKey(User, models.CASCADE, related_name="alerts")
    due_at = models.DateTimeField()
    late_ingest = models.BooleanField(default=False)
    deliver_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["client", "conversation", "kind", "cycle", "level", "recipient"], name="alert_once"
            ),
            models.CheckConstraint(condition=Q(level__in=["warning", "breach"]), name="alert_level_known"),
        ]
        indexes = [
            models.Index(fields=["mail_at"], name="alert_to_mail", condition=Q(mail_state__in=["queued", "sending"])),
            models.Index(fields=["recipient", "-deliver_at"], name="alert_by_recipient"),
        ]
