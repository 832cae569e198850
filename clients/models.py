"""Whom we serve: the client, who of us may see it, its channels, its calendar, and the log of what happened to it."""

import secrets
import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone

from agency.models import Agency, Endpoint, Membership, Role, User

from .lookups import Among
from .wall import inside

models.BigAutoField.register_lookup(Among)
models.ForeignKey.register_lookup(Among)


class Client(models.Model):
    agency = models.ForeignKey(Agency, models.CASCADE, related_name="clients")
    slug = models.SlugField(max_length=80)
    name = models.CharField(max_length=200)
    homepage = models.URLField(blank=True)
    language = models.CharField(max_length=5, default="de")
    logo = models.CharField(max_length=200, blank=True, default="", help_text="Where its picture is stored.")
    enforce_from = models.DateTimeField(default=timezone.now)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(auto_now=True)
    archived_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["agency", "slug"], name="client_slug_in_agency"),
            models.UniqueConstraint(fields=["agency", "id"], name="client_of_agency"),
        ]

    def __str__(self):
        return self.name


class Assignment(models.Model):
    """This member serves (staff) or belongs to (portal) this client; both sides are of one agency by foreign key."""

    agency = models.ForeignKey(Agency, models.CASCADE)
    membership = models.ForeignKey(Membership, models.CASCADE, related_name="assignments")
    client = models.ForeignKey(Client, models.CASCADE, related_name="assignments")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["membership", "client"], name="assignment_once")]


def hook_key() -> str:
    return secrets.token_urlsafe(24)


class Channel(models.Model):
    """One account of a client on one network, and how far it has been polled.

    `url` is the server's address on networks of many servers, `expires_at` when its credentials stop working,
    `renew_at` when the sweep looks at them next, `broken_at` since when the network does not take them.
    """

    client = models.ForeignKey(Client, models.CASCADE, related_name="channels")
    slug = models.SlugField(max_length=80)
    name = models.CharField(max_length=200)
    network = models.CharField(max_length=40)
    url = models.URLField(max_length=500, blank=True, default="")
    account = models.CharField(max_length=200)
    credentials = models.TextField(blank=True)
    expires_at = models.DateTimeField(null=True)
    renew_at = models.DateTimeField(null=True)
    broken_at = models.DateTimeField(null=True)
    hook_key = models.CharField(max_length=64, unique=True, default=hook_key)
    connected_at = models.DateTimeField(default=timezone.now)
    disabled_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(auto_now=True)

    cursor = models.TextField(blank=True)
    poll_at = models.DateTimeField(null=True)
    fence = models.BigIntegerField(default=0)
    polled_at = models.DateTimeField(null=True)
    failures = models.PositiveIntegerField(default=0)
    trouble = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["client", "slug"], name="channel_slug_in_client"),
            models.UniqueConstraint(fields=["client", "id"], name="channel_of_client"),
        ]
        indexes = [
            models.Index(fields=["poll_at"], name="channel_due", condition=Q(poll_at__isnull=False, disabled_at=None)),
            models.Index(
                fields=["renew_at"], name="channel_to_renew", condition=Q(renew_at__isnull=False, disabled_at=None)
            ),
        ]

    def __str__(self):
        return self.name


class Calendar(models.Model):
    """The opening hours that count for a client; `document` is what `calendars.clean` returned."""

    client = models.OneToOneField(Client, models.CASCADE, primary_key=True, related_name="calendar")
    document = models.JSONField()
    version = models.PositiveIntegerField(default=1)
    updated_at = models.DateTimeField(auto_now=True)


class Mailed(models.Model):
    """A row that is mailed to its recipient once `mail_at` has come; `letters` does.

    `forgotten` is what the row changes to when it is mailed or given up.
    """

    forgotten: dict[str, str] = {}

    mail_state = models.CharField(max_length=10, default="queued")
    mail_at = models.DateTimeField(null=True)
    mail_fence = models.BigIntegerField(default=0)
    mail_attempts = models.PositiveSmallIntegerField(default=0)
    mail_error = models.TextField(blank=True)
    mailed_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True

    @property
    def walls(self) -> list[int]:
        """The clients whose wall has to be open to change the row."""
        return [self.client_id]


