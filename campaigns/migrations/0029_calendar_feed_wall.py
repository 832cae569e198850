from django.db import migrations

from clients.wall import Wall


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0028_calendar_feed")]
    operations = [Wall("CalendarFeed")]
