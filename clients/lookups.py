"""`among`: one of many ids, told to PostgreSQL as one value. `in` writes and checks them one by one: 200 clients took
longer to write down than to find."""

from django.db.models import Lookup


class Among(Lookup):
    """The right side is a collection of ids or of rows."""

    lookup_name = "among"
    prepare_rhs = False

    def get_prep_lookup(self) -> list[int]:
        return [getattr(one, "pk", one) for one in self.rhs]

    def as_sql(self, compiler, connection):
        column, values = self.process_lhs(compiler, connection)
        return f"{column} = ANY(%s)", [*values, self.rhs]
