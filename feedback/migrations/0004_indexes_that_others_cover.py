from django.conf import settings
from django.db import migrations, models

OUTSIDE = {"db_index": False, "on_delete": models.CASCADE}
WITHIN = {"db_index": False, "db_constraint": False, "on_delete": models.DO_NOTHING}
THREAD = {"related_name": "interactions"} | WITHIN
ASSIGNEE = {"db_index": False, "null": True, "on_delete": models.SET_NULL}
REFERENCES = (
    ("clock", "agency", "637e79f0", {"to": "agency.agency"} | OUTSIDE),
    ("clock", "channel", "1dca1404", {"to": "clients.channel"} | WITHIN),
    ("clock", "client", "5f4bf264", {"to": "clients.client"} | OUTSIDE),
    ("clock", "policy_version", "18b47bdf", {"to": "feedback.policyversion", "null": True} | WITHIN),
    ("conversation", "agency", "6c513cd5", {"to": "agency.agency"} | OUTSIDE),
    ("conversation", "assignee", "e9632e8b", {"to": settings.AUTH_USER_MODEL} | ASSIGNEE),
    ("conversation", "channel", "7ef3c20d", {"to": "clients.channel"} | WITHIN),
    ("conversation", "client", "6597030a", {"to": "clients.client"} | OUTSIDE),
    ("interaction", "agency", "fda8d262", {"to": "agency.agency"} | OUTSIDE),
    ("interaction", "channel", "bec71191", {"to": "clients.channel"} | WITHIN),
    ("interaction", "client", "aacb1fb3", {"to": "clients.client"} | OUTSIDE),
    ("interaction", "conversation", "893d169d", {"to": "feedback.conversation"} | THREAD),
)


def _without_index(model: str, name: str, digest: str, reference: dict) -> migrations.SeparateDatabaseAndState:
    """Django's AlterField would make the reference anew, and checking the rows is what the wall forbids."""
    table, index = f"feedback_{model}", f"feedback_{model}_{name}_id_{digest}"
    return migrations.SeparateDatabaseAndState(
        [migrations.RunSQL(f'DROP INDEX "{index}"', f'CREATE INDEX "{index}" ON {table} ({name}_id)')],
        [migrations.AlterField(model_name=model, name=name, field=models.ForeignKey(**reference))],
    )


class Migration(migrations.Migration):
    dependencies = [
        ("agency", "0002_log_append_only"),
        ("clients", "0002_wall"),
        ("feedback", "0003_import_lines"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [_without_index(*reference) for reference in REFERENCES]
