"""The figures of a month in plain sentences, as an owner reads them."""

from datetime import date, timedelta

from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from agency.templatetags.show import number, percent
from agency.views.words import short

DAY = timedelta(days=1)
EARLY = 7  # until this day of a month the last one is told
STEADY = 0.03  # less is no change worth telling


def month_to_tell(today: date) -> tuple[date, date]:
    """This month until today; in its first days the one before."""
    first = today.replace(day=1)
    return (first, today) if today.day > EARLY else ((first - DAY).replace(day=1), first - DAY)


def reach(now: dict, before: dict, low: date, high: date) -> str:
    """How often the posts were seen, against as many days before."""
    said = {"month": formats.date_format(low, "F"), "reach": number(now["reach"])}
    if not now["reach"]:
        return _("There are no figures about your posts in %(month)s yet.") % said
    if not before["reach"]:
        return _("In %(month)s your posts were seen %(reach)s times.") % said
    moved = now["reach"] / before["reach"] - 1
    said |= {"share": percent(abs(moved), 0), "days": (high - low).days + 1}
    if abs(moved) < STEADY:
        told = _("In %(month)s your posts were seen %(reach)s times, as often as in the %(days)s days before.")
    elif moved > 0:
        told = _("In %(month)s your posts were seen %(reach)s times, %(share)s more than in the %(days)s days before.")
    else:
        told = _("In %(month)s your posts were seen %(reach)s times, %(share)s less than in the %(days)s days before.")
    return told % said


def reactions(now: dict) -> str:
    """How many people did something about it."""
    done = {name: now[name] or 0 for name in ("reactions", "comments", "shares")}
    if not any(done.values()):
        return ""
    told = _("People liked them %(reactions)s times, wrote %(comments)s comments and passed them on %(shares)s times.")
    return told % {name: number(value) for name, value in done.items()}


def answers(now: dict) -> str:
    """How many messages came in, and how fast they were answered."""
    if not now["received"]:
        return _("No messages came in.")
    came = ngettext("%(n)s message came in.", "%(n)s messages came in.", now["received"])
    came %= {"n": number(now["received"])}
    if now["first"]["median"] is None:
        return came
    if now["first"]["median"] < 60:
        told = _("Half of the first answers took less than a minute of your opening hours.")
        return f"{came} {told}"
    fast = _("Half of the first answers took at most %(median)s of your opening hours.") % {
        "median": short(now["first"]["median"])
    }
    return f"{came} {fast}"
