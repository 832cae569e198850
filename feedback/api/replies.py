"""Replies over REST: what became of one, and sending a failed one again."""

from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from agency.doors import View
from agency.fields import Nothing
from clients import access

from .. import desk, tasks
from ..models import Reply
from ..nudges import nudge
from . import shapes
from .parameters import Asked


class ReplyView(Asked, View):
    """Of the one reply that the address names."""

    serializer_class = shapes.ReplyShape
    queryset = Reply.objects.none()

    def row(self, id: int) -> Reply:
        rows = self.within(Reply.objects.select_related("client", "user", "conversation__client"))
        found = rows.filter(id=id).first()
        if found is None:
            raise access.NotFound(f"There is no reply '{id}'.")
        return found


class OneReply(ReplyView):
    rights = {"GET": "inbox:read"}

    def get(self, request, id: int):
        return Response(self.shown(self.row(id)))


class Retry(ReplyView):
    """Send a failed reply once more."""

    rights = {"POST": "inbox:write"}

    @extend_schema(request=Nothing, responses={202: shapes.ReplyShape})
    def post(self, request, id: int):
        self.body(Nothing)
        desk.retry(reply=self.row(id), user=self.principal.user)
        nudge(tasks.deliver_replies)
        return Response(self.shown(self.row(id)), status=202)
