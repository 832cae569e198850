from django.db import migrations

from clients.wall import Wall


class Migration(migrations.Migration):
    dependencies = [("feedback", "0013_exports")]
    operations = [Wall("Export")]
