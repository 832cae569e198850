"""A post, its way onto each channel, and who approved it."""

from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from clients.models import Channel, Client
from clients.wall import inside

from ..vocabulary import WAITING, Approval, Overdue, PostKind, Stage, State, Verdict
from .campaign import Campaign
from .strategy import Goal


class PublishingRule(models.Model):
    """How a client wants to be asked and published for; a client without a row has these defaults."""

    client = models.OneToOneField(Client, models.CASCADE, related_name="publishing_rule")
    approval = models.CharField(max_length=20, choices=Approval, default=Approval.INTERNAL)
    four_eyes = models.BooleanField(default=False)
    tolerance = models.PositiveIntegerField(default=60, help_text="Minutes a post may go out late.")
    counts_clicks = models.BooleanField(default=True, help_text="Whether clicks are part of the engagement.")
    routine_kinds = models.JSONField(default=list, help_text="Kinds of posts that the client need not see.")
    remind_hours = models.PositiveSmallIntegerField(default=24, help_text="Before the slot: a reminder to approve.")
    escalate_hours = models.PositiveSmallIntegerField(default=4, help_text="Before the slot: whoever steers is told.")
    overdue = models.CharField(max_length=20, choices=Overdue, default=Overdue.SKIP)
    short_links = models.BooleanField(default=True, help_text="Whether links go out as our own short ones.")


class Post(models.Model):
    """What is to be said at `publish_at`, which was meant as `local_time` in the `zone` of the client then.

    `serves` is the goal it is for, else that of its campaign. `origin` is the post of the evergreen pool that it
    repeats, `ref` its name in the file that it was imported from.
    """

    client = models.ForeignKey(Client, models.CASCADE, related_name="posts")
    campaign = inside(Campaign, null=True, related_name="posts")
    serves = inside(Goal, null=True, related_name="posts", db_index=False)
    kind = models.CharField(max_length=20, choices=PostKind)
    title = models.CharField(max_length=200, blank=True, default="")
    text = models.TextField()
    link = models.URLField(max_length=2_000, blank=True, default="")
    tags = models.JSONField(default=list)
    publish_at = models.DateTimeField(null=True)
    local_time = models.CharField(max_length=16, blank=True, default="")
    zone = models.CharField(max_length=64, blank=True, default="")
    evergreen = models.BooleanField(default=False)
    origin = inside("self", null=True, related_name="copies")
    ref = models.CharField(max_length=100, blank=True, default="")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=PostKind.values), name="post_kind_known"),
            models.UniqueConstraint(fields=["client", "ref"], name="post_ref", condition=~Q(ref="")),
        ]
        indexes = [
            models.Index(fields=["client", "publish_at", "id"], name="post_calendar"),
            models.Index(fields=["client", "-updated_at", "-id"], name="post_changed"),
        ]

    def media_hashes(self) -> list[list[str]]:
        """What its pictures show and say, in their order."""
        return [[one.media.sha256, one.alt] for one in self.attachments.all()]


