"""Approval links over REST; the key is shown once, in the answer that made it."""

from django.conf import settings
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from agency.doors import ListView, View
from agency.fields import Moment, Nothing, Strict, Text, Whole
from clients import access
from feedback.api.parameters import CLIENTS, Asked

from .. import links
from ..models import ApprovalLink

RIGHTS = {"GET": "campaigns:read", "POST": "approvals:write"}


class NewLink(Strict):
    client = Text(max_length=80, help_text="Slug of the client.")
    name = Text(max_length=200, help_text="Of the one person it is for.")
    email = serializers.EmailField(required=False, allow_blank=True, help_text="Noted only; nothing is sent.")
    posts = serializers.ListField(child=Whole(min_value=1), min_length=1, max_length=links.MOST_POSTS)


class LinkShape(serializers.Serializer):
    id = serializers.IntegerField()
    client = serializers.CharField(source="client.slug")
    name = serializers.CharField()
    email = serializers.CharField()
    posts = serializers.ListField(child=serializers.IntegerField())
    created_at = Moment()
    expires_at = Moment()
    revoked_at = Moment(allow_null=True)


class MadeLink(LinkShape):
    url = serializers.SerializerMethodField(help_text="To be sent to this person; shown this once.")

    def get_url(self, link: ApprovalLink) -> str:
        return f"{settings.BASE_URL}/approval/{self.context['key']}/"


class LinkView(Asked):
    rights = RIGHTS
    serializer_class = LinkShape
    queryset = ApprovalLink.objects.none()

    def rows(self) -> QuerySet[ApprovalLink]:
        return self.within(ApprovalLink.objects.select_related("client"))

    def row(self, id: int) -> ApprovalLink:
        found = self.rows().filter(id=id).first()
        if found is None:
            raise access.NotFound(f"There is no approval link '{id}'.")
        return found


class ApprovalLinks(LinkView, ListView):
    """Lets one person of the client decide on some posts without an account, for 14 days."""

    page_ordering = "-id"

    @extend_schema(parameters=[CLIENTS])
    def get(self, request):
        return super().get(request)

    @extend_schema(request=NewLink, responses={201: MadeLink})
    def post(self, request):
        given = dict(self.body(NewLink))
        client = access.client(self.principal, given.pop("client"))
        link, key = links.make(client=client, actor=self.principal.user, **given)
        return Response(MadeLink(link, context={"key": key}).data, status=201)


class OneLink(LinkView, View):
    rights = {"GET": "campaigns:read"}

    def get(self, request, id: int):
        return Response(self.shown(self.row(id)))


class Revoke(LinkView, View):
    """From now on it opens nothing; what was decided through it stays."""

    rights = {"POST": "approvals:write"}

    @extend_schema(request=Nothing)
    def post(self, request, id: int):
        self.body(Nothing)
        return Response(self.shown(links.revoke(link=self.row(id), actor=self.principal.user)))
