"""The pages of the portal that only show: the start, the calendar, the results, what is stored."""

from collections import defaultdict
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.http import HttpResponse
from django.utils import formats
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from agency import rights
from agency.templatetags.charts import Chart, Series
from agency.views import periods
from campaigns import cards, overview
from campaigns.strategy import signing
from clients import access, calendars
from clients.refusal import Refused
from feedback import overview as answering

from . import feed, sentences
from .frame import Visit, portal

NEXT_DAYS, NEXT, MONTHS = 28, 4, 12
WEEK = timedelta(days=7)
DAY = timedelta(days=1)


@require_safe
@portal
def home(visit: Visit) -> HttpResponse:
    """What waits for the owner, how the month goes, what comes next."""
    low, high = sentences.month_to_tell(visit.today)
    done = overview.posts(visit.ids, low, high, "reach")
    said = answering.answers(visit.ids, low, high, visit.now)["now"]["total"][None]
    return visit.shown(
        "home",
        reach=sentences.reach(done["now"]["total"][None], done["before"]["total"][None], low, high),
        answers=sentences.answers(said),
        coming=cards.coming(visit.ids, visit.now, NEXT_DAYS, NEXT),
        unsigned=signing.offered(visit.ids),
    )


@require_safe
@portal
def calendar(visit: Visit) -> HttpResponse:
    """A month of posts, to look at. An unreadable month is this one."""
    first = _month(visit)
    zone = ZoneInfo(visit.zone)
    start, end = first - first.weekday() * DAY, periods.following(first)
    end += (-end.weekday() % 7) * DAY
    low, high = (datetime.combine(day, time(), zone) for day in (start, end))
    posts = defaultdict(list)
    for card in cards.planned(visit.ids, low, high):
        posts[card["at"].date()].append(card)
    names = _holidays(visit, start, end)
    days = [
        {"day": day, "posts": posts[day], "holiday": names.get(day, ""), "inside": day.month == first.month}
        for day in (start + number * DAY for number in range((end - start).days))
    ]
    return visit.shown(
        "calendar",
        first=first,
        weeks=[days[place : place + 7] for place in range(0, len(days), 7)],
        listed=[one for one in days if one["inside"] and (one["posts"] or one["holiday"])],
        before=f"{first - DAY:%Y-%m}",
        after=f"{periods.following(first):%Y-%m}",
        feed=feed.address(visit.principal.user),
    )


@require_safe
@portal
def results(visit: Visit) -> HttpResponse:
    """A month in sentences and three charts."""
    low, high = sentences.month_to_tell(visit.today)
    if visit.request.GET.get("month"):
        low = _month(visit)
        high = periods.read(f"{low:%Y-%m}", "", "", visit.today).high
    done, days = overview.posts(visit.ids, low, high, "reach"), overview.days(visit.ids, low, high)
    said = answering.answers(visit.ids, low, high, visit.now)["now"]
    now, before = done["now"]["total"][None], done["before"]["total"][None]
    return visit.shown(
        "results",
        low=low,
        high=high,
        told=[one for one in (
            sentences.reach(now, before, low, high), sentences.reactions(now), sentences.answers(said["total"][None]),
        ) if one],
        charts=_charts(low, high, days, said["day"]),
        months=[(f"{one:%Y-%m}", formats.date_format(one, "F Y")) for one in periods.months(visit.today, MONTHS)],
    )  # fmt: skip


@require_safe
@portal
def data(visit: Visit) -> HttpResponse:
    """Whom to ask, and what is stored, in words."""
    contacts = access.people(visit.clients[0], rights.ANSWERING) if visit.clients else ()
    return visit.shown("data", contacts=contacts)


def _month(visit: Visit) -> date:
    try:
        return periods.month(visit.request.GET.get("month", ""), visit.today)
    except Refused:
        return visit.today.replace(day=1)


def _holidays(visit: Visit, start: date, end: date) -> dict[date, str]:
    if not visit.clients:
        return {}
    document, language = visit.clients[0].calendar.document, get_language() or ""
    return {day: name for day, name, _closed in calendars.days(document, start, end, language) if name}


def _charts(low: date, high: date, found: dict, said: dict) -> list[Chart]:
    days = [low + number * DAY for number in range((high - low).days + 1)]
    back = high - low + DAY

    def of(day: date, *names: str) -> int:
        return sum(found[day][name] or 0 for name in names) if day in found else 0

    return [
        Chart(
            "reach", _("How often your posts were seen"), days,
            [
                Series(_("This month"), [of(day, "reach") for day in days], "area"),
                Series(_("As many days before"), [of(day - back, "reach") for day in days], "before"),
            ],
        ),
        Chart(
            "engaged", _("Likes, comments and shares"), days,
            [Series(_("Per day"), [of(day, "reactions", "comments", "shares") for day in days], "bars")],
        ),
        Chart(
            "received", _("Messages from customers"), days,
            [Series(_("Per day"), [said[day]["received"] if day in said else 0 for day in days], "bars")],
        ),
    ]  # fmt: skip
