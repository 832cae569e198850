from django.db import migrations

from clients.wall import Wall


class Migration(migrations.Migration):
    dependencies = [("clients", "0040_invitations_and_contacts")]
    operations = [Wall("Contact")]
