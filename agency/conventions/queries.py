"""The query of a request: only parameters that the description of its address knows, and how answers are shaped."""

from collections.abc import Collection
from dataclasses import dataclass, field
from functools import cache

from django.http import QueryDict
from django.utils import translation
from django.utils.translation import gettext
from rest_framework.serializers import BaseSerializer, ListSerializer, Serializer
from rest_framework.settings import api_settings

from agency.conventions import expansions
from agency.conventions.expansions import Expansion
from agency.strictjson import path
from clients.access import Principal
from clients.refusal import Refused

PAGING = frozenset({"limit", "cursor"})
FIELDS, EXPAND, SINCE, ORDERING = "fields", "expand", "updated_since", "ordering"
LONGEST_VALUE = 4_000


@dataclass(frozen=True)
class Known:
    """What one method of an address takes. `several` may be repeated, and may be given as `name__in=a,b`."""

    names: frozenset[str]
    several: frozenset[str]
    fields: tuple[str, ...] = ()
    expansions: dict[str, Expansion] = field(default_factory=dict)


@dataclass(frozen=True)
class Wanted:
    """Which fields of a row are asked for, None for all, and what is to be shown beside it."""

    fields: tuple[str, ...] | None = None
    expansions: tuple[Expansion, ...] = ()


def known(view, method: str) -> Known:
    """What the description says of this method of the view's class; found once."""
    return _known(type(view), "GET" if method == "HEAD" else method)


@cache
def _known(kind: type, method: str) -> Known:
    view = kind()
    view.request, view.args, view.kwargs, view.format_kwarg = None, (), {}, None
    schema = schema_of(view, method)
    told = [one for one in schema.get_override_parameters() if one.location == "query"]
    names = {one.name for one in told} | (PAGING if method == "GET" and view.paginator else set())
    several = frozenset(one.name for one in told if one.many and one.explode is not False)
    shape = shape_of(schema) if method == "GET" else None
    fields = () if shape is None else tuple(shape.fields)
    offered = {} if shape is None else expansions.of_shape(shape)
    return Known(frozenset(names | {f"{name}__in" for name in several}), several, fields, offered)


def schema_of(view, method: str):
    """A description of one method of the view, as extended where it is written."""
    handler = getattr(view, method.lower(), None)
    kind = getattr(handler, "kwargs", {}).get("schema") or api_settings.DEFAULT_SCHEMA_CLASS
    schema = kind()
    schema.view, schema.method, schema.path = view, method, ""
    return schema


def shape_of(schema) -> Serializer | None:
    """How the rows of a list or a single resource look; None where that is no plain shape."""
    told = schema.get_response_serializers()
    told = told.get(200) if isinstance(told, dict) else told
    if isinstance(told, type) and issubclass(told, BaseSerializer):
        told = told()
    told = told.child if isinstance(told, ListSerializer) else told
    return told if isinstance(told, Serializer) else None


def read(query: QueryDict, taken: Known, principal: Principal, language: str) -> tuple[QueryDict, Wanted]:
    """The query with each `__in` spelled out, and what it wants of the answer. Raises Refused, access.Forbidden."""
    check(query)
    if unknown := [name for name in query if name not in taken.names]:
        with translation.override(language):
            text = gettext("unknown parameter; known are %(names)s") % {"names": ", ".join(sorted(taken.names)) or "–"}
        raise Refused(errors=[(path("", name), text, "unknown") for name in unknown[:20]])
    fields = _listed(query, FIELDS, taken.fields)
    expand = [taken.expansions[name] for name in _listed(query, EXPAND, taken.expansions) or ()]
    for one in expand:
        principal.need(one.right)
    return _spelled_out(query, taken.several), Wanted(fields, tuple(expand))


def check(query: QueryDict) -> None:
    """Raises Refused."""
    check_text(query)
    for name, values in query.lists():
        if any(len(value) > LONGEST_VALUE for value in values):
            raise Refused(path("", name), f"is longer than {LONGEST_VALUE} characters")


def check_text(given: QueryDict) -> None:
    """Raises Refused for a NUL, which PostgreSQL can't keep and no person types."""
    for name, values in given.lists():
        if any("\0" in text for text in (name, *values)):
            raise Refused(path("", name), "holds a NUL character")


def shaped(view, data: object, wanted: Wanted) -> tuple[object, object]:
    """The data as it is asked for, and what was expanded in it. Lists are pages with `results`."""
    paged = view.paginator is not None
    rows = data["results"] if paged else [data]
    if wanted.expansions:
        expansions.expand(view, rows, wanted.expansions)
    expanded = [row.get(expansions.EXPANDED) for row in rows] if wanted.expansions else None
    if wanted.fields is not None:
        kept = (*wanted.fields, *([expansions.EXPANDED] if wanted.expansions else []))
        rows = [{name: row[name] for name in kept if name in row} for row in rows]
    return (data | {"results": rows} if paged else rows[0]), expanded


def _listed(query: QueryDict, name: str, allowed: Collection[str]) -> tuple[str, ...] | None:
    """Names with commas between; None where the parameter is absent."""
    if name not in query:
        return None
    given = [word.strip() for value in query.getlist(name) for word in value.split(",")]
    if strange := [word for word in given if word not in allowed]:
        raise Refused(name, f"knows no {ascii(strange[0][:80])}; known are {', '.join(allowed)}")
    return tuple(dict.fromkeys(given))


def _spelled_out(query: QueryDict, several: Collection[str]) -> QueryDict:
    short = [name for name in several if f"{name}__in" in query]
    if not short:
        return query
    whole = query.copy()
    for name in short:
        values = [value for given in whole.pop(f"{name}__in") for value in given.split(",")]
        whole.setlist(name, [*whole.getlist(name), *values])
    return whole
