"""The days and cards of the editorial calendar, written by Python: a month has too many of them for a template."""

from collections.abc import Iterable

from django import template
from django.template import Context
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ..markup import NOTHING, fill, joined
from ..views.plan_days import Day
from . import show

register = template.Library()

CARD = """<article class="post{}"{}>
<a href="{}"><span class="when"><time>{}</time> <span>{}</span></span>{}<span class="words">{}</span></a>
<span class="foot">{}{}</span>
</article>
"""
MOVES = ' draggable="true" data-version="{}" data-time="{}" data-day="{}" data-client="{}" data-move="{}move/"'
MOVER = (
    '<a class="mover" href="{}move/?back={}" aria-label="{} {} {}" title="{}">'
    '<svg aria-hidden="true"><use href="#i-move"/></svg></a>'
)
STATE = (
    '<span class="state {}" title="{}"><svg aria-hidden="true"><use href="#i-{}"/></svg>{}{}'
    '<span class="hidden">: {}</span></span>'
)
DAY = """<div role="cell" class="day{}" data-drop="{}">
<div class="date"><span class="name">{} </span><time datetime="{}">{}{}</time>{}{}</div>
{}{}{}
</div>
"""
HOLIDAY = '<span class="holiday" title="{}">{}</span>'
FREE = '<a class="free" href="{}" data-drop="{}" data-at="{}" data-of="{}">{}</a>'


@register.simple_tag
def cards(shown: Iterable[dict], move: str, back: str) -> SafeString:
    """Posts as `plan_days.card` tells them; `move` is the word for moving one, `back` the address to return to."""
    return joined(_card(one, move, back) for one in shown)


@register.simple_tag(takes_context=True)
def cell(context: Context, day: Day, move: str, back: str) -> SafeString:
    """One day of a month or a week; `move` and `back` as for `cards`."""
    client, named = context["client"], context["asked"].view == "week"
    more = NOTHING
    if day.more:
        words = ngettext("%(n)s more", "%(n)s more", day.more) % {"n": day.more}
        more = fill('<a class="more" href="{}?view=week&amp;day={}">{}</a>', reverse("plan"), day.iso, words)
    return fill(
        DAY,
        _classes(day),
        day.iso,
        date_format(day.date, "D"),
        day.iso,
        show.day(day.date, "number"),
        f" {date_format(day.date, 'M')}" if day.date.day == 1 else "",
        fill(' <span class="hidden">{}</span>', _("Today")) if day.today else NOTHING,
        _marked(day, None if client else len(context["shown"])),
        cards(day.cards, move, back),
        more,
        _free(day, context["writes"], not client) if client or named else _number_free(day),
    )


def _classes(day: Day) -> str:
    """Each with a blank before it."""
    bare = not (day.cards or day.free or day.holidays)
    marks = {
        "today": day.today, "over": day.over, "aside": day.aside, "shut": day.closed,
        "weekend": day.weekend and not day.closed, "bare": bare,
    }  # fmt: skip
    return "".join(f" {name}" for name, on in marks.items() if on)


def _marked(day: Day, clients: int | None) -> SafeString:
    """The holidays, of several `clients` with how many keep them; else that all are closed."""
    if not day.holidays:
        return fill('<span class="closed">{}</span>', _("closed")) if day.closed else NOTHING
    if clients is None:
        return joined(fill(HOLIDAY, name, name) for name, _who in day.holidays)
    told = (
        (f"{name}: {', '.join(who)}", f"{name} ({len(who)})" if len(who) < clients else name)
        for name, who in day.holidays
    )
    return joined(fill(HOLIDAY, *one) for one in told)


def _free(day: Day, writes: bool, named: bool) -> SafeString:
    """The openings that nobody filled, to be filled by those who may."""
    made = []
    for one in day.free:
        words = f"{one['time']} {_('free')}{' · ' + one['client'].name if named else ''}"
        if writes:
            made.append(fill(FREE, one["url"], day.iso, one["time"], one["client"].slug, words))
        else:
            made.append(fill('<span class="free">{}</span>', words))
    return joined(made)


def _number_free(day: Day) -> SafeString:
    if not day.free:
        return NOTHING
    words = ngettext("%(n)s free slot", "%(n)s free slots", len(day.free)) % {"n": len(day.free)}
    return fill('<span class="free">{}</span>', words)


def _card(one: dict, move: str, back: str) -> SafeString:
    moves = mover = NOTHING
    if one["moves"]:
        moves = fill(MOVES, one["version"], one["time"], one["day"], one["client"], one["url"])
        mover = fill(MOVER, one["url"], back, move, one["time"], one["short"], move)
    return fill(
        CARD,
        " moves" if one["moves"] else "",
        moves,
        one["url"],
        one["time"],
        one["kind"],
        fill('<span class="who">{}</span>', one["who"]) if one["who"] else NOTHING,
        one["words"],
        joined(fill(STATE, *_state(state)) for state in one["states"]),
        mover,
    )


def _state(state: dict) -> tuple:
    word, number = state["word"], NOTHING
    if state["number"] > 1:
        number = fill(' <span class="number" aria-hidden="true">×{}</span>', state["number"])
    return word.tone, state["channels"], word.icon, word.label, number, state["channels"]
