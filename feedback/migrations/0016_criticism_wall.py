from django.db import migrations

from clients.wall import Wall

CONVERSATION = {"conversation_id": "feedback_conversation"}
CHANNEL = {"channel_id": "clients_channel"}


class Migration(migrations.Migration):
    dependencies = [("feedback", "0015_criticism")]
    operations = [
        Wall("Playbook"),
        Wall("Incident", CHANNEL, referenced=True),
        Wall("IncidentEntry", {"incident_id": "feedback_incident"}, append_only=True),
        Wall("Case", CONVERSATION | {"incident_id": "feedback_incident"}, referenced=True),
        Wall("CaseStep", {"case_id": "feedback_case"}),
        Wall("Disclosure", CONVERSATION | CHANNEL, append_only=True),
    ]
