"""Where the links of posts lead, how often they are followed, and whether they work."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from clients.models import Client
from clients.wall import inside

from .post import Post, Publication


class ShortLink(models.Model):
    """Our own address for the link of a post on one channel; `code` begins with the client's number."""

    client = models.ForeignKey(Client, models.CASCADE, db_index=False)
    publication = inside(Publication, db_index=False, related_name="short_links")
    code = models.CharField(max_length=40)
    target = models.TextField()
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["client", "code"], name="short_link_code"),
            models.UniqueConstraint(fields=["client", "publication"], name="short_link_once"),
        ]


class Click(models.Model):
    """Somebody followed a link; nothing is known of them."""

    client = models.ForeignKey(Client, models.CASCADE, db_index=False)
    link = inside(ShortLink, db_index=False, related_name="clicks")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["client", "link", "at"], name="click_by_link")]


class ClickDay(models.Model):
    """How often the link of a publication was followed in one local day."""

    client = models.ForeignKey(Client, models.CASCADE, db_index=False)
    publication = inside(Publication, db_index=False, related_name="+")
    day = models.DateField()
    clicks = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["client", "publication", "day"], name="click_day_once")]
        indexes = [models.Index(fields=["client", "day"], name="click_day_by_day")]


class LinkCheck(models.Model):
    """Whether the link of a post answers, asked before its slot; `due_at` is when it is asked next."""

    client = models.ForeignKey(Client, models.CASCADE, db_index=False)
    post = inside(Post, db_index=False, related_name="link_checks")
    url = models.TextField()
    due_at = models.DateTimeField(null=True)
    fence = models.PositiveIntegerField(default=0)
    checked_at = models.DateTimeField(null=True)
    problem = models.TextField(blank=True, default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["client", "post"], name="link_check_once")]
        indexes = [models.Index(fields=["due_at"], name="link_check_due", condition=Q(due_at__isnull=False))]
