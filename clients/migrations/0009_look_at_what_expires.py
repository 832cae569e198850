"""Channels whose credentials expire are looked at by the sweep from now on."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("clients", "0008_life_of_credentials")]

    operations = [
        migrations.RunSQL(
            "UPDATE clients_channel SET renew_at = now() WHERE expires_at IS NOT NULL", migrations.RunSQL.noop
        )
    ]
