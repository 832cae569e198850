"""Cases over REST: how criticism is handled, the rules of each client for it, and what was done to it in the open."""

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from agency.doors import ListView, View
from agency.fields import Flag, Moment, Strict, Text, Whole
from campaigns.models import Decision
from clients import access

from .. import cases, disclosures, playbook
from ..models import Case, Disclosure, Playbook
from . import filters
from .actions import Reason
from .parameters import CLIENTS, Asked, one


class CaseStepShape(serializers.Serializer):
    step = serializers.ChoiceField(playbook.STEPS)
    by = serializers.EmailField(source="user.email")
    at = Moment()


class CaseShape(serializers.ModelSerializer):
    client = serializers.CharField(source="client.slug", help_text="Slug.")
    conversation = serializers.IntegerField(source="conversation_id")
    incident = serializers.IntegerField(source="incident_id", allow_null=True)
    kind = serializers.ChoiceField(playbook.KIND_NAMES)
    chosen_by = serializers.EmailField(
        source="chooser.email", default=None, allow_null=True, help_text="null: suggested by the rules."
    )
    steps = serializers.SerializerMethodField(help_text="What the playbook asks for, in its order.")
    done = CaseStepShape(many=True)
    outcomes = serializers.SerializerMethodField(help_text="How it may end.")
    outcome = serializers.CharField(help_text="Empty while nobody knows.")
    closed_by = serializers.EmailField(source="closer.email", default=None, allow_null=True)
    opened_at = Moment()
    closed_at = Moment(allow_null=True)

    class Meta:
        model = Case
        fields = ["id", "client", "conversation", "incident", "kind", "chosen_by", "steps", "done", "outcomes",
                  "outcome", "note", "opened_at", "closed_at", "closed_by"]  # fmt: skip

    def get_steps(self, row) -> list[str]:
        return list(playbook.KINDS[row.kind].steps)

    def get_outcomes(self, row) -> list[str]:
        return list(playbook.KINDS[row.kind].outcomes)


class Chosen(Strict):
    kind = serializers.ChoiceField(playbook.KIND_NAMES)


class Done(Strict):
    step = serializers.ChoiceField(playbook.STEPS)
    done = Flag(required=False, help_text="false takes it back.")


class Closed(Reason):
    outcome = serializers.ChoiceField(playbook.OUTCOMES, help_text="stands needs a reason.")


class Removed(Strict):
    reason = Text(max_length=2_000, help_text="The client reads it.")


ROWS = Case.objects.select_related("client", "chooser", "closer").prefetch_related("done__user")


class Cases(Asked, ListView):
    """Cases, the latest first."""

    rights = {"GET": "inbox:read"}
    serializer_class = CaseShape
    queryset = Case.objects.none()
    page_ordering = "-opened_at"

    @extend_schema(
        parameters=[CLIENTS, one("kind", playbook.KINDS, many=True), one("outcome", playbook.OUTCOMES, many=True),
                    OpenApiParameter("closed", bool, description="Only those that ended, or only the others.")]
    )  # fmt: skip
    def get(self, request):
        return super().get(request)

    def rows(self):
        found, closed = self.within(ROWS), self.flag("closed")
        if kinds := self.choices("kind", playbook.KINDS):
            found = found.filter(kind__in=kinds)
        if outcomes := self.choices("outcome", playbook.OUTCOMES):
            found = found.filter(outcome__in=outcomes)
        return found if closed is None else found.filter(closed_at__isnull=not closed)


class CaseView(Asked, View):
    """The case of one conversation; each decision answers with it as it is afterwards."""

    rights = {"POST": "inbox:write"}
    serializer_class = CaseShape
    queryset = Case.objects.none()
    shape: type[Strict] = Chosen

    def post(self, request, id: int):
        conversation = filters.plain(self, id)
        self.decide(conversation=conversation, user=self.principal.user, **self.body(self.shape))
        return Response(self.shown(self.row(id)))

    def row(self, id: int) -> Case:
        found = self.within(ROWS).filter(conversation_id=filters.plain(self, id).id).first()
        if found is None:
            raise access.NotFound(f"The conversation '{id}' has no case.")
        return found

    def decide(self, **given) -> None:
        raise NotImplementedError


class OneCase(CaseView):
    """Its kind, as a person says."""

    rights = {"GET": "inbox:read", "POST": "inbox:write"}

    def get(self, request, id: int):
        return Response(self.shown(self.row(id)))

    @extend_schema(request=Chosen, responses=CaseShape)
    def post(self, request, id: int):
        """Choose the kind; with it the steps change."""
        return super().post(request, id)

    def decide(self, **given):
        cases.choose(**given)


