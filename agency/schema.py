"""What the API's description says of every operation: its door, what the door promises, and how each failure looks."""

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers

from agency.conventions import expansions, keys, queries
from agency.fields import Strict
from agency.problems import CONTENT_TYPE

CLIENT = OpenApiParameter("client", str, description="Only this client, by its slug.")


class ProblemError(serializers.Serializer):
    field = serializers.CharField(help_text="Path of the field, such as `week.mon[0]`; empty for the whole body.")
    code = serializers.CharField(help_text="Stable, lower_snake.")
    detail = serializers.CharField(help_text="What is wrong and what would be right.")


class ProblemDocument(serializers.Serializer):
    """RFC 9457."""

    type = serializers.CharField()
    title = serializers.CharField(help_text="The status in words.")
    status = serializers.IntegerField()
    code = serializers.CharField(help_text="Stable, lower_snake.")
    detail = serializers.CharField(help_text="What happened, for people.")
    errors = ProblemError(many=True)
    request_id = serializers.CharField(help_text="The same as X-Request-ID, which every answer has.")


def _header(name: str, text: str, **more) -> OpenApiParameter:
    return OpenApiParameter(name, str, OpenApiParameter.HEADER, description=text, **more)


KEY = _header(
    keys.HEADER,
    "Any text of at most 255 characters without spaces, new for each request, such as a UUID. Sent again with the same "
    "key, the request has no second effect and gets the answer of the first, for 24 hours at least.",
    pattern=r"^[\x21-\x7e]{1,255}$",
)
IF_MATCH = _header("If-Match", "The ETag that was read: 412 when the resource has changed since.")
IF_MATCH_NEEDED = _header("If-Match", "The ETag that was read, or * to overwrite: 428 without, 412 after a change.")
IF_NONE_MATCH = _header("If-None-Match", "An ETag that is known: 304 while nothing has changed.")
SINCE = OpenApiParameter(
    queries.SINCE,
    str,
    description="Only what changed at or after this instant, in the order of change. Keep `sync_from` of the answer "
    "and ask with it the next time: it lies so far back that nothing is left out, so some rows come twice.",
)


def _names(name: str, known, text: str) -> OpenApiParameter:
    return OpenApiParameter(
        name, str, many=True, explode=False, style="form", enum=list(known), description=f"{text} With commas between."
    )


class Schema(AutoSchema):
    def get_override_parameters(self):
        return [*super().get_override_parameters(), *self._of_the_door()]

    def _of_the_door(self) -> list[OpenApiParameter]:
        if not hasattr(self.view, "rights"):
            return []
        if self.method == "POST":
            return [KEY]
        if self.method == "GET":
            return self._of_shape()
        return [IF_MATCH_NEEDED if self.method == "PUT" and self.view.needs_match else IF_MATCH]

    def _is_tagged(self) -> bool:
        """A single resource that is no file."""
        told = self.get_response_serializers()
        file = isinstance(told, dict) and any(isinstance(code, tuple) for code in told)
        return hasattr(self.view, "rights") and not self.view.pagination_class and not file

    def _of_shape(self) -> list[OpenApiParameter]:
        paged, shape = self.view.pagination_class, queries.shape_of(self)
        found = [IF_NONE_MATCH] if self._is_tagged() else []
        if shape is not None:
            found.append(_names(queries.FIELDS, shape.fields, "Only these fields."))
            if offered := expansions.of_shape(shape):
                found.append(_names(queries.EXPAND, offered, "What the rows name, shown under `expanded`."))
        if paged:
            orderings = self.view.orderings_known()
            text = f"By default {orderings[0]}."
            found.append(OpenApiParameter(queries.ORDERING, str, enum=orderings, description=text))
            found += [SINCE] if self.view.changes else []
        return found

    def _get_parameters(self):
        told = super()._get_parameters()
        for one in [one for one in told if one["in"] == "query"]:
            shape = one["schema"]
            if shape.get("type") == "array" and one.get("explode", True):
                more = {"explode": False, "style": "form", "description": f"The same as {one['name']}, with commas."}
                told.append({"in": "query", "name": f"{one['name']}__in", "schema": shape} | more)
        return told

    def _map_basic_serializer(self, serializer, direction):
        told = super()._map_basic_serializer(serializer, direction)
        serializer = serializer() if isinstance(serializer, type) else serializer
        offered = expansions.of_shape(serializer) if direction == "response" else {}
        if offered:
            inner = {name: self._expanded(one) for name, one in offered.items()}
            about = "What `expand` asked for."
            told["properties"][expansions.EXPANDED] = {"type": "object", "description": about, "properties": inner}
        return told

    def _expanded(self, one: expansions.Expansion) -> dict:
        shape = self.resolve_serializer(one.shape, "response").ref
        return {"type": "array", "items": shape} if one.many else {"oneOf": [shape, {"type": "null"}]}

    def _get_response_bodies(self, direction="response"):
        bodies = super()._get_response_bodies(direction)
        if direction == "response":
            if self.method == "GET" and self._is_tagged():
                bodies["304"] = {"description": "Nothing has changed."}
            failure = self._get_response_for_code(ProblemDocument, "default", [CONTENT_TYPE])
            bodies["default"] = failure | {"description": "Any failure."}
        return bodies


    def _map_serializer(self, serializer, direction, bypass_extensions=False):
        schema = super()._map_serializer(serializer, direction, bypass_extensions)
        closed = direction == "request" and isinstance(serializer, Strict)
        return schema | {"additionalProperties": False} if closed else schema


class TokenScheme(OpenApiAuthenticationExtension):
    target_class = "agency.identity.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema):
        return {"type": "http", "scheme": "bearer", "description": "A token such as rsz_…"}


class SessionScheme(OpenApiAuthenticationExtension):
    target_class = "agency.identity.SessionAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema):
        return {"type": "apiKey", "in": "cookie", "name": "session", "description": "Signed in by browser."}
