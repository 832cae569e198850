"""Pages of a list by the place of the last row, so that rows that come or go are never skipped or repeated."""

import base64
import json
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import F, Field, Func, QuerySet, TextField, Value
from django.db.models.lookups import GreaterThan, LessThan
from django.utils import timezone
from rest_framework.pagination import BasePagination
from rest_framework.response import Response

from agency import strictjson
from agency.fields import moment, shown
from clients.refusal import Refused

DEFAULT, MOST = 50, 100
# Rows say when they were written, but are seen only when their transaction ends, which is within this time.
OVERLAP = timedelta(minutes=2)


class Keyset(BasePagination):
    """Orders by the view's `get_page_ordering()` (a field that is never null, '-' for descending) and then by id."""

    def paginate_queryset(self, queryset: QuerySet, request, view=None) -> list:
        self.request = request
        self.ordering = view.get_page_ordering()
        limit, cursor = limit_of(request.query_params.get("limit")), request.query_params.get("cursor")
        self.begun = begun(cursor) if "updated_since" in request.query_params else None
        if cursor:
            queryset = after(queryset, self.ordering, cursor)
        rows = list(queryset.order_by(*both(self.ordering))[: limit + 1])
        self.last = rows[limit - 1] if len(rows) > limit else None
        return rows[:limit]

    def get_paginated_response(self, data) -> Response:
        told = {"results": data, "next": self.next_address()}
        return Response(told | ({"sync_from": shown(self.begun - OVERLAP)} if self.begun else {}))

    def next_address(self) -> str | None:
        if self.last is None:
            return None
        query = self.request.query_params.copy()
        query["cursor"] = cursor_of(self.last, self.ordering, *([shown(self.begun)] if self.begun else []))
        return self.request.build_absolute_uri(f"{self.request.path}?{query.urlencode()}")

    def get_paginated_response_schema(self, schema):
        return {
            "type": "object",
            "required": ["results", "next"],
            "properties": {
                "results": schema,
                "next": {
                    "type": ["string", "null"],
                    "format": "uri",
                    "description": "Address of the next page; null on the last one.",
                },
                "sync_from": {
                    "type": "string",
                    "format": "date-time",
                    "description": "With `updated_since` only: what to ask with the next time, so that no change is "
                    "left out. The same on every page.",
                },
            },
        }

    def get_schema_operation_parameters(self, view):
        limit = {"type": "integer", "minimum": 1, "maximum": MOST, "default": DEFAULT}
        return [
            {"name": "limit", "in": "query", "description": "Rows on a page.", "schema": limit},
            {
                "name": "cursor",
                "in": "query",
                "description": "Where the page begins: taken from `next`.",
                "schema": {"type": "string"},
            },
        ]


def limit_of(text: str | None) -> int:
    if text is None:
        return DEFAULT
    if not (text.isascii() and text.isdigit() and 1 <= len(text) <= 4 and 1 <= int(text) <= MOST):
        raise Refused("limit", f"must be a whole number from 1 to {MOST}")
    return int(text)


def both(ordering: str) -> list[str]:
    """The ordering with the id as tie-breaker, in the same direction."""
    if ordering.lstrip("-") == "id":
        return [ordering]
    return [ordering, "-id" if ordering.startswith("-") else "id"]


def cursor_of(row, ordering: str, *more: str) -> str:
    place = [ordering, getattr(row, ordering.lstrip("-")), row.id, *more]
    return base64.urlsafe_b64encode(json.dumps(place, cls=_Exact).encode()).decode().rstrip("=")


def after(queryset: QuerySet, ordering: str, cursor: str) -> QuerySet:
    """The rows behind the cursor. Raises Refused for a cursor that is not of this list."""
    name = ordering.lstrip("-")
    made_for, value, id, *_ = _place(cursor)
    try:
        if made_for != ordering or type(id) is not int or value is None:
            raise ValueError
        value = _field(queryset, name).to_python(value)
    except (ValueError, TypeError, ValidationError, OverflowError):
        raise _stray() from None
    behind = LessThan if ordering.startswith("-") else GreaterThan
    return queryset.filter(behind(_row(F(name), F("id")), _row(Value(value), Value(id))))


def begun(cursor: str | None) -> datetime:
    """When the first page of these was asked for, which is now without a cursor. Raises Refused."""
    if not cursor:
        return timezone.now()
    try:
        return moment(_place(cursor)[3])
    except (IndexError, ValueError):
        raise _stray() from None


def _field(queryset: QuerySet, name: str) -> Field:
    """Of the model, or of what its rows are annotated with."""
    told = queryset.query.annotations.get(name)
    return queryset.model._meta.get_field(name) if told is None else told.output_field


def _place(cursor: str) -> list:
    try:
        place = strictjson.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), b"-_", validate=True))
    except (ValueError, TypeError):
        raise _stray() from None
    if not isinstance(place, list) or len(place) not in (3, 4):
        raise _stray()
    return place


def _stray() -> Refused:
    return Refused("cursor", "is none that this list gave out; begin without one")


class _Exact(DjangoJSONEncoder):
    """Instants with their microseconds, which Django's own encoder cuts to milliseconds."""

    def default(self, value):
        return value.isoformat() if hasattr(value, "isoformat") else super().default(value)


def _row(*parts) -> Func:
    # Compared as a row, the index on (field, id) finds the place even among thousands of equal values.
    return Func(*parts, function="ROW", output_field=TextField())
