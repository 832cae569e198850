"""Files of customer-service history over REST: sent in, watched, and the lines that were refused."""

import csv
import io

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.parsers import BaseParser, MultiPartParser
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.response import Response

from agency.doors import ListView, View
from agency.fields import Moment, Slug, Strict
from clients import access
from clients.refusal import Refused

from .. import imports, tasks
from ..models import Import, Refusal
from ..nudges import nudge
from ..tables import defused
from .parameters import CLIENTS, Asked, one

ENVELOPE = 64 * 1024


class CsvParser(BaseParser):
    """The body as it is, at most one byte more than a file may have."""

    media_type = "text/csv"

    def parse(self, stream, media_type=None, parser_context=None) -> bytes:
        return stream.read(settings.IMPORT_MAX_BYTES + 1)


class CsvRenderer(BaseRenderer):
    """Lets who accepts only CSV pass; the file itself is written by the view."""

    media_type, format, charset = "text/csv", "csv", "utf-8"

    def render(self, data, accepted_media_type=None, renderer_context=None):
        return b"" if data is None else str(data).encode()


class Upload(Strict):
    client = Slug(help_text="Slug.")
    channel = Slug(help_text="Slug within the client.")
    file = serializers.FileField(
        max_length=None, help_text=f"CSV in UTF-8, comma or semicolon, columns {', '.join(imports.COLUMNS)}."
    )


class Target(Strict):
    client = Slug()
    channel = Slug()


class ImportShape(serializers.ModelSerializer):
    """queued, running, done or failed."""

    client = serializers.CharField(source="client.slug", help_text="Slug.")
    channel = serializers.CharField(source="channel.slug", help_text="Slug.")
    user = serializers.EmailField(source="user.email", default=None, allow_null=True)
    size = serializers.IntegerField(help_text="Bytes.")
    progress = serializers.SerializerMethodField(help_text="0 to 1, roughly: a cell may span lines.")
    refusals = serializers.SerializerMethodField(help_text="Where the refused lines are.")
    created_at = Moment()
    started_at = Moment(allow_null=True)
    finished_at = Moment(allow_null=True)

    class Meta:
        model = Import
        fields = ["id", "client", "channel", "user", "filename", "state", "size", "progress", "done_lines", "created",
                  "updated", "duplicates", "refused", "error", "created_at", "started_at", "finished_at",
                  "refusals"]  # fmt: skip

    def get_progress(self, job) -> float:
        return 1.0 if job.state == "done" else round(min(1.0, job.done_lines / max(1, job.lines)), 3)

    def get_refusals(self, job) -> str:
        return self.context["request"].build_absolute_uri(f"/api/v1/imports/{job.id}/refusals/")


class RefusalShape(serializers.ModelSerializer):
    line = serializers.IntegerField(help_text="In the file, counted from 1; the header is one too.")
    field = serializers.CharField(help_text="The column at fault; line: the line as a whole.")

    class Meta:
        model = Refusal
        fields = ["line", "field", "reason", "text"]


class Jobs(Asked, View):
    serializer_class = ImportShape
    queryset = Import.objects.none()

    def jobs(self) -> QuerySet[Import]:
        return self.within(Import.objects.all()).defer("source").select_related("client", "channel", "user")

    def row(self, id: int) -> Import:
        found = self.jobs().filter(id=id).first()
        if found is None:
            raise access.NotFound(f"There is no import '{id}'.")
        return found


class Imports(Jobs, ListView):
    """Files on their way in, the newest first."""

    rights = {"GET": "imports:read", "POST": "imports:write"}
    parser_classes = [MultiPartParser, CsvParser]
    page_ordering = "-created_at"

    def rows(self):
        return self.jobs()

    @extend_schema(parameters=[CLIENTS])
    def get(self, request):
        return super().get(request)

    @extend_schema(
        request={"multipart/form-data": Upload, "text/csv": OpenApiTypes.BINARY},
        parameters=[
            OpenApiParameter("client", str, description="Slug; with text/csv."),
            OpenApiParameter("channel", str, description="Slug within the client; with text/csv."),
        ],
        responses={202: ImportShape},
    )
    def post(self, request):
        """A CSV file as `file` of a form, or as the body itself. A bad line never stops the good ones."""
        _refuse_larger(int(request.META.get("CONTENT_LENGTH") or 0) - ENVELOPE)
        given, name, source = self._sent(request)
        channel = access.channel(access.client(self.principal, given["client"]), given["channel"])
        job = self._add(channel, name, source)
        nudge(tasks.run_imports)
        return Response(self.shown(self.row(job.id)), status=202)

    def _sent(self, request) -> tuple[dict, str, bytes]:
        if (request.content_type or "").startswith(CsvParser.media_type):
            return _checked(Target, request.query_params.dict()), "", request.data or b""
        given = _checked(Upload, request.data)
        _refuse_larger(given["file"].size)
        return given, given["file"].name or "", given["file"].read()

    def _add(self, channel, name: str, source: bytes) -> Import:
        if not source:
            raise Refused("file", "is empty")
        try:
            return imports.add(channel=channel, user=self.principal.user, filename=name, source=source)
        except csv.Error as error:
            raise Refused("file", f"can't be read as CSV: {error}") from None


class OneImport(Jobs):
    rights = {"GET": "imports:read"}

    def get(self, request, id: int):
        return Response(self.shown(self.row(id)))


class Refusals(Jobs, ListView):
    """The lines of a file that were not taken, and why: as a CSV file, or as JSON."""

    rights = {"GET": "imports:read"}
    serializer_class = RefusalShape
    queryset = Refusal.objects.none()
    renderer_classes = [CsvRenderer, JSONRenderer]
    page_ordering = "line"

    def rows(self):
        job = self.row(self.kwargs["id"])
        return Refusal.objects.filter(client_id=job.client_id, job=job)

    @extend_schema(
        parameters=[one("as", ("csv", "json"), "By default csv; json comes in pages.")],
        responses={
            (200, "text/csv"): OpenApiResponse(OpenApiTypes.STR, "line, field, reason, text"),
            (200, "application/json"): RefusalShape(many=True),
        },
    )
    def get(self, request, id: int):
        if self.choice("as", ("csv", "json"), "csv") == "json":
            request.accepted_renderer, request.accepted_media_type = JSONRenderer(), JSONRenderer.media_type
            return self.list(request)
        named = {"Content-Disposition": f'attachment; filename="import-{id}-refusals.csv"'}
        return HttpResponse(_csv(self.rows()), content_type="text/csv; charset=utf-8", headers=named)


def _checked(shape: type[Strict], data) -> dict:
    read = shape(data=data)
    read.is_valid(raise_exception=True)
    return read.validated_data


def _refuse_larger(size: int) -> None:
    if size > settings.IMPORT_MAX_BYTES:
        raise Refused("file", f"must have at most {settings.IMPORT_MAX_BYTES:,} bytes, not {size:,}", "too_large")


def _csv(refusals: QuerySet[Refusal]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["line", "field", "reason", "text"])
    for row in refusals.order_by("line").iterator():
        writer.writerow([row.line, defused(row.field), defused(row.reason), defused(row.text)])
    return out.getvalue().encode("utf-8-sig")
