"""Rows of several clients at once: who sees one must see all of its clients."""

from django.db import migrations

TABLE = "clients_keptanswer"
SEEN = "client_ids <@ (SELECT current_setting('app.clients')::bigint[])"


class Migration(migrations.Migration):
    dependencies = [("clients", "0045_kept_answers")]
    operations = [
        migrations.RunSQL(
            f"ALTER TABLE {TABLE} ENABLE ROW LEVEL SECURITY; ALTER TABLE {TABLE} FORCE ROW LEVEL SECURITY; "
            f"CREATE POLICY answers ON {TABLE} USING ({SEEN}) WITH CHECK ({SEEN})",
            f"DROP POLICY answers ON {TABLE}; ALTER TABLE {TABLE} NO FORCE ROW LEVEL SECURITY; "
            f"ALTER TABLE {TABLE} DISABLE ROW LEVEL SECURITY",
        )
    ]
