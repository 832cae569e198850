"""Lists on pages: by the place of the last row, as those of the API."""

from django.db.models import QuerySet

from agency import paging
from clients.refusal import Refused

ROWS = 50


def sheet(rows: QuerySet, ordering: str, cursor: str | None, number: int = ROWS) -> tuple[list, str | None]:
    """So many rows behind the cursor, and the cursor of the next ones; one that can't be read begins anew."""
    if cursor:
        try:
            rows = paging.after(rows, ordering, cursor)
        except Refused:
            cursor = None
    found = list(rows.order_by(*paging.both(ordering))[: number + 1])
    more = len(found) > number
    return found[:number], paging.cursor_of(found[number - 1], ordering) if more else None
