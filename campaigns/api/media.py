"""The pictures of a client over REST; their files only through this door, or by an address that expires."""

import base64
import binascii

from django.core.files.storage import default_storage
from django.db.models import Count, QuerySet
from django.http import FileResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.response import Response

from agency.bodies import StrictJSONParser
from agency.doors import ListView, View
from agency.fields import Moment, Strict, Text
from clients import access
from clients.refusal import Refused
from feedback.api.parameters import CLIENTS, Asked, one

from .. import library, media, pictures
from ..models import Media

RIGHTS = {"GET": "campaigns:read", "POST": "campaigns:write", "PATCH": "campaigns:write", "DELETE": "campaigns:write"}
ENVELOPE = 64 * 1024
SIZES = ("whole", "thumbnail")


class PictureRenderer(BaseRenderer):
    """Lets who accepts only pictures pass; the file itself is written by the view."""

    media_type, format, charset, render_style = "image/*", "image", None, "binary"

    def render(self, data, accepted_media_type=None, renderer_context=None):
        return data or b""


class MediaChange(Strict):
    alt = Text(allow_blank=True, max_length=1_000, help_text="What it shows; a post with it needs this.")


class NewMedia(Strict):
    client = Text(max_length=80, help_text="Slug of the client.")
    alt = Text(required=False, allow_blank=True, max_length=1_000, help_text="What it shows.")


class PictureUpload(NewMedia):
    file = serializers.FileField(max_length=None, help_text="JPEG, PNG, WebP or GIF of at most 20 MB.")


class InlinePicture(NewMedia):
    name = Text(max_length=200, help_text="Of the file.")
    content = Text(max_length=pictures.MOST_BYTES * 4 // 3 + 4, help_text="The same file in base64.")


class MediaShape(serializers.ModelSerializer):
    client = serializers.CharField(source="client.slug", help_text="Slug.")
    author = serializers.EmailField(source="author.email", default=None, allow_null=True)
    size = serializers.IntegerField(help_text="Bytes, as kept.")
    sha256 = serializers.CharField(help_text="Of the file as kept.")
    posts = serializers.IntegerField(help_text="How many show it.")
    file = serializers.SerializerMethodField(help_text="Where it is, with this token or session.")
    public_url = serializers.SerializerMethodField(help_text="Where whoever knows it can fetch it for a day.")
    created_at = Moment()

    class Meta:
        model = Media
        fields = ["id", "client", "name", "alt", "mime", "size", "width", "height", "sha256", "posts", "author", "file",
                  "public_url", "created_at"]  # fmt: skip

    def get_file(self, row: Media) -> str:
        return self.context["request"].build_absolute_uri(f"/api/v1/media/{row.id}/file/")

    def get_public_url(self, row: Media) -> str:
        return media.public_url(row)


class MediaView(Asked):
    serializer_class = MediaShape
    queryset = Media.objects.none()

    def rows(self) -> QuerySet[Media]:
        return self.within(Media.objects.select_related("client", "author").annotate(posts=Count("attachments")))

    def row(self, id: int) -> Media:
        found = self.rows().filter(id=id).first()
        if found is None:
            raise access.NotFound(f"There is no picture '{id}'.")
        return found


class Pictures(MediaView, ListView):
    """Pictures for posts: kept without what the camera wrote into them, each once a client."""

    rights = RIGHTS
    parser_classes = [MultiPartParser, StrictJSONParser]
    page_ordering = "-id"

    @extend_schema(parameters=[CLIENTS])
    def get(self, request):
        return super().get(request)

    @extend_schema(
        request={"multipart/form-data": PictureUpload, "application/json": InlinePicture},
        responses={200: OpenApiResponse(MediaShape, "The client has it already."), 201: MediaShape},
    )
    def post(self, request):
        """Turned upright, at most 2,000 pixels on one side, in sRGB, without metadata. Videos are not taken."""
        _refuse_larger(int(request.META.get("CONTENT_LENGTH") or 0) * 3 // 4 - ENVELOPE)
        if (request.content_type or "").startswith(MultiPartParser.media_type):
            given = dict(self.body(PictureUpload))
            file = given.pop("file")
            _refuse_larger(file.size)
            given |= {"name": file.name or "", "source": file.read()}
        else:
            given = dict(self.body(InlinePicture))
            given["source"] = _decoded(given.pop("content"))
        client = access.client(self.principal, given.pop("client"))
        made, new = library.add(client=client, actor=self.principal.user, **given)
        return Response(self.shown(self.row(made.id)), status=201 if new else 200)


class OnePicture(MediaView, View):
    rights = {method: right for method, right in RIGHTS.items() if method != "POST"}

    def get(self, request, id: int):
        return Response(self.shown(self.row(id)))

    @extend_schema(request=MediaChange)
    def patch(self, request, id: int):
        """Posts that show it and are not out yet say the new words too, and need their approval again."""
        row = self.row(id)
        library.describe(picture=row, actor=self.principal.user, **self.body(MediaChange))
        return Response(self.shown(self.row(id)))

    @extend_schema(responses={204: None})
    def delete(self, request, id: int):
        """Only while no post shows it."""
        library.remove(picture=self.row(id), actor=self.principal.user)
        return Response(status=204)


class PictureFile(MediaView, View):
    """The picture itself."""

    rights = {"GET": "campaigns:read"}
    renderer_classes = [PictureRenderer, JSONRenderer]

    @extend_schema(
        parameters=[one("size", SIZES, "By default whole.")],
        responses={(200, "image/*"): OpenApiResponse(OpenApiTypes.BINARY)},
    )
    def get(self, request, id: int):
        return served(self.row(id), small=self.choice("size", SIZES, "whole") == "thumbnail")


def served(row: Media, *, small: bool = False) -> FileResponse:
    """The file as an answer. Raises access.NotFound where it is gone."""
    try:
        file = default_storage.open(row.thumbnail if small else row.path)
    except FileNotFoundError:
        raise access.NotFound(f"The file of picture '{row.id}' is gone.") from None
    answer = FileResponse(file, content_type="image/webp" if small else row.mime, filename=row.name)
    answer["Cache-Control"] = "private, no-cache"
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Refused("content", "is no base64") from None


def _refuse_larger(size: int) -> None:
    if size > pictures.MOST_BYTES:
        raise Refused("file", f"must have at most {pictures.MOST_BYTES:,} bytes", "too_large")
