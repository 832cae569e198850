import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

INDEXES = {
    "feedback_clock_agency_id_637e79f0": ("feedback_clock", "agency_id"),
    "feedback_clock_channel_id_1dca1404": ("feedback_clock", "channel_id"),
    "feedback_clock_client_id_5f4bf264": ("feedback_clock", "client_id"),
    "feedback_clock_policy_version_id_18b47bdf": ("feedback_clock", "policy_version_id"),
    "feedback_conversation_agency_id_6c513cd5": ("feedback_conversation", "agency_id"),
    "feedback_conversation_assignee_id_e9632e8b": ("feedback_conversation", "assignee_id"),
    "feedback_conversation_channel_id_7ef3c20d": ("feedback_conversation", "channel_id"),
    "feedback_conversation_client_id_6597030a": ("feedback_conversation", "client_id"),
    "feedback_interaction_agency_id_fda8d262": ("feedback_interaction", "agency_id"),
    "feedback_interaction_channel_id_bec71191": ("feedback_interaction", "channel_id"),
    "feedback_interaction_client_id_aacb1fb3": ("feedback_interaction", "client_id"),
    "feedback_interaction_conversation_id_893d169d": ("feedback_interaction", "conversation_id"),
}


def _indexes() -> list[migrations.RunSQL]:
    """Django's AlterField would make the reference anew, and checking the rows is what the wall forbids."""
    return [
        migrations.RunSQL(f'DROP INDEX "{name}"', f'CREATE INDEX "{name}" ON {table} ({column})')
        for name, (table, column) in INDEXES.items()
    ]


class Migration(migrations.Migration):
    dependencies = [
        ("agency", "0002_log_append_only"),
        ("clients", "0002_wall"),
        ("feedback", "0003_import_lines"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=_indexes(),
            state_operations=[
                migrations.AlterField(
                    model_name="clock",
                    name="agency",
                    field=models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.CASCADE, to="agency.agency"
                    ),
                ),
                migrations.AlterField(
                    model_name="clock",
                    name="channel",
                    field=models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        to="clients.channel",
                    ),
                ),
                migrations.AlterField(
                    model_name="clock",
                    name="client",
                    field=models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.CASCADE, to="clients.client"
                    ),
                ),
                migrations.AlterField(
                    model_name="clock",
                    name="policy_version",
                    field=models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        to="feedback.policyversion",
                    ),
                ),
                migrations.AlterField(
                    model_name="conversation",
                    name="agency",
                    field=models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.CASCADE, to="agency.agency"
                    ),
                ),
                migrations.AlterField(
                    model_name="conversation",
                    name="assignee",
                    field=models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                migrations.AlterField(
                    model_name="conversation",
                    name="channel",
                    field=models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        to="clients.channel",
                    ),
                ),
                migrations.AlterField(
                    model_name="conversation",
                    name="client",
                    field=models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.CASCADE, to="clients.client"
                    ),
                ),
                migrations.AlterField(
                    model_name="interaction",
                    name="agency",
                    field=models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.CASCADE, to="agency.agency"
                    ),
                ),
                migrations.AlterField(
                    model_name="interaction",
                    name="channel",
                    field=models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        to="clients.channel",
                    ),
                ),
                migrations.AlterField(
                    model_name="interaction",
                    name="client",
                    field=models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.CASCADE, to="clients.client"
                    ),
                ),
                migrations.AlterField(
                    model_name="interaction",
                    name="conversation",
                    field=models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="interactions",
                        to="feedback.conversation",
                    ),
                ),
            ],
        ),
    ]
