from django.db import migrations


def protect(apps, schema_editor):
    role = schema_editor.connection.settings_dict["OPTIONS"]["assume_role"]
    schema_editor.execute(f'REVOKE UPDATE, DELETE ON agency_logentry FROM "{role}"')


class Migration(migrations.Migration):
    dependencies = [("agency", "0001_first")]
    operations = [migrations.RunPython(protect, migrations.RunPython.noop)]
