"""Pages of a list on a screen: the same cursors as the API's."""

from dataclasses import dataclass

from django.db.models import QuerySet
from django.http import HttpRequest

from agency import paging
from clients.refusal import Refused

ROWS = 50


@dataclass(frozen=True)
class Rows:
    """`more` is the query of the next page, '' on the last one; `later` whether this is not the first one."""

    rows: list
    more: str
    later: bool


def keyset(request: HttpRequest, queryset: QuerySet, ordering: str, number: int = ROWS) -> Rows:
    """The page of `?cursor=`; with a cursor that is none of this list, the first one."""
    query, place = request.GET.copy(), request.GET.get("cursor", "")
    found, after = sheet(queryset, ordering, place, number)
    query["cursor"] = after
    return Rows(found, query.urlencode() if after else "", bool(place))


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
