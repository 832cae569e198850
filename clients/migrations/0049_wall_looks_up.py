from django.db import migrations

from clients import wall

BEFORE = (
    "CASE WHEN client_id = (SELECT (current_setting('app.clients')::bigint[])[1]) THEN true "
    "ELSE client_id = ANY ((SELECT current_setting('app.clients')::bigint[])::bigint[]) END"
)


class Migration(migrations.Migration):
    dependencies = [("clients", "0048_webhook_deliveries_wall")]
    operations = [wall.rebuilt(BEFORE)]
