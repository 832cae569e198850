"""The pictures of a client, and which of them a post shows."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from clients.models import Client
from clients.wall import inside

from ..pictures import SUFFIXES
from .post import Post


class Media(models.Model):
    """A picture as it is kept; its files lie in the store under `key`, which nobody can guess.

    `sha256` is that of the kept file, `size` its bytes. `alt` says what the picture shows.
    """

    client = models.ForeignKey(Client, models.CASCADE, related_name="media", db_index=False)
    name = models.CharField(max_length=200)
    alt = models.CharField(max_length=1_000, blank=True, default="")
    mime = models.CharField(max_length=40)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveIntegerField()
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    key = models.CharField(max_length=64)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["client", "sha256"], name="media_once")]

    @property
    def path(self) -> str:
        return f"{self.client_id}/{self.key}.{SUFFIXES[self.mime]}"

    @property
    def thumbnail(self) -> str:
        return f"{self.client_id}/{self.key}.small.webp"


class WithMedia(models.Manager):
    def get_queryset(self):
        return super().get_queryset().select_related("media").order_by("place")


class Attachment(models.Model):
    """One picture of a post, with the words that go out for those who don't see it."""

    client = models.ForeignKey(Client, models.CASCADE, related_name="attachments", db_index=False)
    post = inside(Post, related_name="attachments")
    media = inside(Media, related_name="attachments")
    place = models.PositiveSmallIntegerField()
    alt = models.CharField(max_length=1_000, blank=True, default="")

    objects = WithMedia()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["client", "post", "place"], name="attachment_place")]
