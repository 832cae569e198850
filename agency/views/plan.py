"""The editorial plan: a month, a week, a list, or two weeks of many clients; posts are moved from day to day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.db.models import Exists, OuterRef, Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from agency import shared
from agency.doors import office_page
from campaigns import editorial, posts
from campaigns.models import Post, Publication
from campaigns.vocabulary import PostKind, State
from clients import access, audit
from clients.refusal import Conflict, Refused

from . import plan_days, posting
from .lists import sheet
from .post_form import MoveForm

VIEWS = {
    "month": gettext_lazy("Month"),
    "week": gettext_lazy("Week"),
    "timeline": gettext_lazy("Timeline"),
    "list": gettext_lazy("List"),
}
DAY, WEEK = timedelta(days=1), timedelta(days=7)
AT_ONCE, CARDS = 20, 3


@dataclass(frozen=True)
class Asked:
    """What the address asks for; what can't be read counts as not said.

    `client` is the only one that is shown, else those are that follow the slug `after`. `zone` is the client's or the
    agency's, `said` what further addresses repeat.
    """

    view: str
    served: tuple[access.Served, ...]
    client: access.Served | None
    after: str
    zone: str
    today: date
    day: date
    writes: bool
    said: tuple[tuple[str, str], ...]

    @property
    def page(self) -> tuple[Sequence[access.Served], str | None]:
        """The clients that are shown at once, and the slug after which the next ones begin."""
        if self.client:
            return [self.client], None
        slugs = [client.slug for client in self.served]
        start = slugs.index(self.after) + 1 if self.after in slugs else 0
        shown = self.served[start : start + AT_ONCE]
        return shown, shown[-1].slug if start + AT_ONCE < len(slugs) else None

    @property
    def low(self) -> date:
        """The first day that is shown: a Monday."""
        first = self.day.replace(day=1) if self.view == "month" else self.day
        return first - first.weekday() * DAY

    @property
    def high(self) -> date:
        """The last day that is shown: a Sunday."""
        if self.view in ("week", "timeline"):
            return self.low + (6 if self.view == "week" else 13) * DAY
        last = (self.day.replace(day=1) + 31 * DAY).replace(day=1) - DAY
        return last + (6 - last.weekday()) * DAY

    @property
    def week(self) -> int:
        return self.low.isocalendar().week

    @property
    def around(self) -> tuple[date, date]:
        """A day of the period before and of the one after."""
        if self.view == "month":
            first = self.day.replace(day=1)
            return (first - DAY).replace(day=1), (first + 31 * DAY).replace(day=1)
        step = 2 * WEEK if self.view == "timeline" else WEEK
        return self.day - step, self.day + step

    def address(self, **changes) -> str:
        values = {name: value for name, value in ({"view": self.view, **dict(self.said)} | changes).items() if value}
        return f"{reverse('plan')}?{urlencode(values)}"


def read(principal: access.Principal, given: Mapping[str, str]) -> Asked:
    """Raises access.NotFound for a client that isn't theirs."""
    served, slug = tuple(access.by_name(principal)), given.get("client")
    client = next((client for client in served if client.slug == slug), None)
    if slug and client is None:
        raise access.NotFound(f"There is no client '{slug}'.")
    zone = client.zone if client else principal.agency.calendar["zone"]
    today = timezone.now().astimezone(ZoneInfo(zone)).date()
    return Asked(
        view=given["view"] if given.get("view") in VIEWS else "month",
        served=served,
        client=client,
        after=given.get("after", ""),
        zone=zone,
        today=today,
        day=_day(given.get("day", ""), today),
        writes="campaigns:write" in principal.rights,
        said=tuple((name, given[name]) for name in ("client", "day", "after") if given.get(name)),
    )


def _day(text: str, today: date) -> date:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return today
    return found if 2000 <= found.year < 2100 else today


@require_safe
@office_page
def plan(request: HttpRequest, principal: access.Principal) -> HttpResponse:
    principal.need("campaigns:read")
    asked = read(principal, request.GET.dict())
    shown = _list(request, asked) if asked.view == "list" else _calendar(asked)
    return render(request, f"plan/{asked.view}.html", _common(asked) | shown)


@require_http_methods(["GET", "HEAD", "POST"])
@office_page
def move(request: HttpRequest, principal: access.Principal, client: str, id: int) -> HttpResponse:
    """To another day and time: what a card does that is dragged, and the form for those who don't drag."""
    principal.need("campaigns:write")
    post = posting.the_post(principal, client, id)
    form = MoveForm(request.POST if request.method == "POST" else None, post=post)
    answer = 200
    if request.method == "POST" and form.is_valid():
        try:
            return _moved(request, principal, post, form.cleaned_data)
        except (Refused, Conflict) as error:
            form.add_error(None, posting.sentence(error))
            answer = posting.status(error)
            post.refresh_from_db()
            form.renew(post)
    elif request.method == "POST":
        answer = 400
    told = {"post": post, "form": form, "back": posting.back(request, _of_post(post))}
    return render(request, "plan/move.html", told, status=answer)


