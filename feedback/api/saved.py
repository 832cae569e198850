"""Saved replies over REST."""

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from agency.doors import ListView, View
from agency.fields import Moment, Strict, Text, Whole
from clients import access

from .. import saved
from ..models import SavedReply
from .parameters import CLIENTS, Asked


class SavedReplyFields(Strict):
    shortcut = Text(max_length=40, help_text="Lower-case letters, digits, hyphens; unique per client and language.")
    language = Text(required=False, allow_blank=True, max_length=5, help_text="de, en, or empty for every language.")
    title = Text(max_length=200)
    text = Text(
        max_length=saved.LONGEST_TEXT,
        trim_whitespace=False,
        help_text="May have the gaps {customer}, {client}, {colleague} and {channel}.",
    )


class NewSavedReply(SavedReplyFields):
    client = Text(max_length=80, help_text="Slug of the client.")


class SavedReplyChange(SavedReplyFields):
    version = Whole(required=False, min_value=1, help_text="The version that was read: refused when it has changed.")


class SavedReplyShape(serializers.Serializer):
    id = serializers.IntegerField()
    client = serializers.CharField(source="client.slug", help_text="Slug.")
    shortcut = serializers.CharField()
    language = serializers.CharField()
    title = serializers.CharField()
    text = serializers.CharField()
    version = serializers.IntegerField()
    updated_at = Moment()


class SavedReplyView(Asked):
    serializer_class = SavedReplyShape
    queryset = SavedReply.objects.none()

    def rows(self) -> QuerySet[SavedReply]:
        return self.within(SavedReply.objects.select_related("client"))

    def row(self, id: int) -> SavedReply:
        found = self.rows().filter(id=id).first()
        if found is None:
            raise access.NotFound(f"There is no saved reply '{id}'.")
        return found


class SavedReplies(SavedReplyView, ListView):
    """Answers that are written once and used often."""

    rights = {"GET": "inbox:read", "POST": "inbox:write"}

    @extend_schema(parameters=[CLIENTS])
    def get(self, request):
        return super().get(request)

    @extend_schema(request=NewSavedReply, responses={201: SavedReplyShape})
    def post(self, request):
        given = dict(self.body(NewSavedReply))
        client = access.client(self.principal, given.pop("client"))
        made = saved.add_saved_reply(client=client, actor=self.principal.user, **given)
        return Response(self.shown(made), status=201)


class OneSavedReply(SavedReplyView, View):
    rights = {"GET": "inbox:read", "PATCH": "inbox:write", "DELETE": "inbox:write"}

    def get(self, request, id: int):
        return Response(self.shown(self.row(id)))

    @extend_schema(request=SavedReplyChange)
    def patch(self, request, id: int):
        reply, given = self.row(id), self.body(SavedReplyChange, partial=True)
        return Response(self.shown(saved.change_saved_reply(reply=reply, actor=self.principal.user, **given)))

    @extend_schema(responses={204: None})
    def delete(self, request, id: int):
        saved.remove_saved_reply(reply=self.row(id), actor=self.principal.user)
        return Response(status=204)
