from django.db import migrations

from clients.wall import Wall


class Migration(migrations.Migration):
    dependencies = [("clients", "0047_webhook_deliveries")]
    operations = [
        Wall("Outgoing", referenced=True),
        Wall("Delivery", parents={"outgoing_id": "clients_outgoing"}, referenced=True),
        Wall("Attempt", parents={"delivery_id": "clients_delivery"}),
    ]
