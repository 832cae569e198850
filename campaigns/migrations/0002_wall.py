from django.db import migrations

from clients.wall import Wall


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0001_first"), ("clients", "0002_wall")]
    operations = [Wall("Campaign", referenced=True)]
