from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("feedback", "0005_import_attempts")]

    operations = [
        migrations.AddIndex(
            "conversation",
            models.Index(fields=["client", "status", "-received_at", "-id"], name="conversation_status"),
        ),
        migrations.AddIndex(
            "conversation",
            models.Index(fields=["agency", "status", "-received_at", "-id"], name="conversation_status_agency"),
        ),
    ]
