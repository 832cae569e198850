"""Replies over REST: what became of one, sending a failed one again, and the second pair of eyes."""

from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from agency.doors import View
from agency.fields import Moment, Nothing, Strict, Text, Whole
from clients import access

from .. import desk, eyes, tasks
from ..models import Reply
from ..nudges import nudge
from . import shapes
from .parameters import Asked


class ReplyView(Asked, View):
    """Of the one reply that the address names."""

    serializer_class = shapes.ReplyShape
    queryset = Reply.objects.none()

    def row(self, id: int) -> Reply:
        named = Reply.objects.select_related("client", "user", "releaser", "channel__client", "conversation__client")
        rows = self.within(named)
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


class ReadVersion(Strict):
    version = Whole(required=False, min_value=1, help_text="The one that was read; another one is refused.")


class Returned(Strict):
    remark = Text(max_length=2_000, help_text="What should be different.")


class Revised(Strict):
    text = Text(trim_whitespace=False, help_text="At most as long as the network takes it.")


class Given(Strict):
    sent_at = Moment(required=False, help_text="When it was given, by default now.")


class EyesView(ReplyView):
    """A decision about an answer that needs four eyes; answers with the reply as it is afterwards."""

    rights = {"POST": "inbox:write"}
    shape: type[Strict] = Nothing

    def post(self, request, id: int):
        self.decide(self.row(id), **self.body(self.shape))
        nudge(tasks.deliver_replies)
        return Response(self.shown(self.row(id)))

    def decide(self, reply: Reply, **given) -> None:
        raise NotImplementedError


@extend_schema(request=ReadVersion, responses=shapes.ReplyShape)
class Release(EyesView):
    """Agree to a colleague's answer: it is sent, or on a manual channel given by hand next."""

    shape = ReadVersion

    def decide(self, reply, **given):
        eyes.release(reply=reply, user=self.principal.user, **given)


@extend_schema(request=Returned, responses=shapes.ReplyShape)
class Return(EyesView):
    """Return a colleague's answer and say what should be different."""

    shape = Returned

    def decide(self, reply, **given):
        eyes.give_back(reply=reply, user=self.principal.user, **given)


@extend_schema(request=Revised, responses=shapes.ReplyShape)
class Revise(EyesView):
    """Write it anew; somebody else has to read it then."""

    shape = Revised

    def decide(self, reply, **given):
        eyes.revise(reply=reply, user=self.principal.user, **given)


@extend_schema(request=Nothing, responses=shapes.ReplyShape)
class Drop(EyesView):
    """It will not be sent."""

    def decide(self, reply, **given):
        eyes.drop(reply=reply, user=self.principal.user)


@extend_schema(request=Given, responses=shapes.ReplyShape)
class Give(EyesView):
    """A released answer was given by hand on a manual channel."""

    shape = Given

    def decide(self, reply, *, sent_at=None):
        eyes.given(reply=reply, user=self.principal.user, at=sent_at)
