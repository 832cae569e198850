"""How a client wants to be asked and published for, and what each network takes, over REST."""

from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.response import Response

from agency.doors import SIGNED_IN, View
from agency.fields import Flag, Strict, Whole
from clients import access

from .. import approval, limits
from ..models import PublishingRule
from ..vocabulary import Approval, Overdue, PostKind

LONGEST_TOLERANCE, MOST_HOURS = 7 * 24 * 60, 14 * 24


class RuleShape(Strict):
    approval = serializers.ChoiceField(Approval.values, help_text="Who has to approve each post.")
    four_eyes = Flag(help_text="Whether somebody else than the author has to approve.")
    tolerance = Whole(min_value=1, max_value=LONGEST_TOLERANCE, help_text="Minutes a post may go out late.")
    counts_clicks = Flag(help_text="Whether clicks are part of the engagement.")
    routine_kinds = serializers.ListField(
        child=serializers.ChoiceField(PostKind.values), max_length=20, help_text="Posts that the client need not see."
    )
    remind_hours = Whole(min_value=0, max_value=MOST_HOURS, help_text="Before the slot: a reminder to approve.")
    escalate_hours = Whole(min_value=0, max_value=MOST_HOURS, help_text="Before the slot: whoever steers is told.")
    overdue = serializers.ChoiceField(
        Overdue.values,
        help_text="When the client has not answered by the slot: skip it, publish anyway (the client's own wish), or "
        "take a post of the evergreen pool instead.",
    )
    short_links = Flag(help_text="Whether the links of posts go out as our own short ones, whose clicks are counted.")


class Rule(View):
    """Of the one client that the address names; a client for whom none was made has the defaults."""

    rights = {"GET": "campaigns:read", "PATCH": "clients:write"}
    serializer_class = RuleShape
    queryset = PublishingRule.objects.none()

    def get(self, request, slug: str):
        return Response(self.shown(approval.rule_of(access.client(self.principal, slug))))

    def patch(self, request, slug: str):
        client = access.client(self.principal, slug)
        rule = approval.change_rule(client=client, actor=self.principal.user, **self.body(partial=True))
        return Response(self.shown(rule))


class Limits(View):
    """How long a post may be on each network, and how that is counted; the same data for server and browser."""

    rights = {"GET": SIGNED_IN}

    @extend_schema(
        responses=inline_serializer(
            "LimitTable",
            {
                "version": serializers.CharField(),
                "networks": serializers.DictField(),
                "media": serializers.DictField(help_text="How many pictures, of which types, of how many bytes."),
                "patterns": serializers.DictField(child=serializers.CharField(), help_text="Of links and the like."),
                "weighted_once": serializers.ListField(help_text="Ranges of characters that X counts once."),
            },
        )
    )
    def get(self, request):
        return Response(limits.table())
