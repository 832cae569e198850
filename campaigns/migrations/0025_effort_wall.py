from django.db import migrations

from clients.wall import Wall


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0024_effort")]
    operations = [
        Wall("TimeEntry", parents={"campaign_id": "campaigns_campaign", "post_id": "campaigns_post"}),
        Wall("Contract"),
        Wall("LockedMonth"),
        Wall("Outcome", parents={"campaign_id": "campaigns_campaign"}),
        Wall("Assumption"),
    ]
