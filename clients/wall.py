"""The wall in the schema: what a migration adds to a table that belongs to a client."""

from django.db import models
from django.db.migrations import RunSQL
from django.db.migrations.operations.base import Operation

# Each cast inside is made once a query; outside, each row would read the list of clients again. Of a plain list the
# planner believes that it names ten clients: it expects too few rows, reads whole tables and sorts them. It can't guess
# at a CASE. The one client of most queries is compared first; where there are more, each row looks its client up in a
# hash of the list, made once a query: compared one by one, 25,000 rows of 200 clients took 3.5 times as long.
POLICY = (
    "CASE WHEN client_id = (SELECT (current_setting('app.clients')::bigint[])[1]) THEN true "
    "ELSE client_id IN (SELECT unnest((SELECT current_setting('app.clients')::bigint[]))) END"
)
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


def inside(to, **options) -> models.ForeignKey:
    """A reference to another row of the same client; `Wall` makes its constraint, on (client_id, id)."""
    return models.ForeignKey(to, models.DO_NOTHING, db_constraint=False, **options)


def rebuilt(before: str) -> RunSQL:
    """Give every wall the policy of today; those that other apps build later have it from the start."""
    return RunSQL(EVERY_WALL.replace("{policy}", POLICY), EVERY_WALL.replace("{policy}", before))


class Wall(Operation):
    """Force row-level security on a model's table.

    `parents` maps a column to the table it points at: the reference becomes (client_id, column), so a row can't have
    another client's parent. `referenced` adds the unique (client_id, id) that children point at. `append_only` takes
    UPDATE and DELETE from the runtime role.
    """

    reduces_to_sql = True
    reversible = True

    def __init__(self, model, parents=None, referenced=False, append_only=False):
        self.model, self.parents = model, parents or {}
        self.referenced, self.append_only = referenced, append_only

    def state_forwards(self, app_label, state):
        pass

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        table = to_state.apps.get_model(app_label, self.model)._meta.db_table
        if self.referenced:
            schema_editor.execute(f'ALTER TABLE "{table}" ADD CONSTRAINT "{table}_inside" UNIQUE (client_id, id)')
        for column, parent in self.parents.items():
            self._refer(schema_editor, table, column, parent)
        for statement in self._statements(table, schema_editor.connection.settings_dict):
            schema_editor.execute(statement)

    def _refer(self, schema_editor, table, column, parent):
        """Make the composite reference; the parent's wall is lifted while PostgreSQL checks existing rows."""
        with schema_editor.connection.cursor() as cursor:
            cursor.execute("SELECT relforcerowsecurity FROM pg_class WHERE oid = %s::regclass", [parent])
            forced = cursor.fetchone()[0]
        if forced:
            schema_editor.execute(f'ALTER TABLE "{parent}" NO FORCE ROW LEVEL SECURITY')
        schema_editor.execute(
            f'ALTER TABLE "{table}" ADD CONSTRAINT "{table}_{column}_inside" FOREIGN KEY (client_id, "{column}") '
            f'REFERENCES "{parent}" (client_id, id) ON DELETE CASCADE'
        )
        if forced:
            schema_editor.execute(f'ALTER TABLE "{parent}" FORCE ROW LEVEL SECURITY')

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        table = from_state.apps.get_model(app_label, self.model)._meta.db_table
        schema_editor.execute(f'DROP POLICY wall ON "{table}"')
        schema_editor.execute(f'ALTER TABLE "{table}" NO FORCE ROW LEVEL SECURITY')
        schema_editor.execute(f'ALTER TABLE "{table}" DISABLE ROW LEVEL SECURITY')
        for column in self.parents:
            schema_editor.execute(f'ALTER TABLE "{table}" DROP CONSTRAINT "{table}_{column}_inside"')
        if self.referenced:
            schema_editor.execute(f'ALTER TABLE "{table}" DROP CONSTRAINT "{table}_inside"')

    def _statements(self, table, settings):
        yield f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY'
        yield f'ALTER TABLE "{table}" FORCE ROW LEVEL SECURITY'
        yield f'CREATE POLICY wall ON "{table}" USING ({POLICY}) WITH CHECK ({POLICY})'
        if self.append_only:
            yield f'REVOKE UPDATE, DELETE ON "{table}" FROM "{settings["OPTIONS"]["assume_role"]}"'

    def describe(self):
        return f"Build the wall round {self.model}"

    @property
    def migration_name_fragment(self):
        return f"wall_{self.model.lower()}"


class Reference(Operation):
    """Hold a new column of a table within the wall to rows of the same client; `parents` as for Wall."""

    reduces_to_sql = True
    reversible = True

    def __init__(self, model, parents):
        self.model, self.parents = model, parents

    def state_forwards(self, app_label, state):
        pass

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        table = to_state.apps.get_model(app_label, self.model)._meta.db_table
        for column, parent in self.parents.items():
            Wall(self.model)._refer(schema_editor, table, column, parent)

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        table = from_state.apps.get_model(app_label, self.model)._meta.db_table
        for column in self.parents:
            schema_editor.execute(f'ALTER TABLE "{table}" DROP CONSTRAINT "{table}_{column}_inside"')

    def describe(self):
        return f"Hold {', '.join(self.parents)} of {self.model} inside the wall"

    @property
    def migration_name_fragment(self):
        return f"inside_{self.model.lower()}"
