from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("feedback", "0002_wall")]
    operations = [migrations.AddField("import", "lines", models.BigIntegerField(default=0))]
