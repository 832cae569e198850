"""What each client promises, over REST: the ordered policies, their versions, and applying them to open clocks."""

from collections.abc import Iterable

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.functional import cached_property
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from agency.doors import ListView, View
from agency.fields import Flag, Moment, Strict, Text, Whole
from campaigns.models import Campaign
from clients import access
from clients.models import Channel, Client
from clients.refusal import Refused

from .. import clocks, policies
from ..models import Kind, PolicyVersion, Sentiment
from .parameters import CLIENTS, Asked

LONGEST = 400 * 24 * 3600
MOST_NAMES = 200
RIGHTS = {"GET": "policies:read", "POST": "policies:write", "PATCH": "policies:write", "DELETE": "policies:write"}


def _target(text: str) -> Whole:
    return Whole(required=False, allow_null=True, min_value=1, max_value=LONGEST, help_text=text)


def _names(text: str, child=None) -> serializers.ListField:
    return serializers.ListField(
        child=child or Text(max_length=80), required=False, max_length=MOST_NAMES, help_text=f"{text} Empty: any."
    )


class PolicyChange(Strict):
    """The conditions must all hold; targets are business seconds, null promises nothing."""

    name = Text(max_length=200)
    position = Whole(required=False, min_value=-1_000_000, max_value=1_000_000, help_text="The lowest is tried first.")
    channels = _names("Slugs of channels of the client.")
    kinds = _names("Kinds of message.", serializers.ChoiceField(Kind.values))
    sentiments = _names("Sentiments.", serializers.ChoiceField(Sentiment.values))
    stars_min = Whole(required=False, allow_null=True, min_value=1, max_value=5)
    stars_max = Whole(required=False, allow_null=True, min_value=1, max_value=5)
    question = Flag(required=False, allow_null=True)
    campaigns = _names("Slugs of campaigns of the client.")
    vip = Flag(required=False, allow_null=True)
    first_seconds = _target("Until the first answer.")
    next_seconds = _target("Until each further answer.")
    resolution_seconds = _target("Until the end; not less than first_seconds.")
    calendar = serializers.ChoiceField(["client", "agency"], required=False, help_text="Whose opening hours count.")
    warn_percent = Whole(required=False, allow_null=True, min_value=1, max_value=100, help_text="Of the target.")
    warn_before_seconds = _target("Warn so many business seconds before; instead of warn_percent.")
    reopen_days = Whole(required=False, min_value=0, max_value=365, help_text="Later it is a new case.")
    pause_first = Flag(required=False, help_text="Whether waiting pauses `first` too.")
    grace_seconds = Whole(
        required=False, min_value=0, max_value=LONGEST, help_text="At least so long after a deadline was tightened."
    )
    severity = serializers.ChoiceField(["normal", "critical"], required=False, help_text="critical: alerts at night.")


class PolicyShape(PolicyChange):
    id = serializers.IntegerField(source="policy_id", read_only=True)
    client = Text(source="client.slug", max_length=80, help_text="Slug.")
    name = Text(source="policy.name", max_length=200)
    version = serializers.IntegerField(source="number", read_only=True, help_text="A clock keeps its own.")
    valid_from = Moment(read_only=True)
    user = serializers.EmailField(source="user.email", default=None, read_only=True, allow_null=True)
    archived_at = Moment(source="policy.archived_at", read_only=True, allow_null=True)

    def to_representation(self, row: PolicyVersion) -> dict:
        shown, slugs = super().to_representation(row), self.context["slugs"]
        return shown | {name: slugs(name, getattr(row, name)) for name in ("channels", "campaigns")}


class NewPolicy(PolicyChange):
    client = Text(max_length=80, help_text="Slug.")


class Application(Strict):
    client = Text(max_length=80, help_text="Slug.")
    preview = Flag(help_text="true: only count.")


class Applied(serializers.Serializer):
    open_clocks = serializers.IntegerField(help_text="Live clocks of the client that have not stopped.")


