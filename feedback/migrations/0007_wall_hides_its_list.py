from django.db import migrations

from clients import wall

BEFORE = "client_id = ANY ((SELECT current_setting('app.clients')::bigint[])::bigint[])"


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0004_posts_wall"), ("feedback", "0006_inbox_by_status")]
    operations = [wall.rebuilt(BEFORE)]
