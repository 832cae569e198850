"""The monthly report: drafted from the sums, commented by whoever looks after the client, and fixed once released."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone

from clients.models import Client


class Report(models.Model):
    """One month of a client; `document` is what `report.compose` made of it and is final once it is released.

    `files` names the stored PDF of each language. `digests` are the SHA-256 of the keys of its links, which open it
    without an account until `links_end`.
    """

    client = models.ForeignKey(Client, models.CASCADE, related_name="reports", db_index=False)
    month = models.DateField()
    document = models.JSONField()
    comment = models.TextField(blank=True, default="")
    composed_at = models.DateTimeField()
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", db_index=False)
    released_at = models.DateTimeField(null=True)
    releaser = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False)
    files = models.JSONField(default=dict)
    build_at = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)
    trouble = models.TextField(blank=True, default="")
    digests = ArrayField(models.CharField(max_length=64), default=list)
    links_end = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)
    updated_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["client", "month"], name="report_once"),
            models.CheckConstraint(condition=Q(month__day=1), name="report_of_a_month"),
        ]
        indexes = [
            models.Index(fields=["client", "-month"], name="report_by_month"),
            models.Index(fields=["build_at"], name="report_to_build", condition=Q(build_at__isnull=False)),
        ]
