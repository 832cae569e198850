"""Posts over REST: planned, judged, scheduled, and how far each of them got on its channels."""

from django.db import transaction
from django.db.models import Exists, OuterRef, Prefetch, QuerySet
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.response import Response

from agency.doors import ListView, View
from agency.fields import Flag, Moment, Strict, Text, Whole
from clients import access
from clients.access import Forbidden, Principal
from clients.models import Client
from clients.refusal import Conflict, Refused
from feedback.api.parameters import CHANNEL, CLIENTS, Asked, one
from feedback.nudges import nudge

from .. import posts, tasks
from ..models import Decision, Post, Publication
from ..strategy import serving
from ..vocabulary import PostKind, State, Verdict
from . import shapes

RIGHTS = {"GET": "campaigns:read", "POST": "campaigns:write", "PATCH": "campaigns:write"}
VERDICTS = {"approve": Verdict.APPROVE, "change": Verdict.CHANGE, "reject": Verdict.REJECT}
ORDERINGS = ("-id", "id", "publish_at", "-publish_at", "updated_at", "-updated_at")
MOST_AT_ONCE = 100
CODES = {access.NotFound: "not_found", Forbidden: "permission_denied", Refused: "invalid", Conflict: ""}


class PostReason(Strict):
    reason = Text(required=False, allow_blank=True, max_length=2_000, help_text="Kept with the decision.")


class Planned(PostReason):
    publish_at = Moment(required=False, help_text="A new time, which needs its approval.")


class Judged(PostReason):
    comment = Text(
        required=False, allow_blank=True, max_length=5_000, help_text="Needed unless it is approved: what to change."
    )
    version = Whole(required=False, min_value=1, help_text="The version that was read: refused when it has changed.")


class Settled(Strict):
    channel = Text(max_length=80, help_text="Slug of the channel.")
    sent = Flag(help_text="Whether the post is out there.")
    url = Text(
        required=False, allow_blank=True, max_length=2_000, validators=[shapes.WEB], help_text="Where it can be seen."
    )


class PostAction(Judged):
    post = Whole(min_value=1, help_text="Id of the post.")
    action = serializers.ChoiceField(["submit", "schedule", "cancel", "hold", "release", *VERDICTS])


class Many(Strict):
    items = PostAction(many=True, min_length=1, max_length=MOST_AT_ONCE)


class ManyResult(serializers.Serializer):
    post = serializers.IntegerField()
    status = serializers.ChoiceField(["done", "error"])
    code = serializers.CharField(help_text="Empty where it is done.")
    detail = serializers.CharField()


class PostView(Asked):
    """Mixed into views of posts: those of the clients asked for, whole in a fixed number of queries."""

    serializer_class = shapes.PostShape
    queryset = Post.objects.none()

    def get_serializer_context(self):
        return super().get_serializer_context() | {"principal": self.principal}

    def whole(self) -> QuerySet[Post]:
        decided = Decision.objects.select_related("user", "link")
        there = Publication.objects.select_related("channel")
        channels = there.prefetch_related(Prefetch("decisions", decided), "short_links")
        related = Post.objects.select_related("client", "campaign", "serves", "author")
        return self.within(
            related.prefetch_related("attachments", Prefetch("publications", channels), "link_checks")
        )

    def row(self, id: int) -> Post:
        found = self.within(Post.objects.select_related("client", "campaign", "serves")).filter(id=id).first()
        if found is None:
            raise access.NotFound(f"There is no post '{id}'.")
        return found

    def afterwards(self, id: int, **context) -> dict:
        known = self.get_serializer_context() | context
        return shapes.PostShape(self.whole().get(id=id), context=known).data

    def read(self, client: Client, given: dict) -> tuple[dict, list[str]]:
        """The values for a post of the client, and what was understood otherwise than it was written."""
        values, notices = dict(given), []
        if "campaign" in values:
            values["campaign"] = posts.campaign_of(client, values["campaign"])
        if "goal" in values:
            values["serves"] = serving.goal_of(client, values.pop("goal"))
        if (local := values.pop("local_time", None)) is not None:
            zone = posts.zone_of(client)
            values["publish_at"], moved = posts.instant(local, zone)
            if moved:
                notices.append(f"{local:%Y-%m-%d %H:%M} is left out by the clock change in {zone}: it goes out later.")
        return values, notices


