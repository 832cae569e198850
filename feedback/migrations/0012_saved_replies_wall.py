from django.db import migrations

from clients.wall import Wall


class Migration(migrations.Migration):
    dependencies = [("feedback", "0011_saved_replies")]
    operations = [Wall("SavedReply")]
