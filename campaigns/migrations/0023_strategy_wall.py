from django.db import migrations

from clients.wall import Reference, Wall


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0022_strategy")]
    operations = [
        Wall("Strategy", referenced=True),
        Wall("Goal", parents={"strategy_id": "campaigns_strategy"}, referenced=True),
        Reference("Campaign", {"serves_id": "campaigns_goal"}),
        Reference("Post", {"serves_id": "campaigns_goal"}),
    ]
