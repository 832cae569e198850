from django.db import migrations

from clients.wall import Wall

PUBLICATION = {"publication_id": "campaigns_publication"}


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0003_posts")]
    operations = [
        Wall("PublishingRule"),
        Wall("Post", parents={"campaign_id": "campaigns_campaign"}, referenced=True),
        Wall("Publication", parents={"post_id": "campaigns_post", "channel_id": "clients_channel"}, referenced=True),
        Wall("ApprovalLink", referenced=True),
        Wall("Decision", parents=PUBLICATION | {"link_id": "campaigns_approvallink"}, append_only=True),
    ]
