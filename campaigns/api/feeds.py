"""The address at which a client's calendar can be subscribed, over REST."""

from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from agency.doors import View
from agency.fields import Moment
from clients import access

from .. import feeds
from ..models import CalendarFeed

READS, WRITES = "campaigns:read", "campaigns:write"


class CalendarFeedShape(serializers.Serializer):
    active = serializers.BooleanField(help_text="Whether there is an address that works.")
    creator = serializers.EmailField(allow_null=True, help_text="Who made it.")
    created_at = Moment(allow_null=True)


class MadeCalendarFeed(CalendarFeedShape):
    url = serializers.CharField(help_text="iCalendar (RFC 5545), without a token; shown this once.")


def shown(feed: CalendarFeed | None) -> dict:
    creator = feed.creator.email if feed else None
    told = {"active": feed is not None, "creator": creator, "created_at": feed and feed.created_at}
    return CalendarFeedShape(told).data


def address(key: str) -> str:
    return f"{settings.BASE_URL}/calendar/{key}.ics"


class Feed(View):
    """Of the one client that the address names: what its people see of the calendar, two months back, six ahead."""

    rights = {"GET": READS, "POST": WRITES, "DELETE": WRITES}
    serializer_class = CalendarFeedShape
    queryset = CalendarFeed.objects.none()

    @extend_schema(responses=CalendarFeedShape)
    def get(self, request, slug: str):
        return Response(shown(feeds.of(access.client(self.principal, slug))))

    @extend_schema(request=None, responses={201: MadeCalendarFeed})
    def post(self, request, slug: str):
        """A new address, shown this once; the one before stops working at once."""
        feed, key = feeds.renew(client=access.client(self.principal, slug), actor=self.principal.user)
        return Response(shown(feed) | {"url": address(key)}, status=201)

    @extend_schema(responses={204: None})
    def delete(self, request, slug: str):
        """The address works no more."""
        feeds.revoke(client=access.client(self.principal, slug), actor=self.principal.user)
        return Response(status=204)
