from django.db import migrations

from clients.wall import Wall


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0005_overdue_and_questions")]
    operations = [Wall("Question", parents={"post_id": "campaigns_post", "link_id": "campaigns_approvallink"})]
