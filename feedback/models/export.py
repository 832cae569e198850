"""Files of a client's data that somebody asked for, while they are made and as long as they are kept."""

import secrets
import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone

from agency.models import User
from clients.models import Client


def file_key() -> str:
    return secrets.token_urlsafe(24)


class Export(models.Model):
    """queued → running → finished → expired, or failed or cancelled; one client's rows, others of a `batch` theirs.

    `position` is the id or day of the last row that is in the file for good, `length` the bytes of the file up to it:
    both are committed together, so that whoever goes on cuts off what a killed worker wrote beyond.
    """

    client = models.ForeignKey(Client, models.CASCADE, db_index=False)
    user = models.ForeignKey(User, models.PROTECT)
    batch = models.UUIDField(default=uuid.uuid4)
    kind = models.CharField(max_length=20)
    format = models.CharField(max_length=10)
    language = models.CharField(max_length=5)
    low = models.DateField()
    high = models.DateField()
    filters = models.JSONField(default=dict)
    state = models.CharField(max_length=10, default="queued")
    next_at = models.DateTimeField(default=timezone.now)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(blank=True, default="")
    position = models.CharField(max_length=40, blank=True, default="")
    rows = models.BigIntegerField(default=0)
    length = models.BigIntegerField(default=0)
    size = models.BigIntegerField(null=True)
    sha256 = models.CharField(max_length=64, blank=True, default="")
    key = models.CharField(max_length=64, default=file_key)
    created_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["next_at"], name="export_due", condition=Q(state__in=["queued", "running"])),
            models.Index(fields=["client", "-created_at", "-id"], name="export_by_client"),
            models.Index(fields=["expires_at"], name="export_expiring", condition=Q(state="finished")),
        ]

    @property
    def path(self) -> str:
        """Of the finished file in the store."""
        return f"exports/{self.client_id}/{self.key}.{self.format}"

    @property
    def draft(self) -> str:
        """Of the file as it grows: a workbook is made from lines at the end."""
        return f"exports/{self.client_id}/{self.key}.draft"

    @property
    def filename(self) -> str:
        return f"{self.client.slug}-{self.kind.replace('_', '-')}-{self.low}-{self.high}.{self.format}"
