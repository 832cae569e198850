"""A database of this run only: made, migrated, used as the plain role, and dropped at the end."""

import json
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter

import psycopg2
from django.conf import settings as product
from django.core.management import call_command
from django.db import connection

from agency.roles import as_owner
from clients.scope import scope

REFERENCES = """
SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'f' AND conrelid = %s::regclass
"""
PATIENCE = "-c statement_timeout=0 -c idle_in_transaction_session_timeout=0"


@contextmanager
def own() -> Iterator[None]:
    """Everything inside talks to a fresh database, which is dropped at the end; a killed run leaves it behind."""
    settings, name = connection.settings_dict, f"benchmark_{os.getpid()}"
    home, options = settings["NAME"], settings["OPTIONS"]["options"]
    _as_login(home, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)", f"CREATE DATABASE {name}")
    try:
        _connect(name, PATIENCE)
        call_command("migrate", verbosity=0)
        yield
    finally:
        _connect(home, options)
        _as_login(home, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def _connect(name: str, options: str) -> None:
    connection.close()
    connection.settings_dict["NAME"] = name
    connection.settings_dict["OPTIONS"]["options"] = options


def _as_login(database: str, *statements: str) -> None:
    """Run statements outside any transaction as the login that owns the databases."""
    settings = connection.settings_dict
    login = psycopg2.connect(
        host=settings["HOST"],
        port=settings["PORT"],
        user=settings["USER"],
        password=settings["PASSWORD"],
        dbname=database,
    )
    login.autocommit = True
    with login.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
    login.close()


def environment(folder: Path) -> dict[str, str]:
    """That of the product's processes when they are to see this run's database; their data lie in the folder."""
    known = connection.settings_dict
    place = f"{known['USER']}:{known['PASSWORD']}@{known['HOST']}:{known['PORT']}/{known['NAME']}"
    return os.environ | {
        "DATABASE_URL": f"postgres://{place}",
        "REDIS_URL": product.REDIS_URL,
        "SECRET_KEY": product.SECRET_KEY,
        "RESONANZ_KEYS": ",".join(product.RESONANZ_KEYS),
        "RESONANZ_DATA": str(folder),
    }


def execute(sql: str, *values, **named) -> list[tuple]:
    """Run one statement, as whichever role is at work; its rows, if it has any."""
    with connection.cursor() as cursor:
        cursor.execute(sql, values or named or None)
        return cursor.fetchall() if cursor.description else []


def explain(sql: str, *, analyze: bool = True, **named) -> dict:
    """PostgreSQL's plan of a statement, with buffers where it is run (`analyze`)."""
    options = "ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON" if analyze else "FORMAT JSON"
    (plan,) = execute(f"EXPLAIN ({options}) {sql}", **named)[0]
    return (json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"]


def settled(sql: str) -> dict:
    """The plan of a query whose tables this session knows already: without the pages of PostgreSQL's own catalogue."""
    explain(sql)
    return explain(sql)


def buffers(plan: dict) -> int:
    """Pages the whole statement touched, found in memory or not."""
    return plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]


def nodes(plan: dict) -> Iterator[str]:
    """The kinds of all nodes of a plan, as in "Index Scan"."""
    yield plan["Node Type"]
    for inner in plan.get("Plans", ()):
        yield from nodes(inner)


@contextmanager
def owned(tables: Iterable[str]) -> Iterator[None]:
    """Inside, the wall of these tables does not stop their owner (`as_owner`); it still stops the plain role."""
    tables = list(tables)
    _force(tables, "NO FORCE")
    try:
        yield
    finally:
        _force(tables, "FORCE")


def _force(tables: list[str], how: str) -> None:
    with as_owner():
        for table in tables:
            execute(f"ALTER TABLE {table} {how} ROW LEVEL SECURITY")


def fill(sql: str, values: dict) -> None:
    """Run an INSERT whose tables are `owned`; references are checked at once at the end, row by row takes minutes."""
    table = sql.split()[2]
    with as_owner():
        keys = execute(REFERENCES, table)
        for name, _ in keys:
            execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
        execute(sql, **values)
        for name, definition in keys:
            execute(f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition}')


def vacuum(*tables: str) -> None:
    with as_owner():
        for table in tables:
            execute(f"VACUUM (ANALYZE) {table}")


class Undone(Exception):
    """Ends a transaction whose writing nobody needs."""


@contextmanager
def undone(client_ids: Iterable[int]) -> Iterator[None]:
    """A scope whose changes are taken back."""
    try:
        with scope(client_ids):
            yield
            raise Undone
    except Undone:
        pass


def seconds(work: Callable[[], object]) -> float:
    begin = perf_counter()
    work()
    return perf_counter() - begin


def turns(rounds: int, *works: Callable[[], float]) -> list[float]:
    """The best time of each work, one after another in each round.

    A busy machine interrupts long work more often than short work; medians would bend the ratios by that.
    """
    figures = [[work() for work in works] for _ in range(rounds)]
    return [min(column) for column in zip(*figures, strict=True)]
