"""Rows of several tables at once, for what every request asks: to build such a query takes longer than to answer it."""

from django.db import connection
from django.db.models import Model


class Joined:
    """Reads one row of a written query into instances of its models, which are named by their aliases in it."""

    def __init__(self, tail: str, **models: type[Model]):
        told = [(alias, field) for alias, model in models.items() for field in model._meta.concrete_fields]
        self.sql = f"SELECT {', '.join(f'{alias}.{field.column}' for alias, field in told)} {tail}"
        self.converted = [(n, field) for n, (_, field) in enumerate(told) if hasattr(field, "from_db_value")]
        self.models = [(model, [f.attname for f in model._meta.concrete_fields]) for model in models.values()]

    def one(self, **values) -> list[Model] | None:
        with connection.cursor() as cursor:
            cursor.execute(self.sql, values)
            row = cursor.fetchone()
        return row and self._instances(list(row))

    def _instances(self, row: list) -> list[Model]:
        for n, field in self.converted:
            row[n] = field.from_db_value(row[n], None, connection)
        rest = iter(row)
        return [model.from_db(connection.alias, names, [next(rest) for _ in names]) for model, names in self.models]
