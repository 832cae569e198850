from django.db import migrations

from clients.wall import Wall


class Migration(migrations.Migration):
    dependencies = [("clients", "0042_readiness")]
    operations = [Wall("Readiness", append_only=True)]
