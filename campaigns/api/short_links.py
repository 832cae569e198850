"""Short links over REST: where each leads, and how often it was followed."""

from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers

from agency.doors import ListView
from agency.fields import Moment
from feedback.api.parameters import CHANNEL, CLIENTS, Asked

from .. import tracking
from ..models import Click, ShortLink


class ShortLinkShape(serializers.Serializer):
    id = serializers.IntegerField()
    client = serializers.CharField(source="client.slug")
    post = serializers.IntegerField(source="publication.post_id")
    channel = serializers.CharField(source="publication.channel.slug")
    url = serializers.SerializerMethodField(help_text="What stands in the post.")
    target = serializers.CharField(help_text="The post's link with its UTM parameters.")
    clicks = serializers.IntegerField(source="clicked", help_text="By people, since it was made.")
    created_at = Moment()

    def get_url(self, link: ShortLink) -> str:
        return tracking.address(link.code)


class ShortLinks(Asked, ListView):
    """Our own addresses for the links of posts, the newest first. Nothing is kept of who follows them."""

    rights = {"GET": "metrics:read"}
    serializer_class = ShortLinkShape
    queryset = ShortLink.objects.none()
    page_ordering = "-id"

    def rows(self) -> QuerySet[ShortLink]:
        found = self.within(ShortLink.objects.select_related("client", "publication__channel"))
        if channels := self.channel_ids():
            found = found.filter(publication__channel_id__in=channels)
        if (post := self.number("post")) is not None:
            found = found.filter(publication__post_id=post)
        clicks = Click.objects.filter(client_id=OuterRef("client_id"), link=OuterRef("pk")).order_by()
        counted = Subquery(clicks.values("link").annotate(n=Count("id")).values("n"))
        return found.annotate(clicked=Coalesce(counted, 0))

    @extend_schema(parameters=[CLIENTS, CHANNEL, OpenApiParameter("post", int, description="Only of this post.")])
    def get(self, request):
        return super().get(request)
