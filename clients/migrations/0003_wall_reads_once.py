from django.db import migrations

from clients import wall

BEFORE = "client_id = ANY ((SELECT current_setting('app.clients'))::bigint[])"


class Migration(migrations.Migration):
    dependencies = [("clients", "0002_wall")]
    operations = [wall.rebuilt(BEFORE)]
