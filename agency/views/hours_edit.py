"""Opening hours as fields that two people may have changed: each day of the week, holidays, exceptions."""

from collections.abc import Callable
from datetime import date

from django.http import HttpRequest, QueryDict
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clients import calendars
from clients.hours.document import WEEKDAYS
from clients.models import Calendar, Client

from . import edits, labels

HOLIDAYS = ("country", "subdivision", "categories")
LABELS = {
    **labels.WEEKDAYS,
    "zone": gettext_lazy("Time zone"),
    "closed": gettext_lazy("Closed days"),
    "open": gettext_lazy("Extra open days"),
    "holidays": gettext_lazy("Holidays"),
}


def begin(request: HttpRequest, client: Client, read: Callable[[QueryDict], dict]) -> edits.Edit:
    return edits.begin(
        request, ("clients", client.slug), LABELS, lambda: _fields(Calendar.objects.get(client=client).document),
        lambda given: _fields(read(given)),
        words=dict.fromkeys(WEEKDAYS, _day) | {"closed": _closed, "open": _open, "holidays": _holidays},
        of=(client, "client", client.id),
    )  # fmt: skip


def document(fields: dict) -> dict:
    """The calendar's document of these fields."""
    week = {day: fields[day] for day in WEEKDAYS}
    whole = {"week": week, "zone": fields["zone"], "closed": fields["closed"], "open": fields["open"]}
    return whole | fields["holidays"]


def _fields(document: dict) -> dict:
    holidays = {name: document[name] for name in HOLIDAYS} | {"categories": sorted(document["categories"])}
    week = {day: document["week"].get(day, []) for day in WEEKDAYS}
    rest = {"zone": document["zone"], "open": document["open"], "holidays": holidays}
    return week | rest | {"closed": sorted(document["closed"])}


def _day(pairs: list) -> str:
    return ", ".join("–".join(pair) for pair in pairs) or _("closed")


def _closed(days: list[str]) -> str:
    return ", ".join(map(_date, days))


def _open(days: dict[str, list]) -> str:
    return "\n".join(f"{_date(day)}: {_day(pairs)}" for day, pairs in sorted(days.items()))


def _holidays(given: dict) -> str:
    country = given["country"]
    if not country:
        return _("No holidays")
    parts, _kinds = calendars.regions(country)
    where = [str(labels.COUNTRIES.get(country, country)), parts.get(given["subdivision"], given["subdivision"] or "")]
    kinds = [str(labels.CATEGORIES.get(kind, kind)) for kind in given["categories"]]
    return f"{', '.join(filter(None, where))} ({', '.join(kinds)})"


def _date(text: str) -> str:
    """What is no date stays as it was typed."""
    try:
        return date_format(date.fromisoformat(text), "SHORT_DATE_FORMAT")
    except ValueError:
        return text