class Notice(Mailed):
    """Tells one person once of one occurrence, which `key` names; in the app, and by mail.

    `values` are filled into the sentence of its `kind` (`notices.KINDS`).
    """

    client = models.ForeignKey(Client, models.CASCADE, db_index=False)
    recipient = models.ForeignKey(User, models.CASCADE, related_name="notices", db_index=False)
    kind = models.CharField(max_length=40)
    key = models.CharField(max_length=120)
    values = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=timezone.now)
    read_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["client", "kind", "key", "recipient"], name="notice_once")]
        indexes = [
            models.Index(fields=["mail_at"], name="notice_to_mail", condition=Q(mail_state__in=["queued", "sending"])),
            models.Index(fields=["recipient", "-created_at", "-id"], name="notice_by_recipient"),
        ]


class Mail(Mailed):
    """Tells one address of its account or of an invitation; the words are those of its `kind` (`mails.KINDS`).

    `sealed` is the key of the link in it, kept only until it is mailed.
    """

    forgotten = {"sealed": ""}

    to = models.EmailField()
    language = models.CharField(max_length=5)
    kind = models.CharField(max_length=40)
    values = models.JSONField(default=dict)
    sealed = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [
            models.Index(fields=["mail_at"], name="mail_to_send", condition=Q(mail_state__in=["queued", "sending"]))
        ]

    @property
    def walls(self) -> list[int]:
        return []


class Invitation(models.Model):
    """Whoever opens the link with this key joins the agency, once, until it expires or is revoked.

    `client_ids` is empty for an owner. It is worth no more than what `inviter` may give at that time.
    """

    agency = models.ForeignKey(Agency, models.CASCADE, related_name="invitations")
    inviter = models.ForeignKey(User, models.CASCADE, related_name="+")
    email = models.EmailField()
    role = models.CharField(max_length=20, choices=Role)
    client_ids = ArrayField(models.BigIntegerField(), default=list)
    digest = models.CharField(max_length=64, unique=True)
    mail = models.ForeignKey(Mail, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    accepted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["agency", "email"], name="invitation_open_once", condition=Q(revoked_at=None, accepted_at=None)
            ),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="invitation_role_known"),
        ]


class PasswordReset(models.Model):
    """Whoever opens the link with this key gives the account a new password, once, until it expires."""

    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)


class Contact(models.Model):
    """Somebody at the client whom the agency may call or write to; `call_order` 1 is called first in an emergency."""

    client = models.ForeignKey(Client, models.CASCADE, related_name="contacts", db_index=False)
    name = models.CharField(max_length=200)
    role = models.CharField(max_length=200, blank=True)
    phone = models.CharField(max_length=40, blank=True)
    email = models.EmailField(blank=True)
    preferred = models.CharField(max_length=20, blank=True)
    notes = models.TextField(blank=True)
    call_order = models.PositiveSmallIntegerField(null=True)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        indexes = [models.Index(fields=["client", "name", "id"], name="contact_by_client")]


class Event(models.Model):
    """Append-only: what happened to a client, written in the transaction of its cause."""

    client = models.ForeignKey(Client, models.CASCADE)
    actor = models.ForeignKey(User, models.PROTECT, null=True)
    action = models.CharField(max_length=60)
    subject = models.CharField(max_length=60)
    subject_id = models.BigIntegerField(null=True)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    request_id = models.CharField(max_length=64, blank=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [
            models.Index(fields=["client", "-at", "-id"], name="event_by_client"),
            models.Index(fields=["client", "subject", "subject_id"], name="event_by_subject"),
        ]


class Checked(models.Model):
    """Answers to the readiness check, and the verdict on them as `readiness.verdict` gave it that day.

    `version` is the questionnaire's, `verdict` the whole document, `outcome` and `score` (percent) stand in it too.
    """

    version = models.PositiveSmallIntegerField()
    answers = models.JSONField()
    outcome = models.CharField(max_length=20)
    score = models.PositiveSmallIntegerField()
    verdict = models.JSONField()
    taken_at = models.DateTimeField(default=timezone.now)

    class Meta:
        abstract = True


class Readiness(Checked):
    """Append-only: a check of a client, taken by somebody of the agency or by the client itself."""

    client = models.ForeignKey(Client, models.CASCADE, related_name="+", db_index=False)
    taker = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)

    class Meta:
        indexes = [models.Index(fields=["client", "-taken_at", "-id"], name="readiness_by_client")]


