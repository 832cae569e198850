import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("campaigns", "0006_questions_wall"),
        ("clients", "0005_notices_wall"),
    ]

    operations = [
        migrations.CreateModel(
            name="Click",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
        ),
        migrations.CreateModel(
            name="ClickDay",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField()),
                ("clicks", models.PositiveIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="Cohort",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=20)),
                ("days", models.PositiveSmallIntegerField()),
                ("n", models.PositiveIntegerField()),
                ("median", models.FloatField()),
                ("counted_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="LinkCheck",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("url", models.TextField()),
                ("due_at", models.DateTimeField(null=True)),
                ("fence", models.PositiveIntegerField(default=0)),
                ("checked_at", models.DateTimeField(null=True)),
                ("problem", models.TextField(blank=True, default="")),
            ],
        ),
        migrations.CreateModel(
            name="NumbersDay",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("impressions", models.BigIntegerField(null=True)),
                ("reach", models.BigIntegerField(null=True)),
                ("views", models.BigIntegerField(null=True)),
                ("reactions", models.BigIntegerField(null=True)),
                ("comments", models.BigIntegerField(null=True)),
                ("shares", models.BigIntegerField(null=True)),
                ("clicks", models.BigIntegerField(null=True)),
                ("followers", models.BigIntegerField(null=True)),
                ("day", models.DateField()),
                ("snapshots", models.PositiveIntegerField()),
                ("captured_at", models.DateTimeField()),
                ("followers_total", models.BigIntegerField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Observation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("due_at", models.DateTimeField(null=True)),
                ("fence", models.PositiveIntegerField(default=0)),
                ("failures", models.PositiveIntegerField(default=0)),
                ("observed_at", models.DateTimeField(null=True)),
                ("trouble", models.TextField(blank=True, default="")),
            ],
        ),
        migrations.CreateModel(
            name="ShortLink",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=40)),
                ("target", models.TextField()),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
        ),
        migrations.CreateModel(
            name="Snapshot",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("impressions", models.BigIntegerField(null=True)),
                ("reach", models.BigIntegerField(null=True)),
                ("views", models.BigIntegerField(null=True)),
                ("reactions", models.BigIntegerField(null=True)),
                ("comments", models.BigIntegerField(null=True)),
                ("shares", models.BigIntegerField(null=True)),
                ("clicks", models.BigIntegerField(null=True)),
                ("followers", models.BigIntegerField(null=True)),
                ("observed_at", models.DateTimeField()),
                (
                    "source",
                    models.CharField(
                        choices=[("api", "Api"), ("manual", "Manual"), ("import", "Import")], max_length=10
                    ),
                ),
                ("taken_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
        ),
        migrations.CreateModel(
            name="StaleDay",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField()),
                ("marked_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
        ),
        migrations.AddField(
            model_name="publishingrule",
            name="short_links",
            field=models.BooleanField(default=True, help_text="Whether links go out as our own short ones."),
        ),
        migrations.AddIndex(
            model_name="publication",
            index=models.Index(
                condition=models.Q(("state", "scheduled")), fields=["planned_at"], name="publication_planned"
            ),
        ),
        migrations.AddField(
            model_name="click",
            name="client",
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, to="clients.client"),
        ),
        migrations.AddField(
            model_name="clickday",
            name="client",
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, to="clients.client"),
        ),
        migrations.AddField(
            model_name="clickday",
            name="publication",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="campaigns.publication",
            ),
        ),
        migrations.AddField(
            model_name="cohort",
            name="client",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="cohorts", to="clients.client"
            ),
        ),
        migrations.AddField(
            model_name="linkcheck",
            name="client",
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, to="clients.client"),
        ),
        migrations.AddField(
            model_name="linkcheck",
            name="post",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="link_checks",
                to="campaigns.post",
            ),
        ),
        migrations.AddField(
            model_name="numbersday",
            name="channel",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="clients.channel",
            ),
        ),
        migrations.AddField(
            model_name="numbersday",
            name="client",
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, to="clients.client"),
        ),
        migrations.AddField(
            model_name="numbersday",
            name="publication",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="%(class)ss",
                to="campaigns.publication",
            ),
        ),
        migrations.AddField(
            model_name="observation",
            name="channel",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="clients.channel",
            ),
        ),
        migrations.AddField(
            model_name="observation",
            name="client",
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, to="clients.client"),
        ),
        migrations.AddField(
            model_name="observation",
            name="publication",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="%(class)ss",
                to="campaigns.publication",
            ),
        ),
        migrations.AddField(
            model_name="shortlink",
            name="client",
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, to="clients.client"),
        ),
        migrations.AddField(
            model_name="shortlink",
            name="publication",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="short_links",
                to="campaigns.publication",
            ),
        ),
        migrations.AddField(
            model_name="click",
            name="link",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="clicks",
                to="campaigns.shortlink",
            ),
        ),
        migrations.AddField(
            model_name="snapshot",
            name="channel",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="clients.channel",
            ),
        ),
        migrations.AddField(
            model_name="snapshot",
            name="client",
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, to="clients.client"),
        ),
        migrations.AddField(
            model_name="snapshot",
            name="publication",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="%(class)ss",
                to="campaigns.publication",
            ),
        ),
        migrations.AddField(
            model_name="staleday",
            name="channel",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="clients.channel",
            ),
        ),
        migrations.AddField(
            model_name="staleday",
            name="client",
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, to="clients.client"),
        ),
        migrations.AddField(
            model_name="staleday",
            name="publication",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="%(class)ss",
                to="campaigns.publication",
            ),
        ),
        migrations.AddIndex(
            model_name="clickday",
            index=models.Index(fields=["client", "day"], name="click_day_by_day"),
        ),
        migrations.AddConstraint(
            model_name="clickday",
            constraint=models.UniqueConstraint(fields=("client", "publication", "day"), name="click_day_once"),
        ),
        migrations.AddConstraint(
            model_name="cohort",
            constraint=models.UniqueConstraint(fields=("client", "kind", "days"), name="cohort_once"),
        ),
        migrations.AddIndex(
            model_name="linkcheck",
            index=models.Index(condition=models.Q(("due_at__isnull", False)), fields=["due_at"], name="link_check_due"),
        ),
        migrations.AddConstraint(
            model_name="linkcheck",
            constraint=models.UniqueConstraint(fields=("client", "post"), name="link_check_once"),
        ),
        migrations.AddIndex(
            model_name="numbersday",
            index=models.Index(fields=["client", "day"], name="numbers_day_by_day"),
        ),
        migrations.AddConstraint(
            model_name="numbersday",
            constraint=models.UniqueConstraint(
                condition=models.Q(("publication__isnull", False)),
                fields=("client", "publication", "day"),
                name="numbers_day_of_post",
            ),
        ),
        migrations.AddConstraint(
            model_name="numbersday",
            constraint=models.UniqueConstraint(
                condition=models.Q(("publication__isnull", True)),
                fields=("client", "channel", "day"),
                name="numbers_day_of_channel",
            ),
        ),
        migrations.AddIndex(
            model_name="observation",
            index=models.Index(
                condition=models.Q(("due_at__isnull", False)), fields=["due_at"], name="observation_due"
            ),
        ),
        migrations.AddConstraint(
            model_name="observation",
            constraint=models.UniqueConstraint(
                condition=models.Q(("publication__isnull", False)),
                fields=("client", "publication"),
                name="observation_of_post",
            ),
        ),
        migrations.AddConstraint(
            model_name="observation",
            constraint=models.UniqueConstraint(
                condition=models.Q(("publication__isnull", True)),
                fields=("client", "channel"),
                name="observation_of_channel",
            ),
        ),
        migrations.AddConstraint(
            model_name="shortlink",
            constraint=models.UniqueConstraint(fields=("client", "code"), name="short_link_code"),
        ),
        migrations.AddConstraint(
            model_name="shortlink",
            constraint=models.UniqueConstraint(fields=("client", "publication"), name="short_link_once"),
        ),
        migrations.AddIndex(
            model_name="click",
            index=models.Index(fields=["client", "link", "at"], name="click_by_link"),
        ),
        migrations.AddIndex(
            model_name="snapshot",
            index=models.Index(fields=["client", "-id"], name="snapshot_newest"),
        ),
        migrations.AddConstraint(
            model_name="snapshot",
            constraint=models.UniqueConstraint(
                condition=models.Q(("publication__isnull", False)),
                fields=("client", "publication", "observed_at", "source"),
                name="snapshot_of_post",
            ),
        ),
        migrations.AddConstraint(
            model_name="snapshot",
            constraint=models.UniqueConstraint(
                condition=models.Q(("publication__isnull", True)),
                fields=("client", "channel", "observed_at", "source"),
                name="snapshot_of_channel",
            ),
        ),
        migrations.AddConstraint(
            model_name="snapshot",
            constraint=models.CheckConstraint(
                condition=models.Q(("source__in", ["api", "manual", "import"])), name="snapshot_source_known"
            ),
        ),
        migrations.AddIndex(
            model_name="staleday",
            index=models.Index(fields=["client", "marked_at"], name="stale_day_by_client"),
        ),
        migrations.AddIndex(
            model_name="staleday",
            index=models.Index(fields=["client", "publication"], name="stale_day_of_post"),
        ),
        migrations.AddIndex(
            model_name="staleday",
            index=models.Index(fields=["client", "channel"], name="stale_day_of_channel"),
        ),
    ]