class Publication(models.Model):
    """A post on one channel. `planned_at` is its slot, `due_at` when a worker looks at it next; `fence` tells the
    claims on it apart. `asked_at` is since when its client is asked.

    `key` names the post to the network, `tries` counts definite failures, `questions` the searches for a post whose
    outcome is unknown. `held_from` is the state that a release goes back to.
    """

    client = models.ForeignKey(Client, models.CASCADE, related_name="publications", db_index=False)
    post = inside(Post, related_name="publications")
    channel = inside(Channel, related_name="publications")
    variant = models.TextField(blank=True, default="")
    state = models.CharField(max_length=20, choices=State, default=State.DRAFT)
    held_from = models.CharField(max_length=20, blank=True, default="")
    planned_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    asked_at = models.DateTimeField(null=True)
    fence = models.PositiveIntegerField(default=0)
    tries = models.PositiveSmallIntegerField(default=0)
    questions = models.PositiveSmallIntegerField(default=0)
    key = models.UUIDField(default=uuid4)
    sent_hash = models.CharField(max_length=64, blank=True, default="")
    external_id = models.TextField(blank=True, default="")
    url = models.TextField(blank=True, default="")
    reason = models.TextField(blank=True, default="")
    sent_at = models.DateTimeField(null=True)
    updated_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["client", "post", "channel"], name="publication_once"),
            models.CheckConstraint(condition=Q(state__in=State.values), name="publication_state_known"),
            models.CheckConstraint(condition=~Q(state="sent") | Q(sent_at__isnull=False), name="publication_sent_at"),
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                name="publication_due",
                condition=Q(state__in=["scheduled", "sending", "unconfirmed"], due_at__isnull=False),
            ),
            models.Index(
                fields=["due_at"],
                name="publication_waiting",
                condition=Q(state__in=[*WAITING], due_at__isnull=False),
            ),
            models.Index(fields=["client", "-sent_at"], name="publication_sent"),
            models.Index(
                fields=["client", "channel", "-sent_at"], name="publication_last_sent", condition=Q(state="sent")
            ),
            models.Index(fields=["client", "post"], name="publication_asked", condition=Q(state__in=[*WAITING])),
            models.Index(fields=["planned_at"], name="publication_planned", condition=Q(state="scheduled")),
        ]


class ApprovalLink(models.Model):
    """Lets one person decide on some posts without an account, until it expires or is revoked."""

    client = models.ForeignKey(Client, models.CASCADE, related_name="approval_links")
    name = models.CharField(max_length=200)
    email = models.EmailField(blank=True, default="")
    digest = models.CharField(max_length=64)
    posts = models.JSONField(default=list, help_text="Ids of the posts it is for.")
    creator = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["client", "digest"], name="approval_link_key")]


class Decision(models.Model):
    """One verdict on exactly what `hash` stands for; never changed, a later one counts instead.

    `reason` is given where the agency decides in the client's place. `business_seconds` and `wall_seconds` are how
    long the client was asked before it decided.
    """

    client = models.ForeignKey(Client, models.CASCADE, related_name="decisions", db_index=False)
    publication = inside(Publication, related_name="decisions")
    stage = models.CharField(max_length=20, choices=Stage)
    verdict = models.CharField(max_length=20, choices=Verdict)
    hash = models.CharField(max_length=64)
    comment = models.TextField(blank=True, default="")
    reason = models.TextField(blank=True, default="")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    link = inside(ApprovalLink, null=True, related_name="decisions")
    business_seconds = models.PositiveIntegerField(null=True)
    wall_seconds = models.PositiveIntegerField(null=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["client", "publication", "-id"], name="decision_latest")]


class Question(models.Model):
    """What the agency asks its client, by `due_at`; the seconds are how long the client took to answer."""

    client = models.ForeignKey(Client, models.CASCADE, related_name="questions", db_index=False)
    post = inside(Post, null=True, related_name="questions")
    text = models.TextField()
    asker = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    asked_at = models.DateTimeField(default=timezone.now)
    due_at = models.DateTimeField()
    reminded_at = models.DateTimeField(null=True)
    answer = models.TextField(blank=True, default="")
    answered_at = models.DateTimeField(null=True)
    answerer = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    link = inside(ApprovalLink, null=True, related_name="answers")
    reason = models.TextField(blank=True, default="", help_text="How the agency knows an answer that it wrote down.")
    withdrawn_at = models.DateTimeField(null=True)
    business_seconds = models.PositiveIntegerField(null=True)
    wall_seconds = models.PositiveIntegerField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(answered_at=None) | Q(withdrawn_at=None), name="question_answered_or_withdrawn"
            )
        ]
        indexes = [
            models.Index(fields=["client", "-asked_at", "-id"], name="question_by_client"),
            models.Index(
                fields=["due_at"],
                name="question_overdue",
                condition=Q(answered_at=None, withdrawn_at=None, reminded_at=None),
            ),
        ]