class Posts(PostView, ListView):
    """What is or was to be published, with its state on each channel."""

    rights = RIGHTS
    orderings = ORDERINGS

    def rows(self):
        found = self.whole()
        if kinds := self.choices("kind", PostKind.values):
            found = found.filter(kind__in=kinds)
        if campaigns := self.request.query_params.getlist("campaign"):
            found = found.filter(campaign__slug__in=campaigns)
        if (evergreen := self.flag("evergreen")) is not None:
            found = found.filter(evergreen=evergreen)
        if (since := self.instant("publish_from")) is not None:
            found = found.filter(publish_at__gte=since)
        if (until := self.instant("publish_to")) is not None:
            found = found.filter(publish_at__lt=until)
        if "publish_at" in self.get_page_ordering():
            found = found.filter(publish_at__isnull=False)
        return self._of_publications(found)

    def _of_publications(self, found: QuerySet[Post]) -> QuerySet[Post]:
        rows = Publication.objects.filter(client_id=OuterRef("client_id"), post=OuterRef("pk"))
        states, channels = self.choices("state", State.values), self.channel_ids()
        if states:
            rows = rows.filter(state__in=states)
        if channels:
            rows = rows.filter(channel_id__in=channels)
        return found.filter(Exists(rows)) if states or channels else found

    @extend_schema(
        parameters=[
            CLIENTS,
            CHANNEL,
            one("state", State.values, "On one channel at least.", many=True),
            one("kind", PostKind.values, many=True),
            OpenApiParameter("campaign", str, many=True, description="Only of campaigns of this slug."),
            OpenApiParameter("evergreen", bool, description="Only those of the evergreen pool, or only the others."),
            OpenApiParameter("publish_from", str, description="Planned at this instant or later."),
            OpenApiParameter("publish_to", str, description="Planned before this instant."),
            one("ordering", ORDERINGS, "By default -id. By publish_at: only those with a time."),
        ]
    )
    def get(self, request):
        return super().get(request)

    @extend_schema(
        request=shapes.NewPost,
        responses={201: shapes.PostShape},
        examples=[
            OpenApiExample(
                "a tip on two channels",
                {
                    "client": "bakery", "kind": "tip", "text": "Brot bleibt im Leinenbeutel länger frisch.",
                    "channels": ["facebook", "mastodon"], "variants": {"mastodon": "Brot? Leinenbeutel!"},
                    "publish_at": "2026-12-01T08:00:00Z",
                },
                request_only=True,
            )
        ],
    )  # fmt: skip
    def post(self, request):
        given = dict(self.body(shapes.NewPost))
        client = access.client(self.principal, given.pop("client"))
        values, notices = self.read(client, given)
        post = posts.add_post(client=client, actor=self.principal.user, **values)
        return Response(self.afterwards(post.id, notices=notices), status=201)


class OnePost(PostView, View):
    rights = RIGHTS

    def get(self, request, id: int):
        return Response(self.afterwards(self.row(id).id))

    @extend_schema(request=shapes.PostPatch)
    def patch(self, request, id: int):
        post, given = self.row(id), dict(self.body(shapes.PostPatch, partial=True))
        version = given.pop("version", None)
        values, notices = self.read(post.client, given)
        posts.change_post(post=post, actor=self.principal.user, version=version, **values)
        return Response(self.afterwards(id, notices=notices))


class Action(PostView, View):
    """One decision about all of a post that allows it; answers with the post as it is afterwards."""

    rights = {"POST": "campaigns:write"}
    shape = PostReason
    action = ""

    @extend_schema(request=PostReason)
    def post(self, request, id: int):
        take(self.principal, self.row(id), self.action, **self.body(self.shape))
        return Response(self.afterwards(id))


def take(principal: Principal, post: Post, action: str, *, publish_at=None, version=None, **words) -> None:
    """One action of the principal on a post. Raises Forbidden, Refused, Conflict."""
    if (right := shapes.RIGHT_FOR[action]) not in principal.rights:
        raise Forbidden(right)
    user = principal.user
    if publish_at is not None:
        posts.change_post(post=post, actor=user, publish_at=publish_at)
    if action in VERDICTS:
        posts.judge(post, VERDICTS[action], actor=user, for_client=principal.of_client, version=version, **words)
    else:
        posts.act(post, action, actor=user, version=version, reason=words.get("reason", ""))
    if action in ("schedule", "approve", "release", "submit"):
        nudge(tasks.publish_posts)


class Submit(Action):
    """Ask for approval; where nobody has to be asked, it is approved."""

    action = "submit"


class Schedule(Action):
    """Into its slot, once everybody who has to has approved; also again after a failure or a missed slot."""

    action, shape = "schedule", Planned

    @extend_schema(request=Planned)
    def post(self, request, id: int):
        return super().post(request, id)


class Cancel(Action):
    """Not at all, wherever it is not out yet."""

    action = "cancel"


class Hold(Action):
    """Stopped on all channels until it is released; the client may do this too."""

    rights = {"POST": "holds:write"}
    action = "hold"


class Release(Action):
    """Goes on from where it was held, as far as its approvals carry it."""

    rights = {"POST": "holds:write"}
    action = "release"


class Approve(Action):
    """Approve exactly this version, at the stage that waits. In the client's place with a reason only."""

    rights = {"POST": "approvals:write"}
    action, shape = "approve", Judged

    @extend_schema(request=Judged)
    def post(self, request, id: int):
        return super().post(request, id)


class Change(Approve):
    """Back to its author, who reads in `comment` what should be different."""

    action = "change"


class Reject(Approve):
    """No, for the reason in `comment`."""

    action = "reject"


class Settle(PostView, View):
    """What a person saw on the network: done by hand, or whether a post of unknown outcome is there."""

    rights = {"POST": "campaigns:write"}

    @extend_schema(request=Settled)
    def post(self, request, id: int):
        given = dict(self.body(Settled))
        posts.settle(self.row(id), given.pop("channel"), actor=self.principal.user, **given)
        return Response(self.afterwards(id))


class Bulk(PostView, View):
    """Many actions, each on its own: the refusal of one leaves the others."""

    rights = {"POST": "campaigns:write"}

    @extend_schema(request=Many, responses=inline_serializer("ManyPosts", {"results": ManyResult(many=True)}))
    def post(self, request):
        return Response({"results": [self._one(**item) for item in self.body(Many)["items"]]})

    def _one(self, post: int, action: str, **words) -> dict:
        try:
            with transaction.atomic():
                take(self.principal, self.row(post), action, **words)
        except tuple(CODES) as error:
            code = CODES[type(error)] or error.code
            return {"post": post, "status": "error", "code": code, "detail": str(error)}
        return {"post": post, "status": "done", "code": "", "detail": ""}
