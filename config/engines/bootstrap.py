"""Which roles and which database a new PostgreSQL gets; the same again changes nothing."""

import contextlib
from collections.abc import Callable

import psycopg2

DATABASE = ROLE = "resonanz"
APP_ROLE = "resonanz_app"
HARMLESS = "NOSUPERUSER NOBYPASSRLS NOREPLICATION"


def run(url: str, work: Callable, *values) -> None:
    """Calls `work(cursor, *values)` with each statement a transaction of its own."""
    with contextlib.closing(psycopg2.connect(url, connect_timeout=10)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            work(cursor, *values)


def roles_and_database(cursor, password: str) -> None:
    """The login role, which owns the database, and the role without login that it takes on at work."""
    _roles(cursor, password)
    _database(cursor)


def statistics(cursor) -> None:
    cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")


def _roles(cursor, password: str) -> None:
    cursor.execute("SELECT rolname FROM pg_roles WHERE rolname IN (%s, %s)", (ROLE, APP_ROLE))
    known = {name for (name,) in cursor}
    for role in {ROLE, APP_ROLE} - known:
        cursor.execute(f"CREATE ROLE {role}")
    cursor.execute(f"ALTER ROLE {ROLE} LOGIN {HARMLESS} CREATEDB CREATEROLE PASSWORD %s", (password,))
    cursor.execute(f"ALTER ROLE {APP_ROLE} NOLOGIN {HARMLESS} NOCREATEDB NOCREATEROLE")
    cursor.execute(f"GRANT {APP_ROLE} TO {ROLE}")


def _database(cursor) -> None:
    cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,))
    if not cursor.fetchone():
        cursor.execute(f"CREATE DATABASE {DATABASE} OWNER {ROLE}")
