from django.db import migrations

from clients.wall import Wall


class Migration(migrations.Migration):
    dependencies = [("clients", "0004_channel_address_and_notices")]
    operations = [Wall("Notice")]
