"""Rows of several tables at once, for what requests ask again and again: to build such a query takes longer than to
answer it."""

from django.db import connection
from django.db.models import Model


class Joined:
    """Reads rows of a written query into instances of its models, which are named by their aliases in it.

    What an outer join did not find is None. The values of the expressions `also` follow the instances.
    """

    def __init__(self, tail: str, *also: str, **models: type[Model]):
        told = [(alias, field) for alias, model in models.items() for field in model._meta.concrete_fields]
        self.sql = f"SELECT {', '.join([*(f'{alias}.{field.column}' for alias, field in told), *also])} {tail}"
        self.converted = [(n, field) for n, (_, field) in enumerate(told) if hasattr(field, "from_db_value")]
        self.models, begin = [], 0
        for model in models.values():
            names = [field.attname for field in model._meta.concrete_fields]
            end = begin + len(names)
            self.models.append((model, names, slice(begin, end), begin + names.index(model._meta.pk.attname)))
            begin = end
        self.also = slice(begin, None)

    def one(self, **values) -> list | None:
        return next(iter(self.all(**values)), None)

    def all(self, **values) -> list[list]:
        with connection.cursor() as cursor:
            cursor.execute(self.sql, values)
            return [self._read(list(row)) for row in cursor.fetchall()]

    def _read(self, row: list) -> list:
        for n, field in self.converted:
            row[n] = field.from_db_value(row[n], None, connection)
        made = [
            None if row[key] is None else model.from_db(connection.alias, names, row[place])
            for model, names, place, key in self.models
        ]
        return made + row[self.also]
