"""Files of posts over REST: every good line becomes a draft, every other one is named with its reason."""

from collections.abc import Iterator

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import exceptions, serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.response import Response

from agency.bodies import StrictJSONParser
from agency.doors import View
from agency.fields import Strict, Text
from clients import access
from clients.models import Client
from clients.refusal import Refused
from feedback.api.imports import CsvParser

from .. import importing, lines
from ..lines import Line
from . import shapes
from .posts import PostView

MOST_BYTES = 5 * 1024 * 1024
STATUSES = ("created", "duplicate", "refused")
HELP = f"CSV in UTF-8, comma or semicolon, at most {lines.MOST:,} lines, columns {', '.join(lines.COLUMNS)}."


class PostsTarget(Strict):
    client = Text(max_length=80, help_text="Slug of the client.")


class PostsUpload(PostsTarget):
    file = serializers.FileField(max_length=None, help_text=HELP)


class InlinePosts(PostsTarget):
    csv = Text(max_length=MOST_BYTES, trim_whitespace=False, help_text=HELP)


class LineShape(serializers.Serializer):
    line = serializers.IntegerField(help_text="In the file, counted from 1; the header is one too.")
    status = serializers.ChoiceField(STATUSES)
    post = serializers.IntegerField(allow_null=True, help_text="Id of the draft.")
    field = serializers.CharField(help_text="The column at fault; line: the line as a whole.")
    reason = serializers.CharField()


class ImportedShape(serializers.Serializer):
    created = serializers.IntegerField()
    duplicates = serializers.IntegerField(help_text="Taken in before: the same line, or the same ref.")
    refused = serializers.IntegerField()
    results = LineShape(many=True)


class ImportPosts(PostView, View):
    """Drafts from a file. None is approved or scheduled by this; the same file a second time changes nothing."""

    rights = {"POST": "campaigns:write"}
    parser_classes = [MultiPartParser, CsvParser, StrictJSONParser]

    @extend_schema(
        request={"application/json": InlinePosts, "multipart/form-data": PostsUpload, "text/csv": OpenApiTypes.BINARY},
        parameters=[OpenApiParameter("client", str, description="Slug; with text/csv.")],
        responses=ImportedShape,
    )
    def post(self, request):
        """Channels and tags are separated by |, local_time is 2026-12-01 09:00 or 01.12.2026 09:00."""
        slug, source = self._sent(request)
        client = access.client(self.principal, slug)
        if len(source) > MOST_BYTES:
            raise Refused("csv", f"must have at most {MOST_BYTES:,} bytes", "too_large")
        results = list(self._taken(client, lines.read(source)))
        counts = {status: sum(row["status"] == status for row in results) for status in STATUSES}
        told = {"created": counts["created"], "duplicates": counts["duplicate"], "refused": counts["refused"]}
        return Response(ImportedShape(told | {"results": results}).data)

    def _sent(self, request) -> tuple[str, bytes]:
        kind = request.content_type or ""
        if kind.startswith(CsvParser.media_type):
            read = PostsTarget(data=request.query_params.dict())
            read.is_valid(raise_exception=True)
            return read.validated_data["client"], request.data or b""
        if kind.startswith(MultiPartParser.media_type):
            given = self.body(PostsUpload)
            return given["client"], given["file"].read(MOST_BYTES + 1)
        given = self.body(InlinePosts)
        return given["client"], given["csv"].encode()

    def _taken(self, client: Client, found: list[Line]) -> Iterator[dict]:
        known = importing.known(client, [line.ref for line in found if line.ref])
        for line in found:
            if line.ref in known:
                yield _result(line, "duplicate", known[line.ref])
                continue
            try:
                values = self._values(client, line)
                post, new = importing.take(client=client, actor=self.principal.user, ref=line.ref, **values)
            except (Refused, exceptions.ValidationError) as error:
                yield _result(line, "refused", None, *_first(error))
            else:
                known[line.ref] = post.id
                yield _result(line, "created" if new else "duplicate", post.id)

    def _values(self, client: Client, line: Line) -> dict:
        if line.values is None:
            raise Refused(*line.wrong)
        read = shapes.NewPost(data=line.values | {"client": client.slug}, context=self.get_serializer_context())
        read.is_valid(raise_exception=True)
        values, _ = self.read(client, {name: value for name, value in read.validated_data.items() if name != "client"})
        return values


def _result(line: Line, status: str, post: int | None, field: str = "", reason: str = "") -> dict:
    return {"line": line.number, "status": status, "post": post, "field": field, "reason": reason}


def _first(error: Refused | exceptions.ValidationError) -> tuple[str, str]:
    """The first field at fault and what is wrong with it."""
    if isinstance(error, Refused):
        return error.errors[0][:2]
    field, detail = next(iter(error.detail.items()))
    while isinstance(detail, dict | list):
        detail = next(iter(detail.values())) if isinstance(detail, dict) else detail[0]
    return field, str(detail)
