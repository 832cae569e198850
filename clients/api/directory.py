"""Clients, their opening hours, channels and events over REST."""

from datetime import UTC, datetime

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, PolymorphicProxySerializer, extend_schema, inline_serializer
from rest_framework import exceptions
from rest_framework.response import Response

from agency.doors import SIGNED_IN, ListView, View
from agency.fields import moment
from agency.schema import CLIENT
from feedback import clocks, policies

from .. import access, calendars, directory, notices, preview, scope, shapes
from ..access import Principal
from ..models import Calendar, Channel, Client, Event, Notice
from ..refusal import Refused

CLIENT_RIGHTS = {
    "GET": "clients:read", "POST": "clients:write", "PATCH": "clients:write", "PUT": "clients:write"
}  # fmt: skip


class Clients(ListView):
    """The businesses that the agency serves. Adding one takes somebody who serves all of them."""

    rights = CLIENT_RIGHTS
    serializer_class = shapes.ClientShape
    queryset = Client.objects.none()
    page_ordering = "slug"

    def rows(self):
        return access.clients(self.principal)

    @extend_schema(responses={201: shapes.ClientShape})
    def post(self, request):
        if not self.principal.every_client:
            raise exceptions.PermissionDenied("Only who serves every client of the agency may add one.")
        client = directory.add_client(agency=self.principal.agency, actor=self.principal.user, **self.body())
        scope.enter(self.principal.client_ids | {client.id})
        policies.make_defaults(client)
        return Response(self.shown(client), status=201)


class ClientView(View):
    """Of the one client that the address names."""

    rights = CLIENT_RIGHTS
    queryset = Client.objects.none()

    def row(self, slug: str) -> Client:
        return access.client(self.principal, slug)


class OneClient(ClientView):
    serializer_class = shapes.ClientShape

    def get(self, request, slug: str):
        return Response(self.shown(self.row(slug)))

    @extend_schema(request=shapes.ClientChange)
    def patch(self, request, slug: str):
        client, changes = self.row(slug), dict(self.body(shapes.ClientChange, partial=True))
        archive = changes.pop("archived", False)
        directory.change_client(client=client, actor=self.principal.user, **changes)
        if archive:
            directory.archive_client(client=client, actor=self.principal.user)
        return Response(self.shown(client))


class ClientHours(ClientView):
    """The opening hours that business time is counted by."""

    serializer_class = shapes.Hours
    needs_match = True

    def get(self, request, slug: str):
        return Response(Calendar.objects.get(client=self.row(slug)).document)

    def put(self, request, slug: str):
        client = self.row(slug)
        old, new = directory.set_hours(client=client, document=request.data, actor=self.principal.user)
        if new != old:
            clocks.calendar_changed(client, zone_before=old["zone"])
        return Response(new)


class HoursPreview(ClientView):
    """What the stored hours mean for given instants; nothing is changed."""

    rights = {"POST": "clients:read"}
    serializer_class = shapes.Preview

    @extend_schema(
        responses=inline_serializer(
            "Previewed",
            {
                "results": PolymorphicProxySerializer(
                    "PreviewRow", [shapes.DueRow, shapes.ElapsedRow], resource_type_field_name=None, many=True
                )
            },
        )
    )
    def post(self, request, slug: str):
        hours = calendars.build(Calendar.objects.get(client=self.row(slug)).document)
        target, starts, pairs = _preview(request.data)
        due = [
            {"start": _instant(start), "opens": _instant(opens), "due": _instant(end)}
            for start, opens, end in preview.due(hours, target, starts)
        ]
        between = [
            {"from": _instant(first), "to": _instant(last), "business_seconds": seconds}
            for first, last, seconds in preview.elapsed(hours, pairs)
        ]
        return Response({"results": due + between})


class Channels(ListView):
    """The clients' accounts on networks. The answer to adding one shows its webhook secret, this once."""

    rights = CLIENT_RIGHTS
    serializer_class = shapes.ChannelShape
    queryset = Channel.objects.none()

    def rows(self):
        client = self.named_client()
        found = access.channels(self.principal)
        return found.filter(client=client) if client else found

    @extend_schema(parameters=[CLIENT])
    def get(self, request):
        return super().get(request)

    @extend_schema(responses={201: shapes.NewChannel})
    def post(self, request):
        given = dict(self.body())
        client = access.client(self.principal, given.pop("client")["slug"])
        channel = directory.add_channel(client=client, actor=self.principal.user, **given)
        return Response(shapes.NewChannel(channel).data, status=201)


class ChannelView(View):
    """Of the one channel that the address names."""

    rights = CLIENT_RIGHTS
    queryset = Channel.objects.none()

    def row(self, id: int) -> Channel:
        found = access.channels(self.principal).filter(id=id).first()
        if found is None:
            raise access.NotFound(f"There is no channel '{id}'.")
        return found


