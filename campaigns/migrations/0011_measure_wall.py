from django.db import migrations

from clients.wall import Wall

PUBLICATION = {"publication_id": "campaigns_publication"}
COUNTED = PUBLICATION | {"channel_id": "clients_channel"}


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0010_measure")]
    operations = [
        Wall("Snapshot", parents=COUNTED, append_only=True),
        Wall("NumbersDay", parents=COUNTED),
        Wall("StaleDay", parents=COUNTED),
        Wall("Observation", parents=COUNTED),
        Wall("Cohort"),
        Wall("ShortLink", parents=PUBLICATION, referenced=True),
        Wall("Click", parents={"link_id": "campaigns_shortlink"}, append_only=True),
        Wall("ClickDay", parents=PUBLICATION),
        Wall("LinkCheck", parents={"post_id": "campaigns_post"}),
    ]
