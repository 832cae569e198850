"""Us: the agency, the people who work in it or for its clients, what they may do, and the log of what they changed."""

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.db.models import Q
from django.utils import timezone


class Agency(models.Model):
    """`second_factor`: whether its staff sign in with a code as well."""

    slug = models.SlugField(max_length=80, unique=True)
    name = models.CharField(max_length=200)
    calendar = models.JSONField()
    logo = models.CharField(max_length=200, blank=True, default="", help_text="Where its picture is stored.")
    second_factor = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name_plural = "agencies"

    def __str__(self):
        return self.name


class UserManager(BaseUserManager):
    def create_user(self, email, password=None, **fields):
        user = self.model(email=email, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, email):
        return self.get(email=email.strip().lower())


class User(AbstractBaseUser):
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=200)
    language = models.CharField(max_length=5, default="de")
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects = UserManager()
    USERNAME_FIELD = EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    def save(self, *args, **kwargs):
        self.email = self.email.strip().lower()
        super().save(*args, **kwargs)


class Session(AbstractBaseSession):
    """One browser that somebody signed in with; `agent` is what it calls itself, `seen_at` is minutes old at most."""

    user = models.ForeignKey(User, models.CASCADE, null=True, related_name="sessions")
    agent = models.CharField(max_length=300, blank=True)
    since = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True)


class Authenticator(models.Model):
    """The app that makes somebody's codes; `sealed` is its secret, `last_step` the half minute of the last code used.

    It counts once `confirmed_at` is set.
    """

    user = models.OneToOneField(User, models.CASCADE, primary_key=True, related_name="authenticator")
    sealed = models.TextField()
    last_step = models.BigIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)
    confirmed_at = models.DateTimeField(null=True)


class Passkey(models.Model):
    """A key in somebody's phone, computer or stick that signs them in.

    `credential` is its id in base64url, `public_key` a COSE key, `sign_count` the uses that the device counted last.
    """

    user = models.ForeignKey(User, models.CASCADE, related_name="passkeys")
    credential = models.CharField(max_length=1400, unique=True)
    public_key = models.BinaryField()
    sign_count = models.BigIntegerField()
    name = models.CharField(max_length=60)
    created_at = models.DateTimeField(default=timezone.now)
    used_at = models.DateTimeField(null=True)


class RecoveryCode(models.Model):
    """Stands in once for a lost app; stored as its SHA-256."""

    user = models.ForeignKey(User, models.CASCADE, related_name="recovery_codes")
    digest = models.CharField(max_length=64)
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "digest"], name="recovery_code_once")]


class Role(models.TextChoices):
    """Staff first; the last two are people of a client, who use the portal."""

    OWNER = "owner"
    MANAGER = "manager"
    EDITOR = "editor"
    ANALYST = "analyst"
    APPROVER = "approver"
    VIEWER = "viewer"


class Membership(models.Model):
    """An owner serves every client of the agency; everybody else only the clients assigned to them."""

    agency = models.ForeignKey(Agency, models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=20, choices=Role)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["agency", "user"], name="membership_once"),
            models.UniqueConstraint(fields=["agency", "id"], name="membership_of_agency"),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="membership_role_known"),
        ]


class Token(models.Model):
    """A key for the API: shown once, stored as its SHA-256, never worth more than its creator's rights now."""

    agency = models.ForeignKey(Agency, models.CASCADE, related_name="tokens")
    creator = models.ForeignKey(User, models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=20)
    digest = models.CharField(max_length=64, unique=True)
    scopes = ArrayField(models.CharField(max_length=40))
    every_client = models.BooleanField()
    client_ids = ArrayField(models.BigIntegerField(), default=list)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)
    per_minute = models.PositiveIntegerField(null=True)  # requests; null: as many as the setting says

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(every_client=True, client_ids=[]) | (Q(every_client=False) & ~Q(client_ids=[])),
                name="token_clients_explicit",
            )
        ]


class Endpoint(models.Model):
    """An address of others to which an agency's webhooks go; it belongs to the agency, whoever made it.

    `events` are types of `webhooks.vocabulary`, groups of them (`post.*`) or all (`*`). The secrets are sealed;
    `secret_before` signs as well until `before_until`. `failing_since` is the first failure after which none
    succeeded, `failed_at` the latest; nothing is sent before `rest_until`.
    """

    agency = models.ForeignKey(Agency, models.CASCADE, related_name="endpoints")
    creator = models.ForeignKey(User, models.PROTECT, related_name="endpoints")
    url = models.CharField(max_length=500)
    description = models.CharField(max_length=200, blank=True)
    events = ArrayField(models.CharField(max_length=60))
    every_client = models.BooleanField()
    client_ids = ArrayField(models.BigIntegerField(), default=list)
    secret = models.TextField(blank=True)
    secret_before = models.TextField(blank=True)
    before_until = models.DateTimeField(null=True)
    failing_since = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True)
    rest_until = models.DateTimeField(null=True)
    disabled_at = models.DateTimeField(null=True)
    disabled_as = models.CharField(max_length=20, blank=True)
    removed_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        indexes = [models.Index(fields=["agency"], name="endpoint_listening", condition=Q(removed_at=None))]
        constraints = [
            models.CheckConstraint(
                condition=Q(every_client=True, client_ids=[]) | (Q(every_client=False) & ~Q(client_ids=[])),
                name="endpoint_clients_explicit",
            )
        ]


class LogEntry(models.Model):
    """Append-only: who changed what in the directory (clients, people, tokens, webhooks)."""

    agency = models.ForeignKey(Agency, models.CASCADE)
    actor = models.ForeignKey(User, models.PROTECT, null=True)
    action = models.CharField(max_length=60)
    subject = models.CharField(max_length=200)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    request_id = models.CharField(max_length=64, blank=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["agency", "-at"], name="log_by_agency")]


class Tick(models.Model):
    """The last time slot in which each periodic sweep ran, so that several beats do no harm."""

    name = models.CharField(max_length=60, primary_key=True)
    slot = models.BigIntegerField()
