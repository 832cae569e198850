from django.db import migrations

from clients.wall import Reference, Wall


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0020_planning")]
    operations = [
        Wall("Media", referenced=True),
        Wall("Attachment", parents={"post_id": "campaigns_post", "media_id": "campaigns_media"}),
        Wall("Slot"),
        Wall("Template"),
        Wall("Cadence", parents={"channel_id": "clients_channel"}),
        Wall("MixTarget"),
        Reference("Post", {"origin_id": "campaigns_post"}),
    ]
