"""The cards of the editorial calendar, written by Python: a month has too many of them for a template."""

from collections.abc import Iterable

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

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
NOTHING = mark_safe("")


@register.simple_tag
def cards(shown: Iterable[dict], move: str, back: str) -> SafeString:
    """Posts as `plan_days.card` tells them; `move` is the word for moving one, `back` the address to return to."""
    return mark_safe("".join(_card(one, move, back) for one in shown))


def _card(one: dict, move: str, back: str) -> SafeString:
    moves = mover = NOTHING
    if one["moves"]:
        moves = format_html(MOVES, one["version"], one["time"], one["day"], one["client"], one["url"])
        mover = format_html(MOVER, one["url"], back, move, one["time"], one["short"], move)
    return format_html(
        CARD,
        " moves" if one["moves"] else "",
        moves,
        one["url"],
        one["time"],
        one["kind"],
        format_html('<span class="who">{}</span>', one["who"]) if one["who"] else NOTHING,
        one["words"],
        format_html_join("", STATE, map(_state, one["states"])),
        mover,
    )


def _state(state: dict) -> tuple:
    word, number = state["word"], NOTHING
    if state["number"] > 1:
        number = format_html(' <span class="number" aria-hidden="true">×{}</span>', state["number"])
    return word.tone, state["channels"], word.icon, word.label, number, state["channels"]
