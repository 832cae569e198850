"""Work that waits in rows: replies to deliver, events to take in, files to import."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone

from agency.models import User
from clients.models import Channel, Client
from clients.wall import inside

from .conversation import Conversation


class Reply(models.Model):
    """queued → sending → delivered | failed | unconfirmed; `next_at` is when a dead worker's claim lapses.

    What needs four eyes begins as review → queued (released, on a manual channel) | returned | dropped.
    """

    client = models.ForeignKey(Client, models.CASCADE)
    channel = inside(Channel)
    conversation = inside(Conversation, related_name="replies")
    parent_external_id = models.TextField(blank=True)
    text = models.TextField()
    user = models.ForeignKey(User, models.PROTECT)
    then = models.CharField(max_length=20, blank=True)
    key = models.UUIDField(default=uuid.uuid4)
    state = models.CharField(max_length=20, default="queued")
    fence = models.BigIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(default=timezone.now)
    error = models.TextField(blank=True)
    external_id = models.TextField(blank=True)
    delivered_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=timezone.now)
    releaser = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)
    released_at = models.DateTimeField(null=True)
    remark = models.TextField(blank=True, default="", help_text="Why it was returned.")
    version = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name_plural = "replies"
        constraints = [models.UniqueConstraint(fields=["client", "key"], name="reply_key_once")]
        indexes = [
            models.Index(
                fields=["next_at"], name="reply_due", condition=Q(state__in=["queued", "sending", "unconfirmed"])
            ),
            models.Index(fields=["conversation", "created_at"], name="reply_by_conversation"),
        ]


class InboundEvent(models.Model):
    """A network's webhook as it arrived: stored first, taken in by a sweep."""

    client = models.ForeignKey(Client, models.CASCADE)
    channel = inside(Channel)
    delivery_id = models.TextField()
    body = models.BinaryField()
    state = models.CharField(max_length=10, default="queued")
    attempts = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(default=timezone.now)
    error = models.TextField(blank=True)
    received_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["client", "channel", "delivery_id"], name="inbound_once")]
        indexes = [models.Index(fields=["next_at"], name="inbound_due", condition=Q(state="queued"))]


class Import(models.Model):
    """A file of history on its way in; `done_lines` is committed with the rows of each batch: no kill repeats any."""

    client = models.ForeignKey(Client, models.CASCADE)
    channel = inside(Channel)
    user = models.ForeignKey(User, models.PROTECT, null=True)
    filename = models.CharField(max_length=200, blank=True)
    source = models.BinaryField()
    size = models.BigIntegerField()
    state = models.CharField(max_length=10, default="queued")
    next_at = models.DateTimeField(default=timezone.now)
    lines = models.BigIntegerField(default=0)
    done_lines = models.BigIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    created = models.PositiveIntegerField(default=0)
    updated = models.PositiveIntegerField(default=0)
    duplicates = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    error = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["next_at"], name="import_due", condition=Q(state__in=["queued", "running"])),
            models.Index(fields=["client", "-created_at", "-id"], name="import_by_client"),
        ]


class Refusal(models.Model):
    """A line of an import that was not taken, and why."""

    client = models.ForeignKey(Client, models.CASCADE)
    job = inside(Import, related_name="refusals")
    line = models.BigIntegerField()
    field = models.CharField(max_length=40, blank=True)
    reason = models.TextField()
    text = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["client", "job", "line"], name="refusal_once")]
