"""`expand=`: what rows name, shown beside them under `expanded`, with one question for all rows of a page."""

from collections.abc import Callable, Collection
from dataclasses import dataclass

from rest_framework.serializers import Serializer

from clients import access, shapes

EXPANDED = "expanded"


@dataclass(frozen=True)
class Expansion:
    """`keys` are the fields of a row that name the thing; `load(view, names)` finds it for all tuples of names."""

    name: str
    keys: tuple[str, ...]
    shape: type[Serializer]
    right: str
    load: Callable[[object, Collection[tuple]], dict[tuple, object]]
    many: bool = False


def _clients(view, names: Collection[tuple]) -> dict[tuple, object]:
    found = access.clients(view.principal).filter(slug__in=[slug for (slug,) in names])
    return {(client.slug,): shapes.ClientShape(client).data for client in found}


def _channels(view, names: Collection[tuple]) -> dict[tuple, object]:
    slugs = {slug for _, slug in names}
    found = access.channels(view.principal).filter(slug__in=slugs, client__slug__in={client for client, _ in names})
    return {(row.client.slug, row.slug): shapes.ChannelShape(row).data for row in found}


CLIENT = Expansion("client", ("client",), shapes.ClientShape, "clients:read", _clients)
CHANNEL = Expansion("channel", ("client", "channel"), shapes.ChannelShape, "clients:read", _channels)
EVERYWHERE = (CLIENT, CHANNEL)


def of_shape(shape: Serializer) -> dict[str, Expansion]:
    """Those of every shape with the fields they go by, and those that the shape lists as `expansions`."""
    known = (*EVERYWHERE, *getattr(shape, "expansions", ()))
    return {one.name: one for one in known if set(one.keys) <= set(shape.fields)}


def expand(view, rows: list[dict], wanted: Collection[Expansion]) -> None:
    """Add to each row what it names; null, or an empty list, where it names nothing."""
    for row in rows:
        row[EXPANDED] = {}
    for one in wanted:
        found = one.load(view, {names for row in rows if None not in (names := _names(row, one))})
        for row in rows:
            row[EXPANDED][one.name] = found.get(_names(row, one), [] if one.many else None)


def _names(row: dict, one: Expansion) -> tuple:
    return tuple(row[key] for key in one.keys)
