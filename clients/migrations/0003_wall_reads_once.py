from django.db import migrations

from clients.wall import POLICY

BEFORE = "client_id = ANY ((SELECT current_setting('app.clients'))::bigint[])"
EVERY_WALL = """
DO $$
DECLARE walled regclass;
BEGIN
    FOR walled IN SELECT polrelid::regclass FROM pg_policy WHERE polname = 'wall' LOOP
        EXECUTE format('ALTER POLICY wall ON %s USING (', walled) || $policy${policy}$policy$
            || ') WITH CHECK (' || $policy${policy}$policy$ || ')';
    END LOOP;
END $$
"""


class Migration(migrations.Migration):
    """The walls that other apps build later have the new policy from the start."""

    dependencies = [("clients", "0002_wall")]
    operations = [migrations.RunSQL(EVERY_WALL.replace("{policy}", POLICY), EVERY_WALL.replace("{policy}", BEFORE))]
