"""What people do with a conversation over REST; each answers with the conversation as it is afterwards."""

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from agency.doors import View
from agency.fields import Flag, Moment, Strict, Text, Whole
from campaigns.models import Campaign
from clients import access
from clients.refusal import Refused

from .. import desk, playbook, tasks
from ..models import Conversation
from ..nudges import nudge
from . import filters, shapes
from .parameters import Asked


class Reason(Strict):
    reason = Text(required=False, allow_blank=True, max_length=2_000, help_text="Kept with the decision.")


class Ended(Reason):
    outcome = serializers.ChoiceField(
        playbook.OUTCOMES, required=False, help_text="How criticism ended; needed where it is not known yet."
    )


class WrittenReply(Strict):
    text = Text(trim_whitespace=False, help_text="At most as long as the network takes it.")
    then = serializers.ChoiceField(
        [then for then in desk.THEN if then], required=False, help_text="What follows once it is delivered."
    )
    parent_id = Text(required=False, max_length=500, help_text="The network's id of the message it answers.")
    sent_at = Moment(required=False, help_text="Manual channels only: when it was given, by default now.")


class WrittenNote(Strict):
    text = Text(max_length=20_000)


class Assigned(Strict):
    assignee = Text(allow_null=True, max_length=254, help_text="An e-mail address, `me`, or null for nobody.")


class Snoozed(Strict):
    until = Moment(allow_null=True, help_text="null wakes it.")


class Waiting(Reason):
    on = serializers.ChoiceField(list(desk.WAITS))


class MergedInto(Strict):
    into = Whole(min_value=1, help_text="Another conversation of the same channel.")


class Important(Strict):
    vip = Flag()


class OfCampaign(Strict):
    campaign = Text(allow_null=True, max_length=80, help_text="Slug of a campaign of the client, or null.")


class Action(Asked, View):
    """One decision about one conversation."""

    rights = {"POST": "inbox:write"}
    serializer_class = Reason
    queryset = Conversation.objects.none()

    @extend_schema(responses=shapes.WholeConversation)
    def post(self, request, id: int):
        self.decide(filters.plain(self, id), **self.body())
        return Response(self.afterwards(shapes.WholeConversation, id))

    def afterwards(self, shape, id: int, **context) -> dict:
        return shape(filters.whole(self, id), context=self.get_serializer_context() | context).data

    def decide(self, conversation: Conversation, **given) -> None:
        raise NotImplementedError


def _decision(name: str, decided, about: str, shape: type[Strict] = Reason) -> type[Action]:
    """An action that takes little more than a reason."""

    def decide(self, conversation, **given):
        decided(conversation=conversation, user=self.principal.user, **given)

    members = {"decide": decide, "serializer_class": shape, "__doc__": about, "__module__": __name__}
    return type(name, (Action,), members)


Resume = _decision("Resume", desk.resume, "Waiting is over: the clocks go on.")
Resolve = _decision("Resolve", desk.resolve, "Done: every open clock stops, met or breached.", Ended)
Archive = _decision("Archive", desk.archive, "Put away: every open clock stops, met or breached.", Ended)
Reopen = _decision("Reopen", desk.reopen, "Taken up again: within the policy's days the same resolution clock goes on.")
Spam = _decision("Spam", desk.spam, "Nothing is promised here: open clocks are cancelled, never met.")
NotSpam = _decision("NotSpam", desk.not_spam, "Taken back, as if it had never been spam; the author is unblocked.")
Block = _decision("Block", desk.block, "All that the author wrote or will write on this channel is spam.")
NoReplyNeeded = _decision("NoReplyNeeded", desk.no_reply_needed, "A thank-you after the answer: cancels `next`.")


class Reply(Action):
    """Answer the customer. 202: queued for the network or for a colleague's eyes; 201: recorded on a manual channel."""

    serializer_class = WrittenReply

    @extend_schema(
        responses={201: shapes.AnsweredConversation, 202: shapes.AnsweredConversation},
        examples=[
            OpenApiExample(
                "answer and close",
                {"text": "Wir haben bis 18 Uhr geöffnet.", "then": "resolve"},
                request_only=True,
            )
        ],
    )
    def post(self, request, id: int):
        conversation, given = filters.plain(self, id), self.body()
        self._check(conversation, **given)
        reply = desk.answer(conversation=conversation, user=self.principal.user, **given)
        nudge(tasks.deliver_replies)
        status = 201 if reply.state == "delivered" else 202
        return Response(self.afterwards(shapes.AnsweredConversation, id, reply=reply), status=status)

    def _check(self, conversation: Conversation, parent_id: str = "", sent_at=None, **given) -> None:
        if parent_id and not conversation.interactions.filter(external_id=parent_id).exists():
            raise Refused("parent_id", "is no message of this conversation")
        if sent_at is not None and sent_at > self.now:
            raise Refused("sent_at", "must not lie in the future")


class Note(Action):
    """An internal remark; it stops no clock."""

    serializer_class = WrittenNote

    def decide(self, conversation, **given):
        desk.note(conversation=conversation, user=self.principal.user, **given)


class Assign(Action):
    """Give it to somebody of the staff who serves the client."""

    serializer_class = Assigned

    def decide(self, conversation, *, assignee):
        if assignee == "me":
            assignee = self.principal.user.email
        person = assignee and access.member(self.principal, assignee, conversation.client)
        desk.assign(conversation=conversation, user=self.principal.user, assignee=person or None)


class Snooze(Action):
    """Out of sight until then or until the customer writes; clocks go on."""

    serializer_class = Snoozed

    def decide(self, conversation, *, until):
        desk.snooze(conversation=conversation, user=self.principal.user, until=until)


class Wait(Action):
    """Wait for the customer or the client: `next` and `resolution` pause."""

    serializer_class = Waiting

    def decide(self, conversation, **given):
        desk.wait(conversation=conversation, user=self.principal.user, **given)


class Merge(Action):
    """Put its messages into another conversation; its own promises are cancelled."""

    serializer_class = MergedInto

    def decide(self, conversation, *, into):
        desk.merge(conversation=conversation, user=self.principal.user, into=filters.plain(self, into))


class Vip(Action):
    """Whether the customer is one of the important ones; policies may ask for it."""

    serializer_class = Important

    def decide(self, conversation, *, vip):
        desk.set_vip(conversation=conversation, user=self.principal.user, vip=vip)


class OfOneCampaign(Action):
    """Which campaign it belongs to; policies may ask for it."""

    serializer_class = OfCampaign

    def decide(self, conversation, *, campaign):
        found = campaign and Campaign.objects.filter(client=conversation.client, slug=campaign).first()
        if campaign and not found:
            raise access.NotFound(f"The client '{conversation.client.slug}' has no campaign '{campaign}'.")
        desk.set_campaign(conversation=conversation, user=self.principal.user, campaign=found or None)