@extend_schema(request=Done, responses=CaseShape)
class CaseSteps(CaseView):
    """Tick a step of the playbook off."""

    shape = Done

    def decide(self, **given):
        cases.do(**given)


@extend_schema(request=Closed, responses=CaseShape)
class CloseCase(CaseView):
    """Say how it ended."""

    shape = Closed

    def decide(self, *, reason="", **given):
        cases.close(note=reason, **given)


class DisclosureShape(serializers.Serializer):
    """Something done to criticism, or decided in the client's place, and why."""

    id = serializers.IntegerField()
    client = serializers.CharField(help_text="Slug.")
    at = Moment()
    action = serializers.ChoiceField(["hide", "delete", "block", "spam", "approve", "change", "reject"])
    reason = serializers.CharField()
    by = serializers.CharField(help_text="A name.")
    conversation = serializers.IntegerField(allow_null=True)
    post = serializers.IntegerField(allow_null=True)
    author_name = serializers.CharField(help_text="Whose words they were.")
    said = serializers.CharField(help_text="The beginning of these words.")
    by_hand = serializers.BooleanField(help_text="Done on the network by a person.")

    def to_representation(self, row: Disclosure | Decision) -> dict:
        decided = isinstance(row, Decision)
        return {
            "id": row.id,
            "client": row.client.slug,
            "at": self.fields["at"].to_representation(row.at),
            "action": row.verdict if decided else row.action,
            "reason": row.reason,
            "by": row.user.name if row.user else "",
            "conversation": None if decided else row.conversation_id,
            "post": row.post_id if decided else None,
            "author_name": "" if decided else row.author_name,
            "said": "" if decided else row.said,
            "by_hand": not decided and row.by_hand,
        }


@extend_schema(request=Removed, responses={201: DisclosureShape})
class Remove(Asked, View):
    """Write down that the customer's words were hidden or deleted on the network, and why."""

    rights = {"POST": "inbox:write"}
    serializer_class = DisclosureShape
    queryset = Disclosure.objects.none()
    action = ""

    def post(self, request, id: int):
        conversation, given = filters.plain(self, id), self.body(Removed)
        row = disclosures.remove(conversation=conversation, user=self.principal.user, action=self.action, **given)
        return Response(self.shown(row), status=201)


class Hide(Remove):
    action = "hide"


class Delete(Remove):
    action = "delete"


class Transparency(Asked, ListView):
    """What was done to criticism (`what=criticism`), or decided in the client's place (`what=decided`)."""

    rights = {"GET": "clients:read"}
    serializer_class = DisclosureShape
    queryset = Disclosure.objects.none()
    page_ordering = "-at"

    @extend_schema(parameters=[CLIENTS, one("what", ("criticism", "decided"), "By default criticism.")])
    def get(self, request):
        return super().get(request)

    def rows(self):
        what = self.choice("what", ("criticism", "decided"), "criticism")
        return (disclosures.decided if what == "decided" else disclosures.rows)(self.client_ids)


class PlaybookShape(serializers.ModelSerializer):
    client = serializers.CharField(source="client.slug", help_text="Slug.")

    class Meta:
        model = Playbook
        fields = ["client", "four_eyes_stars", "four_eyes_kinds", "crisis_count", "crisis_minutes"]


class ChangedPlaybook(Strict):
    four_eyes_stars = Whole(min_value=1, max_value=5, help_text="Answers to so many stars and fewer need four eyes.")
    four_eyes_kinds = serializers.ListField(
        child=serializers.ChoiceField(playbook.KIND_NAMES), help_text="Kinds that need them too; illegal always does."
    )
    crisis_count = Whole(min_value=2, max_value=1_000, help_text="So many criticisms make an incident, …")
    crisis_minutes = Whole(min_value=5, max_value=cases.MOST_MINUTES, help_text="… within so many minutes.")


class OnePlaybook(View):
    """What a client wants beyond the common rules."""

    rights = {"GET": "inbox:read", "PATCH": "policies:write"}
    serializer_class = PlaybookShape
    queryset = Playbook.objects.none()

    def get(self, request, slug: str):
        return Response(self.shown(cases.rules(access.client(self.principal, slug))))

    @extend_schema(request=ChangedPlaybook, responses=PlaybookShape)
    def patch(self, request, slug: str):
        client, changes = access.client(self.principal, slug), self.body(ChangedPlaybook, partial=True)
        return Response(self.shown(cases.change_rules(client=client, actor=self.principal.user, **changes)))
