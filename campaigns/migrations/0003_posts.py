import uuid

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("campaigns", "0002_wall"),
        ("clients", "0002_wall"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="campaign",
            name="approval",
            field=models.CharField(
                blank=True,
                choices=[
                    ("none", "None"),
                    ("optional", "Optional"),
                    ("internal", "Internal"),
                    ("internal_and_client", "Client"),
                ],
                default="",
                max_length=20,
            ),
        ),
        migrations.AddField(
            model_name="campaign",
            name="budget",
            field=models.DecimalField(decimal_places=2, max_digits=12, null=True),
        ),
        migrations.CreateModel(
            name="ApprovalLink",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=200)),
                ("email", models.EmailField(blank=True, default="", max_length=254)),
                ("digest", models.CharField(max_length=64)),
                ("posts", models.JSONField(default=list, help_text="Ids of the posts it is for.")),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("expires_at", models.DateTimeField()),
                ("revoked_at", models.DateTimeField(null=True)),
                (
                    "client",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="approval_links", to="clients.client"
                    ),
                ),
                (
                    "creator",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Post",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("tip", "Tip"),
                            ("job", "Job"),
                            ("event", "Event"),
                            ("product", "Product"),
                            ("behind_the_scenes", "Behind The Scenes"),
                            ("reaction", "Reaction"),
                        ],
                        max_length=20,
                    ),
                ),
                ("title", models.CharField(blank=True, default="", max_length=200)),
                ("text", models.TextField()),
                ("link", models.URLField(blank=True, default="", max_length=2000)),
                ("tags", models.JSONField(default=list)),
                ("publish_at", models.DateTimeField(null=True)),
                ("local_time", models.CharField(blank=True, default="", max_length=16)),
                ("zone", models.CharField(blank=True, default="", max_length=64)),
                ("evergreen", models.BooleanField(default=False)),
                ("version", models.PositiveIntegerField(default=1)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("updated_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "author",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "campaign",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="posts",
                        to="campaigns.campaign",
                    ),
                ),
                (
                    "client",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="posts", to="clients.client"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Publication",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("variant", models.TextField(blank=True, default="")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "Draft"),
                            ("in_review", "In Review"),
                            ("client_review", "Client Review"),
                            ("approved", "Approved"),
                            ("scheduled", "Scheduled"),
                            ("sending", "Sending"),
                            ("sent", "Sent"),
                            ("failed", "Failed"),
                            ("unconfirmed", "Unconfirmed"),
                            ("missed", "Missed"),
                            ("cancelled", "Cancelled"),
                            ("held", "Held"),
                        ],
                        default="draft",
                        max_length=20,
                    ),
                ),
                ("held_from", models.CharField(blank=True, default="", max_length=20)),
                ("planned_at", models.DateTimeField(null=True)),
                ("due_at", models.DateTimeField(null=True)),
                ("fence", models.PositiveIntegerField(default=0)),
                ("tries", models.PositiveSmallIntegerField(default=0)),
                ("questions", models.PositiveSmallIntegerField(default=0)),
                ("key", models.UUIDField(default=uuid.uuid4)),
                ("sent_hash", models.CharField(blank=True, default="", max_length=64)),
                ("external_id", models.TextField(blank=True, default="")),
                ("url", models.TextField(blank=True, default="")),
                ("reason", models.TextField(blank=True, default="")),
                ("sent_at", models.DateTimeField(null=True)),
                ("updated_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "channel",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="publications",
                        to="clients.channel",
                    ),
                ),
                (
                    "client",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="publications",
                        to="clients.client",
                    ),
                ),
                (
                    "post",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="publications",
                        to="campaigns.post",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Decision",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("stage", models.CharField(choices=[("internal", "Internal"), ("client", "Client")], max_length=20)),
                (
                    "verdict",
                    models.CharField(
                        choices=[("approve", "Approve"), ("change", "Change"), ("reject", "Reject")], max_length=20
                    ),
                ),
                ("hash", models.CharField(max_length=64)),
                ("comment", models.TextField(blank=True, default="")),
                ("reason", models.TextField(blank=True, default="")),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "client",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="decisions",
                        to="clients.client",
                    ),
                ),
                (
                    "link",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="decisions",
                        to="campaigns.approvallink",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "publication",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="decisions",
                        to="campaigns.publication",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="PublishingRule",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "approval",
                    models.CharField(
                        choices=[
                            ("none", "None"),
                            ("optional", "Optional"),
                            ("internal", "Internal"),
                            ("internal_and_client", "Client"),
                        ],
                        default="internal",
                        max_length=20,
                    ),
                ),
                ("four_eyes", models.BooleanField(default=False)),
                ("tolerance", models.PositiveIntegerField(default=60, help_text="Minutes a post may go out late.")),
                (
                    "counts_clicks",
                    models.BooleanField(default=True, help_text="Whether clicks are part of the engagement."),
                ),
                (
                    "client",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="publishing_rule", to="clients.client"
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="post",
            index=models.Index(fields=["client", "publish_at", "id"], name="post_calendar"),
        ),
        migrations.AddIndex(
            model_name="post",
            index=models.Index(fields=["client", "-updated_at", "-id"], name="post_changed"),
        ),
        migrations.AddConstraint(
            model_name="post",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["tip", "job", "event", "product", "behind_the_scenes", "reaction"])),
                name="post_kind_known",
            ),
        ),
        migrations.AddIndex(
            model_name="publication",
            index=models.Index(
                condition=models.Q(("due_at__isnull", False), ("state__in", ["scheduled", "sending", "unconfirmed"])),
                fields=["due_at"],
                name="publication_due",
            ),
        ),
        migrations.AddIndex(
            model_name="publication",
            index=models.Index(fields=["client", "-sent_at"], name="publication_sent"),
        ),
        migrations.AddConstraint(
            model_name="publication",
            constraint=models.UniqueConstraint(fields=("client", "post", "channel"), name="publication_once"),
        ),
        migrations.AddConstraint(
            model_name="publication",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "state__in",
                        [
                            "draft",
                            "in_review",
                            "client_review",
                            "approved",
                            "scheduled",
                            "sending",
                            "sent",
                            "failed",
                            "unconfirmed",
                            "missed",
                            "cancelled",
                            "held",
                        ],
                    )
                ),
                name="publication_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="publication",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "sent"), _negated=True), ("sent_at__isnull", False), _connector="OR"
                ),
                name="publication_sent_at",
            ),
        ),
        migrations.AddConstraint(
            model_name="approvallink",
            constraint=models.UniqueConstraint(fields=("client", "digest"), name="approval_link_key"),
        ),
        migrations.AddIndex(
            model_name="decision",
            index=models.Index(fields=["client", "publication", "-id"], name="decision_latest"),
        ),
    ]
