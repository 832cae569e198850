"""The wall at run time: which clients' rows this transaction may see. Without a scope PostgreSQL raises."""

from collections.abc import Iterable
from contextlib import contextmanager

from django.db import connection, transaction


def enter(client_ids: Iterable[int]) -> None:
    """Open the wall for exactly these clients until the transaction ends; an empty set sees nothing."""
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("A scope lives in a transaction: use transaction.atomic().")
    _set("{" + ",".join(map(str, sorted(set(map(int, client_ids))))) + "}")


@contextmanager
def scope(client_ids: Iterable[int]):
    """A transaction that sees exactly these clients; a scope round it is back in force afterwards."""
    with transaction.atomic():
        before = current()
        enter(client_ids)
        yield
        _set(before)


def current() -> str:
    """The scope in force as PostgreSQL's array text, '' when there is none."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(current_setting('app.clients', true), '')")
        return cursor.fetchone()[0]


def _set(value: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('app.clients', %s, true)", [value])
