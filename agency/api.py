"""Who is asking, the keys for the API and the members of the agency over REST."""

from drf_spectacular.utils import extend_schema
from rest_framework import exceptions, serializers
from rest_framework.response import Response

from agency.doors import SIGNED_IN, ListView, View
from agency.fields import Moment, Strict, Text, Whole
from agency.models import Membership, Role, Token
from agency.rights import SCOPES
from clients import access, keys, people

ADMIN = {method: keys.ADMIN for method in ("GET", "POST", "PATCH", "DELETE")}
MOST_DAYS = 3_660


def slugs(**options) -> serializers.ListField:
    return serializers.ListField(child=Text(max_length=80), max_length=10_000, **options)


class Person(serializers.Serializer):
    email = serializers.EmailField()
    name = serializers.CharField()
    language = serializers.CharField()


class Me(serializers.Serializer):
    user = Person()
    agency = serializers.DictField(child=serializers.CharField(), help_text="slug and name")
    role = serializers.ChoiceField(Role.choices)
    rights = serializers.ListField(child=serializers.CharField())
    every_client = serializers.BooleanField(help_text="Serves also the clients that are yet to come.")
    clients = serializers.ListField(child=serializers.CharField(), help_text="Their slugs.")
    token = serializers.CharField(allow_null=True, help_text="First characters of the token in use.")


class WhoAmI(View):
    """The asker, and what it may do and see right now."""

    rights = {"GET": SIGNED_IN}
    serializer_class = Me

    def get(self, request):
        principal = self.principal
        shown = {
            "user": principal.user,
            "agency": {"slug": principal.agency.slug, "name": principal.agency.name},
            "role": principal.role,
            "rights": sorted(principal.rights),
            "every_client": principal.every_client,
            "clients": list(access.clients(principal).order_by("slug").values_list("slug", flat=True)),
            "token": principal.token and principal.token.prefix,
        }
        return Response(Me(shown).data)


class NewToken(Strict):
    name = Text(max_length=100, help_text="What it is for.")
    scopes = serializers.ListField(child=serializers.ChoiceField(sorted(SCOPES)), allow_empty=False, max_length=50)
    clients = slugs(required=False, allow_null=True, help_text="Only these, by slug; left out: all of yours.")
    expires_in_days = Whole(required=False, allow_null=True, min_value=1, max_value=MOST_DAYS)
    per_minute = Whole(
        required=False, allow_null=True, min_value=1, max_value=1_000_000, help_text="Requests; left out: the usual."
    )


class TokenShape(serializers.Serializer):
    id = serializers.IntegerField()
    name = serializers.CharField()
    prefix = serializers.CharField(help_text="Its first characters, to tell it from others.")
    creator = serializers.EmailField(source="creator.email")
    scopes = serializers.ListField(child=serializers.CharField())
    every_client = serializers.BooleanField()
    clients = serializers.SerializerMethodField()
    created_at = Moment()
    expires_at = Moment(allow_null=True)
    revoked_at = Moment(allow_null=True)
    last_used_at = Moment(allow_null=True)
    per_minute = serializers.IntegerField(allow_null=True, help_text="Requests a minute at most; null: the usual.")

    def get_clients(self, token) -> list[str]:
        return [self.context["slugs"][id] for id in token.client_ids if id in self.context["slugs"]]


class IssuedToken(TokenShape):
    token = serializers.CharField(help_text="The secret: shown this once.")


class Tokens(ListView):
    """Keys for the API: what one may do is cut with what its maker may do at each request."""

    rights = {"GET": SIGNED_IN, "POST": SIGNED_IN}
    serializer_class = TokenShape
    queryset = Token.objects.none()
    page_ordering = "-id"

    def rows(self):
        return keys.visible(self.principal)

    def get_serializer_context(self):
        known = access.clients(self.principal) if hasattr(self, "principal") else access.Client.objects.none()
        return super().get_serializer_context() | {"slugs": dict(known.values_list("id", "slug"))}

    @extend_schema(request=NewToken, responses={201: IssuedToken})
    def post(self, request):
        given = self.body(NewToken)
        named = given.get("clients")
        token, secret = keys.issue(
            principal=self.principal,
            name=given["name"],
            scopes=given["scopes"],
            clients=None if named is None else [access.client(self.principal, slug) for slug in named],
            days=given.get("expires_in_days"),
            per_minute=given.get("per_minute"),
        )
        return Response(self.shown(token) | {"token": secret}, status=201)


class OneToken(View):
    rights = {"DELETE": SIGNED_IN}
    serializer_class = TokenShape
    queryset = Token.objects.none()

    @extend_schema(responses={204: None})
    def delete(self, request, id: int):
        keys.revoke(principal=self.principal, token_id=id)
        return Response(status=204)


class MemberChange(Strict):
    role = serializers.ChoiceField(Role.choices)
    clients = slugs(required=False, help_text="Slugs of the clients served; none for an owner, who serves all.")


class NewMember(MemberChange):
    email = Text(max_length=254)
    name = Text(max_length=200)
    password = Text(
        required=False, max_length=200, trim_whitespace=False, write_only=True,
        help_text="For somebody without an account; left out, they can't sign in with one yet.",
    )  # fmt: skip


class MemberShape(serializers.Serializer):
    id = serializers.IntegerField()
    email = serializers.EmailField(source="user.email")
    name = serializers.CharField(source="user.name")
    role = serializers.ChoiceField(Role.choices)
    clients = serializers.SerializerMethodField()
    created_at = Moment()

    def get_clients(self, membership) -> list[str]:
        return sorted(assignment.client.slug for assignment in membership.assignments.all())


class MemberView(View):
    """People of the agency and of its clients; an agency always keeps an owner."""

    rights = ADMIN
    serializer_class = MemberShape
    queryset = Membership.objects.none()

    def members(self):
        if not self.principal.every_client:
            raise exceptions.PermissionDenied("This needs somebody who serves every client of the agency.")
        found = Membership.objects.filter(agency=self.principal.agency).select_related("user", "agency")
        return found.prefetch_related("assignments__client")

    def served(self, given: dict) -> list | None:
        if "clients" not in given:
            return None
        return [access.client(self.principal, slug) for slug in given["clients"]]

    def row(self, id: int) -> Membership:
        found = self.members().filter(id=id).first()
        if found is None:
            raise access.NotFound(f"There is no member '{id}'.")
        return found

    def answer(self, membership: Membership, status: int = 200) -> Response:
        return Response(self.shown(self.row(membership.id)), status=status)


class Members(MemberView, ListView):
    def rows(self):
        return self.members()

    @extend_schema(request=NewMember, responses={201: MemberShape})
    def post(self, request):
        self.members()
        given = self.body(NewMember)
        membership = people.add_member(
            agency=self.principal.agency,
            actor=self.principal.user,
            clients=self.served(given) or [],
            **{name: value for name, value in given.items() if name != "clients"},
        )
        return self.answer(membership, 201)


class OneMember(MemberView):
    def get(self, request, id: int):
        return self.answer(self.row(id))

    @extend_schema(request=MemberChange)
    def patch(self, request, id: int):
        membership, given = self.row(id), self.body(MemberChange, partial=True)
        people.change_member(
            membership=membership, actor=self.principal.user, role=given.get("role"), clients=self.served(given)
        )
        return self.answer(membership)

    @extend_schema(responses={204: None})
    def delete(self, request, id: int):
        people.remove_member(membership=self.row(id), actor=self.principal.user)
        return Response(status=204)