class Names:
    """The slugs of the channels and campaigns of some clients, and back; a fixed number of queries."""

    def __init__(self, client_ids: Iterable[int]):
        self.client_ids = list(client_ids)

    @cached_property
    def slugs(self) -> dict[str, dict[int, str]]:
        return {
            "channels": dict(Channel.objects.filter(client_id__among=self.client_ids).values_list("id", "slug")),
            "campaigns": dict(Campaign.objects.filter(client_id__among=self.client_ids).values_list("id", "slug")),
        }

    def __call__(self, name: str, ids: Iterable[int]) -> list[str]:
        return [self.slugs[name][id] for id in ids if id in self.slugs[name]]

    def ids(self, name: str, slugs: list[str]) -> list[int]:
        """Raises Refused, naming each slug that the client has not."""
        known = {slug: id for id, slug in self.slugs[name].items()}
        if errors := [
            (f"{name}[{place}]", f"the client has none called '{slug}'", "not_found")
            for place, slug in enumerate(slugs)
            if slug not in known
        ]:
            raise Refused(errors=errors)
        return sorted({known[slug] for slug in slugs})


class PolicyView(Asked, View):
    """Shows versions; `row` is the newest one of the policy that the address names."""

    rights = RIGHTS
    serializer_class = PolicyShape
    queryset = PolicyVersion.objects.none()

    def get_serializer_context(self):
        context = super().get_serializer_context()
        return context | ({"slugs": Names(self.client_ids)} if hasattr(self, "principal") else {})

    def versions(self) -> QuerySet[PolicyVersion]:
        return self.within(PolicyVersion.objects.all()).select_related("client", "policy", "user")

    def newest(self) -> QuerySet[PolicyVersion]:
        newer = PolicyVersion.objects.filter(
            client_id=OuterRef("client_id"), policy_id=OuterRef("policy_id"), number__gt=OuterRef("number")
        )
        return self.versions().filter(~Exists(newer))

    def row(self, id: int) -> PolicyVersion:
        found = self.newest().filter(policy_id=id).first()
        if found is None:
            raise access.NotFound(f"There is no policy '{id}'.")
        return found

    def values(self, client: Client, given: dict) -> dict:
        """The fields of a version, with channels and campaigns by id."""
        names = Names([client.id]) if given.keys() & {"channels", "campaigns"} else None
        return {
            field: names.ids(field, value) if field in ("channels", "campaigns") else value
            for field, value in given.items()
        }


class Policies(PolicyView, ListView):
    """The policies in the order in which they are tried; the first that matches a message makes the promise."""

    page_ordering = "position"

    def rows(self):
        archived = self.flag("archived") or False
        return self.newest().filter(policy__archived_at__isnull=not archived)

    @extend_schema(parameters=[CLIENTS, OpenApiParameter("archived", bool, description="Those instead.")])
    def get(self, request):
        return super().get(request)

    @extend_schema(request=NewPolicy, responses={201: PolicyShape})
    def post(self, request):
        """A new promise for clocks that begin from now on, tried first unless `position` says otherwise."""
        given = dict(self.body(NewPolicy))
        client, name = access.client(self.principal, given.pop("client")), given.pop("name")
        values = self.values(client, given)
        policy = policies.add_policy(client=client, name=name, values=values, actor=self.principal.user)
        return Response(self.shown(self.row(policy.id)), status=201)


class OnePolicy(PolicyView):
    def get(self, request, id: int):
        return Response(self.shown(self.row(id)))

    @extend_schema(request=PolicyChange)
    def patch(self, request, id: int):
        """A new version for clocks that begin from now on; those that run keep theirs until policies are applied."""
        policy, given = self.row(id).policy, dict(self.body(PolicyChange, partial=True))
        if given:
            name = given.pop("name", None)
            values = self.values(policy.client, given)
            policies.change_policy(policy=policy, name=name, values=values, actor=self.principal.user)
        return Response(self.shown(self.row(id)))

    def delete(self, request, id: int):
        """Archive it: no new promises and no more alerts from it; its clocks and breaches stay."""
        policies.archive_policy(policy=self.row(id).policy, actor=self.principal.user)
        return Response(status=204)


class PolicyVersions(PolicyView, ListView):
    """Every version of one policy, the newest first."""

    rights = {"GET": "policies:read"}
    page_ordering = "-number"

    def get(self, request, id: int):
        return self.list(request)

    def rows(self):
        return self.versions().filter(policy=self.row(self.kwargs["id"]).policy)


class ApplyPolicies(View):
    """Judge every open clock of a client by the policies of today; see first how many there are."""

    rights = {"POST": "policies:write"}
    serializer_class = Application

    @extend_schema(responses=Applied)
    def post(self, request):
        given = self.body()
        client = access.client(self.principal, given["client"])
        count = clocks.apply_policies(client=client, actor=self.principal.user, preview=given["preview"])
        return Response({"open_clocks": count})
