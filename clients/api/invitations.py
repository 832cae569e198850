"""Inviting people over REST: who is yet to answer; the link itself only goes out by mail."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from agency.doors import ListView, View
from agency.fields import Moment, Strict, Text
from agency.models import Role

from .. import access, invitations
from ..models import Invitation

RIGHTS = {method: invitations.INVITE for method in ("GET", "POST", "DELETE")}


class NewInvitation(Strict):
    email = Text(max_length=254)
    role = serializers.ChoiceField(Role.choices)
    clients = serializers.ListField(
        child=Text(max_length=80), required=False, max_length=10_000,
        help_text="Slugs of the clients to serve; none for an owner, who serves all.",
    )  # fmt: skip


class InvitationShape(serializers.Serializer):
    id = serializers.IntegerField()
    email = serializers.EmailField()
    role = serializers.ChoiceField(Role.choices)
    clients = serializers.SerializerMethodField()
    inviter = serializers.EmailField(source="inviter.email")
    created_at = Moment()
    expires_at = Moment()

    def get_clients(self, row) -> list[str]:
        return sorted(self.context["slugs"][id] for id in row.client_ids if id in self.context["slugs"])


class InvitationView(View):
    rights = RIGHTS
    serializer_class = InvitationShape
    queryset = Invitation.objects.none()

    def get_serializer_context(self):
        known = access.clients(self.principal) if hasattr(self, "principal") else access.Client.objects.none()
        return super().get_serializer_context() | {"slugs": dict(known.values_list("id", "slug"))}


class Invitations(InvitationView, ListView):
    """Those that are not answered, the newest first. The mail goes out at once and its link works once, for 7 days."""

    page_ordering = "-id"

    def rows(self):
        return invitations.visible(self.principal)

    @extend_schema(request=NewInvitation, responses={201: InvitationShape})
    def post(self, request):
        given = self.body(NewInvitation)
        row = invitations.invite(
            principal=self.principal, email=given["email"], role=given["role"],
            clients=[access.client(self.principal, slug) for slug in given.get("clients", ())],
        )  # fmt: skip
        return Response(self.shown(row), status=201)


class OneInvitation(InvitationView):
    """DELETE takes it back: its link stops working."""

    rights = {"DELETE": invitations.INVITE}

    @extend_schema(responses={204: None})
    def delete(self, request, id: int):
        invitations.revoke(principal=self.principal, id=id)
        return Response(status=204)


class Resend(InvitationView):
    """Mail a new link for 7 more days; the earlier one stops working."""

    rights = {"POST": invitations.INVITE}

    @extend_schema(request=None)
    def post(self, request, id: int):
        return Response(self.shown(invitations.resend(principal=self.principal, id=id)))
