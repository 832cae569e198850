"""Answers that are written once and used often."""

from django.db import models
from django.utils import timezone

from clients.models import Client


class SavedReply(models.Model):
    """A text with {gaps} that `/shortcut` puts into an answer; `language` is a code, '' fits every language."""

    client = models.ForeignKey(Client, models.CASCADE, related_name="saved_replies", db_index=False)
    shortcut = models.CharField(max_length=40)
    language = models.CharField(max_length=5, blank=True, default="")
    title = models.CharField(max_length=200)
    text = models.TextField()
    version = models.PositiveIntegerField(default=1)
    updated_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name_plural = "saved replies"
        constraints = [models.UniqueConstraint(fields=["client", "shortcut", "language"], name="saved_reply_shortcut")]
