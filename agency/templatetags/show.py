"""How pages tell times, numbers and deadlines."""

from collections.abc import Collection, Iterable
from datetime import UTC, date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from django import template
from django.templatetags.tz import do_timezone
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from ..markup import NOTHING, fill, joined
from ..views.words import short, span

register = template.Library()


@register.filter
def local(moment: datetime | None, zone: str) -> datetime | None:
    """The instant in a client's zone, where `date` leaves it: a plain one would be shown in UTC again."""
    return moment and do_timezone(moment, ZoneInfo(zone))


OPTION = '<option value="{}"{}>{}</option>'
BOX = '<li><label><input type="checkbox" name="{}" value="{}"{}> {}</label></li>'
RUNNING = (
    '<time class="deadline {}" datetime="{}" data-tick title="{}">'
    '<svg aria-hidden="true"><use href="#i-clock"/></svg> <span>{}</span></time>'
)
PAUSED = '<span class="deadline paused"{}><svg aria-hidden="true"><use href="#i-pause"/></svg> <span>{}</span></span>'
PAUSES = {
    "closed": lambda: _("closed"),
    "customer": lambda: _("waits for the customer"),
    "client": lambda: _("waits for the client"),
    "": lambda: _("paused"),
}
# By name, in German and in English.
DAYS = {
    "number": ("j.", "j"),
    "brief": ("j.n.", "j M"),
    "month_day": ("j. F", "j F"),
    "long": ("j. F Y", "j F Y"),
    "weekday_brief": ("D j.n.", "D j M"),
    "weekday_long": ("l, j. F Y", "l, j F Y"),
    "weekday_month": ("l, j. F", "l, j F"),
    "weekday_time": ("D d.m.Y, H:i", "D j M Y, H:i"),
    "weekday_short_time": ("D, j.n. H:i", "D j M, H:i"),
}


@register.filter(expects_localtime=True)
def day(moment: date | None, form: str) -> str:
    """A day in one of the forms of DAYS, which `date` has no names for."""
    german, english = DAYS[form]
    return formats.date_format(moment, german if get_language() == "de" else english) if moment else ""


@register.filter
def number(value: float | None, places: int = 0) -> str:
    """1.234,5 in German; a dash where there is none."""
    if value is None:
        return "–"
    return f"{round(value, places):,.{places}f}".translate(_signs(get_language()))


@lru_cache
def _signs(language: str) -> dict[int, str]:
    """Asked for a thousand times by a page of figures."""
    names = {",": "THOUSAND_SEPARATOR", ".": "DECIMAL_SEPARATOR"}
    return str.maketrans({sign: formats.get_format(name, language) for sign, name in names.items()})


@register.filter
def percent(value: float | None, places: int = 1) -> str:
    """A share of 0 to 1 as a percentage."""
    return "–" if value is None else f"{number(value * 100, places)}\u00a0%"


@register.filter
def lasting(seconds: float | None) -> str:
    return "–" if seconds is None else span(seconds)


@register.simple_tag
def options(rows: Iterable, chosen: str = "") -> str:
    """The options of a select, one per row with a slug and a name: hundreds of clients are many for a template."""
    return joined(fill(OPTION, row.slug, " selected" * (row.slug == chosen), row.name) for row in rows)


@register.simple_tag
def boxes(rows: Iterable, name: str, ticked: Collection[str]) -> str:
    """The same as a list of boxes to tick; `ticked` are slugs."""
    return joined(fill(BOX, name, row.slug, " checked" * (row.slug in ticked), row.name) for row in rows)


@register.simple_tag
def deadline(
    due: datetime | None,
    zone: str,
    warn: datetime | None = None,
    paused: bool = False,
    why: str = "",
    until: datetime | None = None,
) -> SafeString:
    """What was promised until when, in words; the browser lets it tick.

    `why` it stands still: closed (until then), customer or client; `paused` without saying why.
    Written by Python: a page has dozens of them.
    """
    shown = due and formats.date_format(due.astimezone(ZoneInfo(zone)), "SHORT_DATETIME_FORMAT")
    if why or paused:
        title = fill(' title="{} {}"', _("due"), shown) if due else NOTHING
        return fill(PAUSED, title, _pause(why, until, zone))
    if due is None:
        return mark_safe('<span class="quiet">–</span>')
    now = timezone.now()
    seconds = (due - now).total_seconds()
    if seconds < 0:
        state, words = "late", _("%(span)s overdue") % {"span": span(-seconds)}
    else:
        state = "near" if warn is not None and warn < now else "fine"
        words = _("%(span)s left") % {"span": span(seconds)}
    return fill(RUNNING, state, due.astimezone(UTC).isoformat(), shown, words)


def _pause(why: str, until: datetime | None, zone: str) -> str:
    if why == "closed" and until:
        then = until.astimezone(ZoneInfo(zone))
        return _("paused until %(day)s %(time)s") % {"day": formats.date_format(then, "D"), "time": f"{then:%H:%M}"}
    return PAUSES.get(why, PAUSES[""])()


@register.filter
def money(cents: int | None) -> str:
    """1.234,50 € in German; a dash where it is not known."""
    return "–" if cents is None else f"{number(cents / 100, 2)}\u00a0€"


@register.filter
def hours(minutes: int | None) -> str:
    """Minutes as hours: 1:30."""
    return "–" if minutes is None else f"{minutes // 60}:{minutes % 60:02}"


@register.filter
def clocked(seconds: int | None) -> str:
    """Seconds as hours and minutes: 1:30."""
    return "–" if seconds is None else hours(seconds // 60)


@register.inclusion_tag("parts/daybars.html")
def daybars(chart) -> dict:
    """A bar for each day of a report's chart."""
    width, height = 640, 110
    step, top = width / max(1, len(chart.values)), max(1, *chart.values)
    bars = []
    for place, value in enumerate(chart.values):
        high = round(value / top * (height - 4), 1)
        told = f"{isoday(chart.days[place])}: {number(value)}"
        bars.append((round(place * step + 1, 1), round(height - high, 1), high, told))
    return {"chart": chart, "bars": bars, "wide": round(step - 2, 1), "width": width, "height": height}


@register.filter
def pairs(first, second):
    """Two lists side by side."""
    return list(zip(first, second, strict=True))


@register.simple_tag
def figure(one, report, opens: bool) -> str:
    """A text, figure or sentence of a report; where it `opens`, each figure leads to the rows it is made of."""
    if hasattr(one, "parts"):
        return format_html_join("", "{}", ((figure(part, report, opens),) for part in one.parts))
    if not (opens and getattr(one, "opens", "")):
        return conditional_escape(one)
    to = reverse("report-rows", args=[report.client.slug, report.id, one.opens])
    return format_html('<a class="opens" href="{}">{}</a>', f"{to}?{one.query}" if one.query else to, one)


@register.filter
def told_as(value: float | None, unit: str) -> str:
    """A figure in its unit: number, decimal, percent, length (of hours) or money."""
    if unit == "length":
        return "–" if value is None else short(value)
    return {"percent": percent, "money": money, "decimal": lambda one: number(one, 1)}.get(unit, number)(value)


@register.filter
def isoday(text: str) -> str:
    """2026-10-01 as people write it."""
    return formats.date_format(date.fromisoformat(text), "SHORT_DATE_FORMAT")


@register.filter
def nth(rows, place: int):
    """What stands at this place, None beyond the end."""
    return rows[place] if place < len(rows) else None


@register.filter
def plain(value: float) -> str:
    """A number as programs read it."""
    return str(round(value, 3))
