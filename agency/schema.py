"""What the API's description says of every operation: its door, and that each failure is a problem document."""

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers

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
    request_id = serializers.CharField(required=False, help_text="With 5xx only; every answer has X-Request-ID.")


class Schema(AutoSchema):
    def _get_response_bodies(self, direction="response"):
        bodies = super()._get_response_bodies(direction)
        if direction == "response":
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
