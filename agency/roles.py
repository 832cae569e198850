"""Which database role is at work: the plain one at run time, the login that owns the schema for migrations."""

from contextlib import contextmanager

from django.core.exceptions import ImproperlyConfigured
from django.db import ProgrammingError, connection

GRANTS = """
GRANT USAGE ON SCHEMA public TO "{role}";
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO "{role}";
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE ON SEQUENCES TO "{role}";
"""


def app_role() -> str:
    return connection.settings_dict["OPTIONS"]["assume_role"]


@contextmanager
def as_owner():
    """Work as the login that owns the schema; the wall stands for it too, but it may change tables."""
    with connection.cursor() as cursor:
        cursor.execute("SET SESSION ROLE NONE")
    try:
        yield
    finally:
        if connection.connection is not None and not connection.connection.closed:
            with connection.cursor() as cursor:
                cursor.execute(f'SET SESSION ROLE "{app_role()}"')


def connect_as_owner() -> None:
    """Connect without assuming the plain role, which a new database server may not know yet."""
    role = connection.settings_dict["OPTIONS"].pop("assume_role")
    try:
        connection.close()
        connection.ensure_connection()
    finally:
        connection.settings_dict["OPTIONS"]["assume_role"] = role


def prepare() -> None:
    """Create the plain role and its default grants; raises ImproperlyConfigured with the SQL for an administrator."""
    role = app_role()
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
        known = cursor.fetchone()
        try:
            if not known:
                cursor.execute(f'CREATE ROLE "{role}" NOLOGIN')
                cursor.execute(f'GRANT "{role}" TO CURRENT_USER')
            cursor.execute(GRANTS.format(role=role))
        except ProgrammingError as error:
            raise ImproperlyConfigured(
                f"The database login may not create the role {role}: {error}. Have an administrator run: "
                f'CREATE ROLE "{role}" NOLOGIN; GRANT "{role}" TO "{connection.settings_dict["USER"]}";'
            ) from error


def faults() -> list[str]:
    """Why the current role could pass the wall; empty when it can't."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT rolname, rolsuper, rolbypassrls, current_user = %s FROM pg_roles WHERE rolname = current_user",
            [app_role()],
        )
        name, superuser, bypass, plain = cursor.fetchone()
        cursor.execute(
            "SELECT count(*) FROM pg_tables "
            "WHERE schemaname = 'public' AND pg_has_role(current_user, tableowner, 'USAGE')"
        )
        owned = cursor.fetchone()[0]
    found = []
    if not plain:
        found.append(f"the database role is {name}, not {app_role()}")
    if superuser or bypass:
        found.append(f"the database role {name} bypasses row-level security")
    if owned:
        found.append(f"the database role {name} owns {owned} tables")
    return found
