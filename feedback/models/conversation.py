"""What was said and decided: conversations, their interactions, and the steps people took in them."""

from datetime import UTC, datetime

from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.utils import timezone

from agency.models import Agency, User
from campaigns.models import Campaign
from clients.models import Channel, Client
from clients.wall import inside


class Kind(models.TextChoices):
    COMMENT = "comment"
    MENTION = "mention"
    REVIEW = "review"
    MESSAGE = "message"


class Direction(models.TextChoices):
    IN = "in"
    OUT = "out"


class Sentiment(models.TextChoices):
    NEGATIVE = "negative"
    NEUTRAL = "neutral"
    POSITIVE = "positive"


class Urgency(models.TextChoices):
    NORMAL = "normal"
    HIGH = "high"
    CRITICAL = "critical"


class Status(models.TextChoices):
    OPEN = "open"
    WAITING_CUSTOMER = "waiting_customer"
    WAITING_CLIENT = "waiting_client"
    RESOLVED = "resolved"
    ARCHIVED = "archived"
    SPAM = "spam"
    MERGED = "merged"


# Since when a conversation counts as breached: a breach that was noticed counts whatever is due next.
LATE_FROM = Case(When(breached=True, then=Value(datetime(1, 1, 1, tzinfo=UTC))), default="due_at")
FACETS = (
    "assignee", "snoozed_until", LATE_FROM, "warn_at", "status", "kind", "sentiment", "met", "historic",
)  # fmt: skip
NEWEST = (F("received_at").desc(), F("id").desc())
DUE, ASSIGNED, SNOOZED = Q(due_at__isnull=False), Q(assignee__isnull=False), Q(snoozed_until__isnull=False)
AT_RISK = Q(warn_at__isnull=False, breached=False)


def _listed(name: str, *place: str | models.OrderBy, part: str, **options) -> models.Index:
    """An index in the order of a list with all that lists filter by: what is not wanted is skipped without its row."""
    facets = (facet for facet in FACETS if facet not in place)
    return models.Index(*place, part, *facets, name=name, **options)


class Conversation(models.Model):
    """A thread on one channel. Everything below `assignee` is derived from its facts by `clocks.refresh`.

    Here, in Interaction and in Clock the indexes of `Meta` serve the references too: one of its own for each would
    slow the intake and, by the client alone, tempt the planner to read all its rows for one page.
    """

    client = models.ForeignKey(Client, models.CASCADE, db_index=False)
    agency = models.ForeignKey(Agency, models.CASCADE, db_index=False)
    channel = inside(Channel, db_index=False)
    thread_id = models.TextField()
    campaign = inside(Campaign, null=True, db_index=False)
    merged_into = inside("self", null=True, db_index=False)
    vip = models.BooleanField(default=False)
    assignee = models.ForeignKey(User, models.SET_NULL, null=True, db_index=False)
    snoozed_until = models.DateTimeField(null=True)

    status = models.CharField(max_length=20, default=Status.OPEN)
    resolved_as = models.CharField(max_length=20, blank=True)
    historic = models.BooleanField(default=False)
    author_id = models.TextField(blank=True)
    author_name = models.TextField(blank=True)
    preview = models.TextField(blank=True)
    kind = models.CharField(max_length=20, default=Kind.COMMENT)
    language = models.CharField(max_length=5, default="und")
    sentiment = models.CharField(max_length=20, default=Sentiment.NEUTRAL)
    urgency = models.CharField(max_length=20, default=Urgency.NORMAL)
    stars = models.PositiveSmallIntegerField(null=True)
    started_at = models.DateTimeField(null=True)
    received_at = models.DateTimeField(default=timezone.now)
    answered_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    warn_at = models.DateTimeField(null=True)
    breached = models.BooleanField(default=False)
    met = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["client", "channel", "thread_id"], name="conversation_once"),
            models.CheckConstraint(condition=Q(status__in=Status.values), name="conversation_status_known"),
        ]
        indexes = [
            _listed("conversation_inbox", "client", *NEWEST, part="channel"),
            _listed("conversation_inbox_agency", "agency", *NEWEST, part="client"),
            _listed("conversation_due", "client", "due_at", "id", part="channel", condition=DUE),
            _listed("conversation_due_agency", "agency", "due_at", "id", part="client", condition=DUE),
            _listed("conversation_changed", "client", "updated_at", "id", part="channel"),
            _listed("conversation_changed_agency", "agency", "updated_at", "id", part="client"),
            _listed("conversation_status", "client", "status", *NEWEST, part="channel"),
            _listed("conversation_status_agency", "agency", "status", *NEWEST, part="client"),
            # For what is rare: few of the rows above would be wanted.
            models.Index("agency", "kind", *NEWEST, "client", name="conversation_kind_agency"),
            models.Index("agency", "sentiment", *NEWEST, "client", name="conversation_sentiment_agency"),
            models.Index("agency", *NEWEST, "client", name="conversation_historic_agency", condition=Q(historic=True)),
            models.Index("agency", "warn_at", "client", name="conversation_risk_agency", condition=AT_RISK),
            models.Index("agency", "snoozed_until", "client", name="conversation_snoozed_agency", condition=SNOOZED),
            models.Index("assignee", *NEWEST, "client", name="conversation_assignee", condition=ASSIGNED),
            models.Index("campaign", name="conversation_campaign", condition=Q(campaign__isnull=False)),
            models.Index("merged_into", name="conversation_merged", condition=Q(merged_into__isnull=False)),
        ]


