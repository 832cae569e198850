"""Moves many rows with one statement: they travel as one JSON text, far cheaper than a parameter per value."""

from collections.abc import Iterable, Sequence
from dataclasses import make_dataclass
from functools import cache
from typing import Any

import orjson
from django.db import connection
from django.db.models import Model, QuerySet


def insert(model: type[Model], rows: Sequence, tail: str = "", *, columns: Iterable[str] = ()) -> list[tuple]:
    """Insert rows in their order, by default with every column; `tail` follows (ON CONFLICT …, RETURNING …)."""
    columns = columns or names(model)
    told = ", ".join(columns)
    return run(f"INSERT INTO {model._meta.db_table} ({told}) SELECT {told} FROM {table(model, columns)} {tail}", rows)


def table(model: type[Model], columns: Iterable[str]) -> str:
    """The rows handed to `run`, as a table `v` with the columns' types in the model."""
    types = _types(model)
    return f"json_to_recordset(%s) AS v ({', '.join(f'{name} {types[name]}' for name in columns)})"


def run(sql: str, rows: Sequence) -> list[tuple]:
    """Run a statement with these rows, dictionaries or records, as its one parameter; what it returns.

    Without rows nothing is run.
    """
    if not rows:
        return []
    with connection.cursor() as cursor:
        cursor.execute(sql, [orjson.dumps(rows).decode()])
        return cursor.fetchall() if cursor.description else []


def reserve(model: type[Model], count: int) -> list[int]:
    """So many ids in ascending order, which PostgreSQL gives to no other row."""
    if not count:
        return []
    with connection.cursor() as cursor:
        sequence = "(SELECT pg_get_serial_sequence(%s, 'id')::regclass)"
        cursor.execute(f"SELECT nextval({sequence}) FROM generate_series(1, %s)", [model._meta.db_table, count])
        return [id for (id,) in cursor.fetchall()]


def names(model: type[Model]) -> tuple[str, ...]:
    """Every column; instances and records have them as attributes of the same name."""
    return tuple(field.attname for field in model._meta.concrete_fields)


def record(model: type[Model]) -> type:
    """A class of rows without the weight of a model's instance; a default that depends on the moment is None."""
    fields = [(field.attname, Any, _default(field)) for field in model._meta.concrete_fields]
    return make_dataclass(f"{model.__name__}Record", fields, slots=True)


def read(record: type, rows: QuerySet) -> list:
    """The rows as records of their model."""
    return [record(*row) for row in rows.values_list(*names(rows.model))]


def _default(field) -> Any:
    return None if field.has_default() and callable(field.default) else field.get_default()


@cache
def _types(model: type[Model]) -> dict[str, str]:
    return {field.attname: field.db_type(connection) for field in model._meta.concrete_fields}
