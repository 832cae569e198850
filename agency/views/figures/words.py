"""What the things that are counted are called."""

from django.utils.translation import gettext_lazy as _

from clients import networks

CLOCKS = {"first": _("First answer"), "next": _("Next answer"), "resolution": _("Solution")}
SENTIMENTS = {
    "positive": _("positive"), "neutral": _("neutral"), "negative": _("negative"),
}  # fmt: skip
KINDS = {
    "tip": _("Tip"), "job": _("Job"), "event": _("Event"), "product": _("Product"),
    "behind_the_scenes": _("Behind the scenes"), "reaction": _("Reaction"),
}  # fmt: skip
COUNTERS = {
    "reach": _("Reach"), "impressions": _("Impressions"), "views": _("Views"), "reactions": _("Reactions"),
    "comments": _("Comments"), "shares": _("Shares"), "clicks": _("Clicks"),
}  # fmt: skip
RATES = {
    "reach": _("of reach"), "impressions": _("of impressions"), "views": _("of views"),
    "followers": _("of followers"),
}  # fmt: skip
WEEKDAYS = {
    "mon": _("Mon"), "tue": _("Tue"), "wed": _("Wed"), "thu": _("Thu"), "fri": _("Fri"), "sat": _("Sat"),
    "sun": _("Sun"),
}  # fmt: skip
LONG_WEEKDAYS = {
    "mon": _("Monday"), "tue": _("Tuesday"), "wed": _("Wednesday"), "thu": _("Thursday"), "fri": _("Friday"),
    "sat": _("Saturday"), "sun": _("Sunday"),
}  # fmt: skip


def channel(name: str, one_client: bool) -> str:
    """The name of a channel, or of a network where channels of several clients are told together."""
    if one_client:
        return name
    try:
        return networks.get(name).name
    except networks.UnknownNetwork:
        return name
