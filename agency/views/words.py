"""How lengths of time are told to people."""

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