class OneChannel(ChannelView):
    serializer_class = shapes.ChannelShape

    def get(self, request, id: int):
        return Response(self.shown(self.row(id)))

    @extend_schema(request=shapes.ChannelChange)
    def patch(self, request, id: int):
        channel, changes = self.row(id), self.body(shapes.ChannelChange, partial=True)
        directory.change_channel(channel=channel, actor=self.principal.user, **changes)
        return Response(self.shown(channel))


class ChannelWebhook(ChannelView):
    """A new webhook address and secret; the old ones stop working at once, unless they are to overlap."""

    serializer_class = shapes.Webhook

    @extend_schema(request=shapes.Rotation, responses=shapes.Webhook)
    def post(self, request, id: int):
        channel, given = self.row(id), self.body(shapes.Rotation)
        directory.rotate_webhook(channel=channel, actor=self.principal.user, **given)
        return Response(shapes.webhook(channel))


class Notices(ListView):
    """What you were told about your clients, newest first."""

    rights = {"GET": SIGNED_IN}
    serializer_class = shapes.NoticeShape
    queryset = Notice.objects.none()
    page_ordering = "-created_at"

    def rows(self) -> QuerySet[Notice]:
        found = _own_notices(self.principal, self.named_client())
        return found.filter(read_at=None) if self.request.query_params.get("unread") == "true" else found

    @extend_schema(parameters=[CLIENT, OpenApiParameter("unread", bool, description="Only those not read yet.")])
    def get(self, request):
        return super().get(request)


class ReadNotice(View):
    """You have seen it."""

    rights = {"POST": SIGNED_IN}
    serializer_class = shapes.NoticeShape
    queryset = Notice.objects.none()

    @extend_schema(request=None)
    def post(self, request, id: int):
        mine = _own_notices(self.principal, None).filter(id=id)
        mine.filter(read_at=None).update(read_at=timezone.now())
        notice = mine.first()
        if notice is None:
            raise access.NotFound(f"There is no notice '{id}'.")
        return Response(self.shown(notice))


def _own_notices(principal: Principal, client: Client | None) -> QuerySet[Notice]:
    ids = [client.id] if client else principal.client_ids
    return notices.inbox(principal.user).filter(client_id__among=ids).select_related("client", "recipient")


class Events(ListView):
    """What happened to the clients and who did it, newest first; never changed, never deleted."""

    rights = {"GET": "log:read"}
    serializer_class = shapes.EventShape
    queryset = Event.objects.none()
    page_ordering = "-at"

    def rows(self) -> QuerySet[Event]:
        client, query = self.named_client(), self.request.query_params
        found = Event.objects.filter(client_id__among=[client.id] if client else self.principal.client_ids)
        for name in ("action", "subject"):
            found = found.filter(**{name: query[name]}) if name in query else found
        if "subject_id" in query:
            found = found.filter(subject_id=_number("subject_id", query["subject_id"]))
        return found.select_related("client", "actor")

    @extend_schema(
        parameters=[
            CLIENT,
            OpenApiParameter("action", str, description="Such as hours.changed."),
            OpenApiParameter("subject", str, description="Such as channel."),
            OpenApiParameter("subject_id", int, description="Only about the thing of this id."),
        ]
    )
    def get(self, request):
        return super().get(request)


def _number(name: str, text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise Refused(name, "must be a whole number")
    return int(text)


def _preview(data: object) -> tuple[int, list[datetime], list[tuple[datetime, datetime]]]:
    """Read by hand: ten thousand instants are too many for the fields' own machinery."""
    if not isinstance(data, dict):
        raise Refused("", "must be an object")
    if unknown := sorted(data.keys() - {"target_seconds", "starts", "pairs"}):
        raise Refused(errors=[(name, "unknown field", "unknown") for name in unknown[:20]])
    if "starts" not in data and "pairs" not in data:
        raise Refused("starts", "give starts with target_seconds, or pairs")
    starts, pairs = _entries("starts", data), _entries("pairs", data)
    if len(starts) + len(pairs) > shapes.MOST_PREVIEWED:
        raise Refused("starts" if starts else "pairs", f"more than {shapes.MOST_PREVIEWED} entries")
    return (
        _target(data) if "starts" in data or "target_seconds" in data else 0,
        [_moment(f"starts[{i}]", text) for i, text in enumerate(starts)],
        [_pair(f"pairs[{i}]", pair) for i, pair in enumerate(pairs)],
    )


def _entries(name: str, data: dict) -> list:
    entries = data.get(name, [])
    if not isinstance(entries, list):
        raise Refused(name, "must be a list")
    return entries


def _target(data: dict) -> int:
    target = data.get("target_seconds")
    if type(target) is not int or target < 0:
        raise Refused("target_seconds", "must be a whole number of seconds, 0 or more")
    return target


def _pair(at: str, pair: object) -> tuple[datetime, datetime]:
    if not isinstance(pair, list) or len(pair) != 2:
        raise Refused(at, "must be a pair of instants: from, to")
    return _moment(f"{at}[0]", pair[0]), _moment(f"{at}[1]", pair[1])


def _moment(at: str, text: object) -> datetime:
    try:
        return moment(text)
    except ValueError as error:
        raise Refused(at, str(error)) from None


def _instant(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
