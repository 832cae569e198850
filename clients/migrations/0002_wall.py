from django.db import migrations

from clients.wall import Wall


class Migration(migrations.Migration):
    dependencies = [("clients", "0001_first")]
    operations = [
        migrations.RunSQL(
            """
            ALTER TABLE clients_assignment ADD CONSTRAINT assignment_client_of_agency
                FOREIGN KEY (agency_id, client_id) REFERENCES clients_client (agency_id, id) ON DELETE CASCADE;
            ALTER TABLE clients_assignment ADD CONSTRAINT assignment_membership_of_agency
                FOREIGN KEY (agency_id, membership_id) REFERENCES agency_membership (agency_id, id) ON DELETE CASCADE;
            """,
            """
            ALTER TABLE clients_assignment DROP CONSTRAINT assignment_client_of_agency;
            ALTER TABLE clients_assignment DROP CONSTRAINT assignment_membership_of_agency;
            """,
        ),
        Wall("Calendar"),
        Wall("Event", append_only=True),
    ]
