"""How lengths of time are told to people."""

from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

HOUR, DAY = 3_600, 86_400


def span(seconds: float) -> str:
    """A length of time in the one unit that tells most: 42 minutes, 3 hours, 2 days."""
    if seconds < 60:
        return ngettext("%d second", "%d seconds", int(seconds)) % int(seconds)
    if seconds < HOUR:
        return ngettext("%d minute", "%d minutes", int(seconds // 60)) % (seconds // 60)
    if seconds < 2 * DAY:
        return ngettext("%d hour", "%d hours", int(seconds // HOUR)) % (seconds // HOUR)
    return ngettext("%d day", "%d days", int(seconds // DAY)) % (seconds // DAY)


def short(seconds: float) -> str:
    """The same with its second unit, for figures that are compared: 1 h 56 min."""
    if seconds < 60:
        return _("%(n)s s") % {"n": int(seconds)}
    if seconds < HOUR:
        return _("%(n)s min") % {"n": int(seconds // 60)}
    if seconds < 2 * DAY:
        hours, minutes = divmod(int(seconds) // 60, 60)
        told = {"hours": hours, "minutes": minutes}
        return (_("%(hours)s h %(minutes)s min") if minutes else _("%(hours)s h")) % told
    return _("%(n)s days") % {"n": formats.number_format(round(seconds / DAY, 1), use_l10n=True)}