def _moved(request: HttpRequest, principal: access.Principal, post: Post, given: dict) -> HttpResponse:
    local = datetime.combine(given["day"], given["time"])
    at, shifted = posts.instant(local, posts.zone_of(post.client))
    posts.change_post(post=post, actor=principal.user, version=given["version"], publish_at=at)
    messages.success(request, _("Moved to %(time)s.") % {"time": date_format(local, "SHORT_DATETIME_FORMAT")})
    if shifted:
        messages.warning(request, posting.moved(local))
    return redirect(posting.back(request, _of_post(post)))


def _of_post(post: Post) -> str:
    return reverse("plan-post", args=[post.client.slug, post.id])


def _common(asked: Asked) -> dict:
    before, after = asked.around
    return {
        "asked": asked,
        "client": asked.client,
        "views": [(name, label, asked.address(view=name), name == asked.view) for name, label in VIEWS.items()],
        "before": asked.address(day=before.isoformat()),
        "after": asked.address(day=after.isoformat()),
        "now": asked.address(day=""),
        "writes": asked.writes,
    }


def _calendar(asked: Asked) -> dict:
    """Of many clients drawn once, as `shared.drawn`, until something is written into their logs or a minute begins."""
    if not asked.served:
        return {"drawn": render_to_string("plan/nobody.html")}
    minute = shared.as_of(timezone.now(), asked.served, 1)
    same = audit.version([client.id for client in asked.served])
    return {"drawn": shared.drawn(_drawn, asked.served, asked, minute, while_same=same)}


def _drawn(_served: tuple[access.Served, ...], asked: Asked, now: datetime) -> SafeString:
    """Days or rows as HTML."""
    shown, further = asked.page
    by_slug = {client.slug: client for client in shown}
    plans = editorial.calendar(shown, asked.low, asked.high, now, get_language() or "")
    month = asked.view == "month"
    frame = plan_days.Frame(
        today=asked.today,
        month=asked.day.month if month else 0,
        most=0 if asked.client or not month else CARDS,
        movable=asked.writes,
        named=not asked.client and asked.view != "timeline",
    )
    told = {"asked": asked, "client": asked.client, "writes": asked.writes, "shown": shown}
    told |= {"back": quote(asked.address()), "gaps": plan_days.gaps(plans, by_slug)}
    if further:
        told["further"] = asked.address(after=further)
    if asked.view == "timeline":
        rows = plan_days.rows(plans, by_slug, asked.low, asked.high, frame)
        told |= {"rows": rows, "days": rows[0]["days"] if rows else []}
    else:
        days = plan_days.days(plans, by_slug, asked.low, asked.high, frame)
        told |= {"days": days, "weeks": plan_days.weeks(days), "posts": sum(len(d.cards) + d.more for d in days)}
    return render_to_string(f"plan/drawn/{asked.view}.html", told)


def _list(request: HttpRequest, asked: Asked) -> dict:
    undated = request.GET.get("undated") == "1"
    kind, state = request.GET.get("kind", ""), request.GET.get("state", "")
    kind, state = kind if kind in PostKind.values else "", state if state in State.values else ""
    found = _wanted(asked, undated, kind, state)
    rows, cursor = sheet(found, "-updated_at" if undated else "publish_at", request.GET.get("cursor"))
    zone = {client.id: client for client in asked.served}
    kept = {name: value for name, value in (("kind", kind), ("state", state), ("undated", "1" * undated)) if value}
    return {
        "rows": [_row(zone[post.client_id], post) for post in rows],
        "next": cursor and asked.address(cursor=cursor, **kept),
        "undated": undated,
        "kinds": posting.KINDS.items(),
        "states": [(name, word.label) for name, word in posting.STATES.items()],
        "kind": kind,
        "state": state,
    }


def _wanted(asked: Asked, undated: bool, kind: str, state: str) -> QuerySet[Post]:
    """Those without a time, or all from the beginning of the day asked for."""
    ids = [client.id for client in ([asked.client] if asked.client else asked.served)]
    found = Post.objects.filter(client_id__among=ids, publish_at__isnull=undated)
    if not undated:
        found = found.filter(publish_at__gte=datetime.combine(asked.day, datetime.min.time(), ZoneInfo(asked.zone)))
    if kind:
        found = found.filter(kind=kind)
    if state:
        of_post = Publication.objects.filter(client_id=OuterRef("client_id"), post=OuterRef("pk"), state=state)
        found = found.filter(Exists(of_post))
    there = Publication.objects.select_related("channel").order_by("id")
    return found.prefetch_related(Prefetch("publications", there))


def _row(client: access.Served, post: Post) -> dict:
    there = post.publications.all()
    return {
        "post": post,
        "client": client,
        "url": reverse("plan-post", args=[client.slug, post.id]),
        "kind": posting.KINDS[PostKind(post.kind)],
        "words": post.title or post.text[:120],
        "states": plan_days.states(
            {row.channel.slug: row.state for row in there}, {row.channel.slug: row.channel.name for row in there}
        ),
    }