class Prospect(Checked):
    """A business that took the check on the agency's public page; it leaves an address only if it wants to.

    `digest` is the SHA-256 of the key in the address of its result, `became` the client it turned into.
    """

    agency = models.ForeignKey(Agency, models.CASCADE, related_name="prospects", db_index=False)
    digest = models.CharField(max_length=64, unique=True)
    business = models.CharField(max_length=200, blank=True)
    name = models.CharField(max_length=200, blank=True)
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=40, blank=True)
    message = models.TextField(blank=True)
    asked_at = models.DateTimeField(null=True)
    handled_at = models.DateTimeField(null=True)
    handler = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", db_index=False)
    became = models.ForeignKey(Client, models.SET_NULL, null=True, related_name="+", db_index=False)

    class Meta:
        indexes = [models.Index(fields=["agency", "-taken_at", "-id"], name="prospect_by_agency")]


class KeptAnswer(models.Model):
    """The answer to a request with an Idempotency-Key; its wall asks for every client the asker could see then."""

    asker = models.CharField(max_length=60)
    key_hash = models.CharField(max_length=64)
    fingerprint = models.CharField(max_length=64)
    client_ids = ArrayField(models.BigIntegerField())
    status = models.PositiveSmallIntegerField()
    headers = models.JSONField()
    body = models.BinaryField()
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["asker", "key_hash"], name="answer_once")]
        indexes = [models.Index(fields=["created_at"], name="answer_by_age")]
class Outgoing(models.Model):
    """What others are to hear of by webhook, written in the transaction of its cause.

    `key` tells it from all others, `data` is what is told. Those of one `line` (`conversation:7`) have ids in the
    order of their commits. A sweep makes its deliveries, `spread_at`.
    """

    client = models.ForeignKey(Client, models.CASCADE, db_index=False)
    key = models.UUIDField(default=uuid.uuid4, editable=False)
    type = models.CharField(max_length=60)
    line = models.CharField(max_length=60)
    data = models.JSONField()
    at = models.DateTimeField(default=timezone.now)
    spread_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["client", "key"], name="outgoing_key_in_client")]
        indexes = [
            models.Index(fields=["id"], name="outgoing_to_spread", condition=Q(spread_at=None)),
            models.Index(fields=["at"], name="outgoing_by_age"),
        ]


class Delivery(models.Model):
    """One outgoing event on its way to one endpoint: waiting, sending, delivered, failed (given up) or dropped.

    `next_at` is when it is due, while it is sent when its lease lapses. `tries` counts those that ended.
    """

    client = models.ForeignKey(Client, models.CASCADE, db_index=False)
    endpoint = models.ForeignKey(Endpoint, models.CASCADE, related_name="deliveries", db_index=False)
    outgoing = inside(Outgoing, related_name="deliveries", db_index=False)
    type = models.CharField(max_length=60)
    line = models.CharField(max_length=60)
    at = models.DateTimeField()
    state = models.CharField(max_length=12, default="waiting")
    next_at = models.DateTimeField()
    fence = models.BigIntegerField(default=0)
    tries = models.PositiveSmallIntegerField(default=0)
    status = models.PositiveSmallIntegerField(null=True)
    error = models.CharField(max_length=300, blank=True)
    delivered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["client", "outgoing", "endpoint"], name="delivery_once"),
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "sending", "delivered", "failed", "dropped"]),
                name="delivery_state_known",
            ),
        ]
        indexes = [
            models.Index(
                fields=["endpoint", "next_at", "id"], name="delivery_due", condition=Q(state__in=["waiting", "sending"])
            ),
            models.Index(
                fields=["endpoint", "line", "outgoing"],
                name="delivery_in_line",
                condition=Q(state__in=["waiting", "sending"]),
            ),
            models.Index(fields=["endpoint"], name="delivery_in_flight", condition=Q(state="sending")),
            models.Index(fields=["endpoint", "-at", "-id"], name="delivery_by_endpoint"),
        ]


class Attempt(models.Model):
    """One call of a delivery: what came back (`answer`: at most its first 2 KB) and how long it took."""

    client = models.ForeignKey(Client, models.CASCADE, db_index=False)
    delivery = inside(Delivery, related_name="attempts", db_index=False)
    at = models.DateTimeField()
    url = models.CharField(max_length=500)
    status = models.PositiveSmallIntegerField(null=True)
    error = models.CharField(max_length=300, blank=True)
    answer = models.TextField(blank=True)
    milliseconds = models.PositiveIntegerField()

    class Meta:
        indexes = [models.Index(fields=["client", "delivery", "id"], name="attempt_by_delivery")]