class Interaction(models.Model):
    """One message as the network shows it now; `received_at` is the network's time, `ingested_at` ours.

    `first_sentiment` and `first_question` are what triage found in the original text: the promise was chosen by them.
    """

    client = models.ForeignKey(Client, models.CASCADE, db_index=False)
    agency = models.ForeignKey(Agency, models.CASCADE, db_index=False)
    channel = inside(Channel, db_index=False)
    conversation = inside(Conversation, related_name="interactions", db_index=False)
    external_id = models.TextField()
    parent_external_id = models.TextField(blank=True)
    direction = models.CharField(max_length=3)
    kind = models.CharField(max_length=20)
    author_id = models.TextField(blank=True)
    author_name = models.TextField(blank=True)
    automated = models.BooleanField(default=False)
    text = models.TextField(blank=True)
    stars = models.PositiveSmallIntegerField(null=True)
    received_at = models.DateTimeField()
    ingested_at = models.DateTimeField(default=timezone.now)
    edited_at = models.DateTimeField(null=True)
    deleted_at = models.DateTimeField(null=True)
    updated_at = models.DateTimeField(default=timezone.now)
    language = models.CharField(max_length=5, default="und")
    urgency = models.CharField(max_length=20, default=Urgency.NORMAL)
    sentiment = models.CharField(max_length=20, default=Sentiment.NEUTRAL)
    question = models.BooleanField(default=False)
    reasons = models.JSONField(default=list)
    first_sentiment = models.CharField(max_length=20, default=Sentiment.NEUTRAL)
    first_question = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["client", "channel", "external_id"], name="interaction_once"),
            models.CheckConstraint(condition=Q(direction__in=Direction.values), name="interaction_direction_known"),
            models.CheckConstraint(condition=Q(kind__in=Kind.values), name="interaction_kind_known"),
            models.CheckConstraint(condition=Q(stars=None) | Q(stars__range=(1, 5)), name="interaction_stars_1_to_5"),
        ]
        indexes = [
            models.Index(fields=["client", "-received_at", "-id"], name="interaction_by_client"),
            models.Index(fields=["agency", "-received_at", "-id"], name="interaction_by_agency"),
            models.Index(fields=["conversation", "received_at"], name="interaction_thread"),
            models.Index(fields=["client", "updated_at", "id"], name="interaction_changed"),
        ]


class Revision(models.Model):
    """Append-only: text and stars of an edited interaction as of `at`; the original is its first revision."""

    client = models.ForeignKey(Client, models.CASCADE)
    interaction = inside(Interaction, related_name="revisions")
    at = models.DateTimeField()
    text = models.TextField(blank=True)
    stars = models.PositiveSmallIntegerField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["client", "interaction", "at"], name="revision_once")]


class Correction(models.Model):
    """Append-only: what a person corrected in the triage of an interaction."""

    client = models.ForeignKey(Client, models.CASCADE)
    interaction = inside(Interaction, related_name="corrections")
    field = models.CharField(max_length=20)
    before = models.CharField(max_length=20)
    after = models.CharField(max_length=20)
    user = models.ForeignKey(User, models.PROTECT)
    at = models.DateTimeField(default=timezone.now)


class Step(models.Model):
    """Append-only: what a person or a rule decided about a conversation; an input of `sla.replay`."""

    client = models.ForeignKey(Client, models.CASCADE)
    conversation = inside(Conversation, related_name="steps")
    at = models.DateTimeField()
    action = models.CharField(max_length=30)
    value = models.JSONField(null=True)
    reason = models.TextField(blank=True)
    user = models.ForeignKey(User, models.PROTECT, null=True)

    class Meta:
        indexes = [models.Index(fields=["conversation", "at"], name="step_by_conversation")]


class Note(models.Model):
    """Internal: never leaves the house and stops no clock."""

    client = models.ForeignKey(Client, models.CASCADE)
    conversation = inside(Conversation, related_name="notes")
    user = models.ForeignKey(User, models.PROTECT)
    text = models.TextField()
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["conversation", "at"], name="note_by_conversation")]


class BlockedAuthor(models.Model):
    """What this author writes on this channel is spam from now on."""

    client = models.ForeignKey(Client, models.CASCADE)
    channel = inside(Channel)
    author_id = models.TextField()
    user = models.ForeignKey(User, models.PROTECT)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["client", "channel", "author_id"], name="blocked_once")]
