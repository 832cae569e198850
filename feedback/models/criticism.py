"""What becomes of criticism: a case for each conversation, incidents of many, and what was done to it in the open."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone

from agency.models import User
from clients.models import Channel, Client
from clients.wall import inside

from .. import playbook
from .conversation import Conversation


class Playbook(models.Model):
    """What a client wants beyond the rules of `playbook`; without a row the defaults count."""

    client = models.OneToOneField(Client, models.CASCADE, primary_key=True, related_name="playbook")
    four_eyes_stars = models.PositiveSmallIntegerField(default=1)
    four_eyes_kinds = ArrayField(models.CharField(max_length=30), default=list)
    crisis_count = models.PositiveSmallIntegerField(default=5)
    crisis_minutes = models.PositiveIntegerField(default=120)
    version = models.PositiveIntegerField(default=1)
    updated_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(four_eyes_stars__range=(1, 5)), name="playbook_stars_1_to_5"),
            models.CheckConstraint(condition=Q(crisis_count__gte=2), name="playbook_crisis_of_several"),
        ]


class Incident(models.Model):
    """Criticism that piles up on one channel, or on one post of it, handled as one matter by one owner."""

    client = models.ForeignKey(Client, models.CASCADE, db_index=False)
    channel = inside(Channel)
    post = models.TextField(blank=True, default="", help_text="The network's id of the post; empty: the whole channel.")
    title = models.CharField(max_length=200)
    owner = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", db_index=False)
    opener = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)
    opened_at = models.DateTimeField(default=timezone.now)
    closed_at = models.DateTimeField(null=True)
    closer = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)
    summary = models.TextField(blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["client", "channel", "post"], name="incident_open_once", condition=Q(closed_at=None)
            )
        ]
        indexes = [models.Index(fields=["client", "-opened_at", "-id"], name="incident_by_client")]


class IncidentEntry(models.Model):
    """Append-only: what was decided or happened in an incident; `user` None is a rule of ours."""

    client = models.ForeignKey(Client, models.CASCADE, db_index=False)
    incident = inside(Incident, related_name="entries", db_index=False)
    at = models.DateTimeField(default=timezone.now)
    user = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)
    kind = models.CharField(max_length=20)
    text = models.TextField(blank=True)

    class Meta:
        indexes = [models.Index(fields=["incident", "at"], name="incident_entries")]


class Case(models.Model):
    """How one conversation with criticism is handled; `kind` is a rule's guess until `chooser` is known."""

    client = models.ForeignKey(Client, models.CASCADE, db_index=False)
    conversation = inside(Conversation, related_name="cases", db_index=False)
    incident = inside(Incident, null=True, related_name="cases")
    kind = models.CharField(max_length=30)
    chooser = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)
    opened_at = models.DateTimeField(default=timezone.now)
    outcome = models.CharField(max_length=30, blank=True, default="")
    note = models.TextField(blank=True, default="")
    closed_at = models.DateTimeField(null=True)
    closer = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["client", "conversation"], name="case_once"),
            models.CheckConstraint(condition=Q(kind__in=[*playbook.KINDS]), name="case_kind_known"),
            models.CheckConstraint(condition=Q(outcome__in=["", *playbook.OUTCOMES]), name="case_outcome_known"),
            models.CheckConstraint(
                condition=Q(outcome="", closed_at=None) | (~Q(outcome="") & Q(closed_at__isnull=False)),
                name="case_closed_with_outcome",
            ),
        ]
        indexes = [
            models.Index(fields=["client", "-opened_at", "-id"], name="case_by_client"),
            models.Index(fields=["client", "closed_at"], name="case_closed", condition=Q(closed_at__isnull=False)),
        ]


class CaseStep(models.Model):
    """A step of the playbook that somebody did."""

    client = models.ForeignKey(Client, models.CASCADE, db_index=False)
    case = inside(Case, related_name="done", db_index=False)
    step = models.CharField(max_length=30)
    user = models.ForeignKey(User, models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["client", "case", "step"], name="case_step_once")]


class Disclosure(models.Model):
    """Append-only: criticism that was hidden, deleted or silenced, and why; the client reads it."""

    client = models.ForeignKey(Client, models.CASCADE, db_index=False)
    conversation = inside(Conversation)
    channel = inside(Channel)
    at = models.DateTimeField(default=timezone.now)
    user = models.ForeignKey(User, models.PROTECT, related_name="+", db_index=False)
    action = models.CharField(max_length=20)
    reason = models.TextField()
    author_name = models.TextField(blank=True)
    said = models.TextField(blank=True)
    by_hand = models.BooleanField(default=False, help_text="Done on the network by a person, not by us.")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(action__in=["hide", "delete", "block", "spam"]), name="disclosure_action_known"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="disclosure_has_a_reason"),
        ]
        indexes = [models.Index(fields=["client", "-at", "-id"], name="disclosure_by_client")]
