"""The rows of the inbox, written by Python: a page has thirty, with twenty things in each."""

from collections.abc import Iterable

from django import template
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from ..markup import NOTHING, fill, joined
from ..views.inbox.lists import Row
from .show import deadline

register = template.Library()

ROW = """<li class="item{}">{}
<a id="c{}" href="{}{}">
<span class="top"><strong>{}</strong>{}{}{}{}</span>
<span class="what">{}{}</span>
<span class="why"><span class="from">{} · {}</span>{}{}</span>
</a></li>
"""
TICK = '<input type="checkbox" id="k{0}" name="conversation" value="{0}" aria-label="{1}">'
VIP = mark_safe('<span class="badge warn">VIP</span>')
URGENT = '<span class="badge {}"><svg aria-hidden="true"><use href="#i-alert"/></svg>{}</span>'
MOOD = '<span class="badge mood {}">{}</span>'
STARS = '<span class="stars" role="img" aria-label="{}">{}</span> '
WHO = '<span class="who"><svg aria-hidden="true"><use href="#i-person"/></svg>{}</span>'


@register.simple_tag
def conversations(rows: Iterable[Row], query: str, ticked: bool) -> SafeString:
    """`query` is the end of the address of each, `ticked` whether they can be chosen."""
    return joined(_row(row, query, ticked) for row in rows)


def _row(row: Row, query: str, ticked: bool) -> SafeString:
    one, bad = row.conversation, row.conversation.sentiment == "negative"
    name = one.author_name or "–"
    choose = fill(TICK, one.id, _("Choose %(name)s") % {"name": one.author_name}) if ticked else NOTHING
    urgent = mood = stars = NOTHING
    if one.urgency != "normal":
        urgent = fill(URGENT, "bad" if one.urgency == "critical" else "warn", row.urgency)
    if one.sentiment != "neutral":
        mood = fill(MOOD, "bad" if bad else "good", row.sentiment)
    if row.stars:
        stars = fill(STARS, _("%(stars)s of 5 stars") % {"stars": one.stars}, row.stars)
    return fill(
        ROW,
        " bad" if bad else "",
        choose,
        one.id,
        reverse("conversation", args=[row.client.slug, one.id]),
        query,
        name,
        VIP if one.vip else NOTHING,
        urgent,
        mood,
        _deadline(row),
        stars,
        row.preview or "…",
        row.client.name,
        row.channel,
        fill('<span class="reason">{}</span>', row.why) if row.why else NOTHING,
        fill(WHO, row.assignee) if row.assignee else NOTHING,
    )


def _deadline(row: Row) -> SafeString:
    told = row.promise
    if row.conversation.status == "open" or told.due:
        return deadline(told.due, row.zone, told.warn, why=told.why, until=told.until)
    if told.why:
        return deadline(None, row.zone, why=told.why)
    return fill('<span class="deadline">{}</span>', row.status)
