"""A client's data as files over REST: asked for, watched, fetched."""

from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.response import Response

from agency.doors import SIGNED_IN, ListView, View
from agency.fields import Day, Moment, Strict, Text
from clients import access
from clients.models import Channel, Client
from clients.refusal import Refused

from .. import exports, extracts, tasks
from ..models import Export
from ..nudges import nudge
from ..views.download import served
from .parameters import CLIENTS, DAYS, InPeriod, one

STATES = ("queued", "running", "finished", "expired", "failed", "cancelled")
MOST = 200
COLUMNS = "; ".join(
    f"{name}: {', '.join(column for column, _ in kind.columns)}" for name, kind in extracts.KINDS.items()
)


class FileRenderer(BaseRenderer):
    """Lets who accepts only such a file pass; the file itself is written by the view."""

    charset, render_style = None, "binary"

    def render(self, data, accepted_media_type=None, renderer_context=None):
        return data or b""


RENDERERS = [
    type(f"{format.title()}Renderer", (FileRenderer,), {"media_type": mime.partition(";")[0], "format": format})
    for format, mime in exports.FORMATS.items()
]


def _texts(about: str) -> serializers.ListField:
    return serializers.ListField(child=Text(max_length=80), required=False, max_length=MOST, help_text=about)


class NewExport(Strict):
    kind = serializers.ChoiceField(list(extracts.KINDS), help_text=f"The columns, the same in each format. {COLUMNS}.")
    format = serializers.ChoiceField(list(exports.FORMATS))
    language = serializers.ChoiceField(
        exports.LANGUAGES, default="en", help_text="Of CSV. de: semicolons, decimal commas, a byte order mark."
    )
    clients = _texts("Slugs; without, all of yours. Each has a file of its own.")
    channels = _texts("Only channels of these slugs.")
    sentiment = _texts("Only these, for interactions and conversations.")
    direction = _texts("in or out, for interactions.")
    status = _texts("Only these, for conversations.")

    def get_fields(self):
        low = Day(required=False, help_text=f"First local day of the client; by default {DAYS} days up to `to`.")
        return {"from": low, "to": Day(required=False, help_text="By default today.")} | super().get_fields()


class ExportShape(serializers.ModelSerializer):
    """`batch` is the same for all that were asked for at once."""

    client = serializers.CharField(source="client.slug", help_text="Slug.")
    user = serializers.EmailField(source="user.email", help_text="Who asked for it.")
    kind = serializers.ChoiceField(list(extracts.KINDS))
    format = serializers.ChoiceField(list(exports.FORMATS))
    language = serializers.ChoiceField(exports.LANGUAGES)
    state = serializers.ChoiceField(STATES)
    rows = serializers.IntegerField(help_text="Written so far.")
    size = serializers.IntegerField(allow_null=True, help_text="Bytes of the finished file.")
    sha256 = serializers.CharField(help_text="Of the finished file; empty before.")
    filters = serializers.DictField(child=serializers.ListField(child=serializers.CharField()))
    file = serializers.SerializerMethodField(help_text="Where the finished file is.")
    created_at = Moment()
    started_at = Moment(allow_null=True)
    finished_at = Moment(allow_null=True)
    expires_at = Moment(allow_null=True, help_text="When the file is thrown away.")

    class Meta:
        model = Export
        fields = ["id", "batch", "client", "user", "kind", "format", "language", "filters", "state", "rows", "size",
                  "sha256", "error", "file", "created_at", "started_at", "finished_at", "expires_at"]  # fmt: skip

    def get_fields(self):
        return super().get_fields() | {
            "from": serializers.DateField(source="low"),
            "to": serializers.DateField(source="high"),
        }

    def get_file(self, row: Export) -> str | None:
        if row.state != "finished":
            return None
        return self.context["request"].build_absolute_uri(f"/api/v1/exports/{row.id}/file/")


class MadeExports(serializers.Serializer):
    items = ExportShape(many=True)


class ExportView(InPeriod, View):
    serializer_class = ExportShape
    queryset = Export.objects.none()


class Exports(ExportView, ListView):
    """Files of interactions, conversations, posts and numbers, the newest first; those whose rows you may read."""

    rights = {"GET": SIGNED_IN, "POST": SIGNED_IN}
    page_ordering = "-created_at"

    def rows(self) -> QuerySet[Export]:
        found = self.within(exports.readable(self.principal))
        if states := self.choices("state", STATES):
            found = found.filter(state__in=states)
        batch = self.request.query_params.get("batch")
        return found if batch is None else found.filter(batch=_batch(batch))

    @extend_schema(
        parameters=[
            CLIENTS,
            one("state", STATES, many=True),
            OpenApiParameter("batch", OpenApiTypes.UUID, description="Those asked for together."),
        ]
    )
    def get(self, request):
        return super().get(request)

    @extend_schema(request=NewExport, responses={202: MadeExports})
    def post(self, request):
        """A worker makes the files, one for each client; needs the right to read the rows. Kept for seven days."""
        given = dict(self.body(NewExport))
        self.principal.need(extracts.KINDS[given["kind"]].right)
        clients = _clients(self.principal, given.pop("clients", []))
        _check_channels(clients, given.get("channels", []))
        filters = {name: given.pop(name) for name in ("channels", *exports.WORDS) if name in given}
        low, high = exports.period(clients, given.pop("from", None), given.pop("to", None), self.now, DAYS)
        made = exports.add(
            clients=clients, user=self.principal.user, low=low, high=high, filters=filters, **given
        )  # fmt: skip
        nudge(tasks.build_exports)
        return Response({"items": [self.shown(export) for export in made]}, status=202)


def _batch(text: str):
    try:
        return serializers.UUIDField().to_internal_value(text)
    except serializers.ValidationError:
        raise Refused("batch", "must be a UUID") from None


def _clients(principal: access.Principal, slugs: list[str]) -> list[Client]:
    named = [access.client(principal, slug) for slug in dict.fromkeys(slugs)]
    return named or list(access.clients(principal).order_by("id"))


def _check_channels(clients: list[Client], slugs: list[str]) -> None:
    known = set(Channel.objects.filter(client__in=clients, slug__in=slugs).values_list("slug", flat=True))
    for slug in slugs:
        if slug not in known:
            raise access.NotFound(f"There is no channel '{slug}'.")


class OneExport(ExportView):
    rights = {"GET": SIGNED_IN}

    def get(self, request, id: int):
        return Response(self.shown(exports.one(self.principal, id)))


class CancelExport(ExportView):
    """Stops one that is being made, throws a finished one away; one that is over stays as it is.

    Another person's needs the right to administer the agency.
    """

    rights = {"POST": SIGNED_IN}

    @extend_schema(request=None)
    def post(self, request, id: int):
        exports.cancel(export=exports.one(self.principal, id), principal=self.principal)
        return Response(self.shown(exports.one(self.principal, id)))


class ExportFile(ExportView):
    """The file, with Range and ETag; your rights are looked at at each request."""

    rights = {"GET": SIGNED_IN}
    renderer_classes = [JSONRenderer, *RENDERERS]

    @extend_schema(
        responses={
            (status, mime.partition(";")[0]): OpenApiResponse(OpenApiTypes.BINARY, what)
            for status, what in ((200, "The whole file."), (206, "The part that was asked for."))
            for mime in exports.FORMATS.values()
        }
        | {
            304: OpenApiResponse(description="You have it."),
            416: OpenApiResponse(description="Nothing of it is there."),
        }
    )
    def get(self, request, id: int):
        return served(request._request, exports.one(self.principal, id))
