import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("campaigns", "0011_measure_wall"),
        ("clients", "0005_notices_wall"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Attachment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("place", models.PositiveSmallIntegerField()),
                ("alt", models.CharField(blank=True, default="", max_length=1000)),
            ],
        ),
        migrations.CreateModel(
            name="Cadence",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("least", models.PositiveSmallIntegerField(default=0)),
                ("most", models.PositiveSmallIntegerField(null=True)),
                ("since", models.DateTimeField(default=django.utils.timezone.now)),
            ],
        ),
        migrations.CreateModel(
            name="Media",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=200)),
                ("alt", models.CharField(blank=True, default="", max_length=1000)),
                ("mime", models.CharField(max_length=40)),
                ("sha256", models.CharField(max_length=64)),
                ("size", models.PositiveIntegerField()),
                ("width", models.PositiveIntegerField()),
                ("height", models.PositiveIntegerField()),
                ("key", models.CharField(max_length=64)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
        ),
        migrations.CreateModel(
            name="MixTarget",
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
                ("share", models.PositiveSmallIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="Slot",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("weekday", models.PositiveSmallIntegerField()),
                ("time", models.TimeField()),
                ("channels", models.JSONField(default=list)),
                ("kinds", models.JSONField(default=list)),
            ],
        ),
        migrations.CreateModel(
            name="Template",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=200)),
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
                ("link", models.CharField(blank=True, default="", max_length=2000)),
                ("tags", models.JSONField(default=list)),
                ("updated_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
        ),
        migrations.AddField(
            model_name="campaign",
            name="strategy_goal",
            field=models.CharField(blank=True, default="", max_length=200),
        ),
        migrations.AddField(
            model_name="post",
            name="origin",
            field=models.ForeignKey(
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="copies",
                to="campaigns.post",
            ),
        ),
        migrations.AddField(
            model_name="post",
            name="ref",
            field=models.CharField(blank=True, default="", max_length=100),
        ),
        migrations.AddConstraint(
            model_name="post",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ref", ""), _negated=True), fields=("client", "ref"), name="post_ref"
            ),
        ),
        migrations.AddField(
            model_name="attachment",
            name="client",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="attachments",
                to="clients.client",
            ),
        ),
        migrations.AddField(
            model_name="attachment",
            name="post",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="attachments",
                to="campaigns.post",
            ),
        ),
        migrations.AddField(
            model_name="cadence",
            name="channel",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="cadences",
                to="clients.channel",
            ),
        ),
        migrations.AddField(
            model_name="cadence",
            name="client",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="cadences",
                to="clients.client",
            ),
        ),
        migrations.AddField(
            model_name="media",
            name="author",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="media",
            name="client",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="media", to="clients.client"
            ),
        ),
        migrations.AddField(
            model_name="attachment",
            name="media",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="attachments",
                to="campaigns.media",
            ),
        ),
        migrations.AddField(
            model_name="mixtarget",
            name="client",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="mix_targets",
                to="clients.client",
            ),
        ),
        migrations.AddField(
            model_name="slot",
            name="client",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="slots", to="clients.client"
            ),
        ),
        migrations.AddField(
            model_name="template",
            name="client",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="templates",
                to="clients.client",
            ),
        ),
        migrations.AddConstraint(
            model_name="cadence",
            constraint=models.UniqueConstraint(fields=("client", "channel"), name="cadence_once"),
        ),
        migrations.AddConstraint(
            model_name="cadence",
            constraint=models.CheckConstraint(
                condition=models.Q(("most", None), ("most__gte", models.F("least")), _connector="OR"),
                name="cadence_most_above_least",
            ),
        ),
        migrations.AddConstraint(
            model_name="media",
            constraint=models.UniqueConstraint(fields=("client", "sha256"), name="media_once"),
        ),
        migrations.AddConstraint(
            model_name="attachment",
            constraint=models.UniqueConstraint(fields=("client", "post", "place"), name="attachment_place"),
        ),
        migrations.AddConstraint(
            model_name="mixtarget",
            constraint=models.UniqueConstraint(fields=("client", "kind"), name="mix_target_once"),
        ),
        migrations.AddConstraint(
            model_name="mixtarget",
            constraint=models.CheckConstraint(condition=models.Q(("share__lte", 100)), name="mix_target_share"),
        ),
        migrations.AddIndex(
            model_name="slot",
            index=models.Index(fields=["client", "weekday", "time"], name="slot_by_week"),
        ),
        migrations.AddConstraint(
            model_name="slot",
            constraint=models.CheckConstraint(condition=models.Q(("weekday__lte", 6)), name="slot_weekday"),
        ),
        migrations.AddConstraint(
            model_name="template",
            constraint=models.UniqueConstraint(fields=("client", "name"), name="template_name"),
        ),
    ]
