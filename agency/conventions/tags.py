"""ETags: what a single resource is shown as has a name, so that nobody overwrites what they have not seen.

The name is the hash of the whole resource, whichever of its fields were asked for; what was expanded beside it adds a
second hash, after a dot, which `If-Match` doesn't look at.
"""

import hashlib
from collections.abc import Callable, Iterable

from django.db import connection
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions
from rest_framework.renderers import JSONRenderer

UNSAFE = ("POST", "PUT", "PATCH", "DELETE")
EDITS = ("PUT", "PATCH", "DELETE")


class Changed(exceptions.APIException):
    status_code, default_code = 412, "precondition_failed"
    default_detail = _("It has changed since it was read: If-Match doesn't fit. Read it again and decide anew.")


class Needed(exceptions.APIException):
    status_code, default_code = 428, "precondition_required"
    default_detail = _("This replaces the whole document: send the ETag that was read as If-Match, or * to overwrite.")


def of(data: object, expanded: object = None) -> str:
    whole = _hash(data)
    return f'"{whole}.{_hash(expanded)}"' if expanded else f'"{whole}"'


def alone(agency_id: int, noun: str, names: Iterable[object]) -> None:
    """Let nobody else work on this resource until the transaction ends; who comes later waits.

    `noun` and `names` are those of its address in the API, by which pages and API wait for each other.
    """
    with connection.cursor() as cursor:
        what = f"edit {agency_id} {noun} {list(names)}"
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [what])


def check(request: HttpRequest, needed: bool, current: Callable[[], object] | None) -> bool:
    """Whether the edit named what it has seen; `current` shows the resource as it is now. Raises Changed, Needed."""
    given = request.META.get("HTTP_IF_MATCH")
    if given is None and not needed:
        return False
    shown = of(current()) if current else None
    if given is None:
        raise Needed
    if given.strip() != "*" and shown not in {_whole(tag) for tag in _tags(given)}:
        raise Changed
    return True


def unchanged(request: HttpRequest, tag: str) -> bool:
    given = request.META.get("HTTP_IF_NONE_MATCH")
    if given is None:
        return False
    return given.strip() == "*" or tag in {one.removeprefix("W/") for one in _tags(given)}


def _tags(header: str) -> list[str]:
    return [tag.strip() for tag in header.split(",")]


def _whole(tag: str) -> str:
    return f'{tag.partition(".")[0]}"' if "." in tag else tag


def _hash(data: object) -> str:
    return hashlib.sha256(JSONRenderer().render(data)).hexdigest()[:32]
