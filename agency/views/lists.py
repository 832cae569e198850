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


def keyset(request: HttpRequest, queryset: QuerySet, ordering: str, rows: int = ROWS) -> Rows:
    """The page of `?cursor=`; with a cursor that is none of this list, the first one."""
    query, place = request.GET.copy(), request.GET.get("cursor", "")
    try:
        behind = paging.after(queryset, ordering, place) if place else queryset
    except Refused:
        behind, place = queryset, ""
    found = list(behind.order_by(*paging.both(ordering))[: rows + 1])
    if len(found) <= rows:
        return Rows(found, "", bool(place))
    query["cursor"] = paging.cursor_of(found[rows - 1], ordering)
    return Rows(found[:rows], query.urlencode(), bool(place))
