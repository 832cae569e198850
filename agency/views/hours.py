"""When a client is open: an editor of its week, its holidays and its exceptions, with what they mean for a promise."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import zip_longest
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from clients import access, calendars, directory, preview
from clients.hours import HorizonError, Invalid
from clients.hours.document import WEEKDAYS, zones
from clients.models import Client
from clients.refusal import Refused
from feedback import clocks

from . import hours_edit, labels
from .attempts import Trouble, refused
from .client import CHANGES, file, show

TIME = re.compile(r"(\d\d?)(?::?(\d\d))?")
EXAMPLE = {"ask_day": "fri", "ask_time": "16:45", "ask_minutes": "30"}
MOST_MINUTES = 400 * 24 * 60
MOST_NAMED = 6  # closed days that the preview names


@require_http_methods(["GET", "HEAD", "POST"])
@file
def hours(request: HttpRequest, principal: access.Principal, client: Client) -> HttpResponse:
    """Saving computes the open deadlines anew."""
    if request.method == "POST":
        principal.need(CHANGES)
    edit, trouble = hours_edit.begin(request, client, read), Trouble()
    document, example = hours_edit.document(edit.values), _example(request.POST)
    if request.method == "POST":
        trouble = edit.save(lambda: _save(principal, client, document))
        if not trouble:
            messages.success(request, _("The opening hours are saved; open deadlines count by them from now on."))
            return redirect("client-hours", client.slug)
    told = {"zone": edit.stored["zone"], "edit": edit, "trouble": trouble, "preview": _told(document, example)}
    return show(request, client, "hours", told | _form(document, trouble) | {"example": example}, status=trouble.status)


def _save(principal: access.Principal, client: Client, document: dict) -> None:
    old, new = directory.set_hours(client=client, document=document, actor=principal.user)
    if new != old:
        clocks.calendar_changed(client, zone_before=old["zone"])


@require_POST
@file
def look(request: HttpRequest, principal: access.Principal, client: Client) -> HttpResponse:
    """What the hours in the form would mean, nothing is saved; with another country also its parts and holidays."""
    document = read(request.POST)
    told = {"client": client, "preview": _told(document, _example(request.POST))}
    if request.htmx.trigger_name == "country":
        told |= {"locked": False, "fresh": True} | _region(document, Trouble())
        return render(request, "screens/clients/hours_region.html", told)
    return render(request, "screens/clients/hours_preview.html", told)


def read(given: QueryDict) -> dict:
    """The calendar's document as the form has it; what was left empty is left out, what is odd stays odd."""
    country = given.get("country") or None
    document = {
        "zone": given.get("zone", "").strip(),
        "country": country,
        "subdivision": (given.get("subdivision") or None) if country else None,
        "categories": given.getlist("categories") or ([] if country else ["public"]),
        "week": {day: _pairs(given.getlist(f"{day}-from"), given.getlist(f"{day}-to")) for day in WEEKDAYS},
        "closed": [day for day in map(str.strip, given.getlist("closed")) if day],
    }
    opened: dict[str, list] = {}
    rows = zip(*(given.getlist(f"open-{name}") for name in ("day", "from", "to")), strict=False)
    for day, start, end in rows:
        if day.strip():
            opened.setdefault(day.strip(), []).extend(_pairs([start], [end]))
    return document | {"open": opened}


def _pairs(starts: list[str], ends: list[str]) -> list[list[str]]:
    pairs = ([_clock(start), _clock(end)] for start, end in zip_longest(starts, ends, fillvalue=""))
    return [pair for pair in pairs if any(pair)]


def _clock(text: str) -> str:
    """9, 900 and 9:00 are 09:00; anything else stays as it was typed."""
    found = TIME.fullmatch(text.strip())
    return f"{int(found[1]):02}:{found[2] or '00'}" if found else text.strip()[:20]


def _form(document: dict, trouble: Trouble) -> dict:
    """What the editor shows: each day with its intervals, the exceptions, each with what is wrong with it."""
    week = [
        {
            "day": day,
            "name": labels.WEEKDAYS[day],
            "pairs": _marked(document["week"].get(day, []), f"week.{day}", trouble),
            "wrong": trouble.fields.get(f"week.{day}", ""),
        }
        for day in WEEKDAYS
    ]
    opened = [
        {"day": day, "start": pair[0], "end": pair[1], "wrong": _wrong(trouble, f"open.{day}")}
        for day, pairs in document["open"].items()
        for pair in pairs or [["", ""]]
    ]
    closed = [
        {"day": day, "wrong": trouble.fields.get(f"closed[{place}]", "")}
        for place, day in enumerate(document["closed"])
    ]
    return {
        "document": document,
        "week": week,
        "closed": [*closed, {"day": ""}],
        "opened": [*opened, {"day": "", "start": "", "end": ""}],
        "zones": sorted(name for name in zones() if name.startswith("Europe/")),
        "weekdays": labels.WEEKDAYS.items(),
    } | _region(document, trouble)


def _marked(pairs: list, path: str, trouble: Trouble) -> list[dict]:
    return [
        {"start": start, "end": end, "wrong": trouble.fields.get(f"{path}[{place}]", "")}
        for place, (start, end) in enumerate(pairs)
    ]


def _wrong(trouble: Trouble, path: str) -> str:
    """The first fault of what lies under the path."""
    return next((text for field, text in trouble.fields.items() if field == path or field.startswith(f"{path}[")), "")


def _region(document: dict, trouble: Trouble) -> dict:
    parts, kinds = calendars.regions(document["country"])
    known = {code: str(name) for code, name in labels.COUNTRIES.items()}
    others = [(code, code) for code in calendars.countries() if code not in known]
    kept = document["subdivision"]
    unknown = [(kept, kept)] if kept and kept not in parts else []
    return {
        "document": document,
        "trouble": trouble,
        "countries": [("", _("No holidays")), *known.items(), *others],
        "parts": [("", _("The whole country")), *parts.items(), *unknown] if parts or unknown else [],
        "kinds": [(kind, labels.CATEGORIES.get(kind, kind)) for kind in kinds],
        "kind_wrong": _wrong(trouble, "categories"),
    }


def _example(given: QueryDict) -> dict:
    return {name: given.get(name, "").strip()[:10] or usual for name, usual in EXAMPLE.items()}


@dataclass(frozen=True)
class Preview:
    """What the hours mean: the sentence's instants, told in `zone`, and the days between; or why there is none."""

    zone: str = "UTC"
    start: datetime | None = None
    due: datetime | None = None
    minutes: int = 0
    shut: tuple = ()
    coming: tuple = ()
    trouble: str = ""


def _told(document: dict, example: dict) -> Preview:
    """An example through the same arithmetic as every promise."""
    try:
        document = calendars.clean(document)
    except Invalid as error:
        return Preview(trouble=next(iter(refused(error.errors).fields.values())))
    zone = ZoneInfo(document["zone"])
    today = timezone.now().astimezone(zone).date()
    coming = tuple(_holidays(document, today))
    start, minutes = _start(example, today, zone), example["ask_minutes"]
    if start is None or not (minutes.isascii() and minutes.isdigit() and 0 < int(minutes) <= MOST_MINUTES):
        return Preview(coming=coming, trouble=_("Please give the example a weekday, a time and some minutes."))
    try:
        ((_start_, _opens, end),) = preview.due(calendars.build(document), int(minutes) * 60, [start])
    except (Refused, HorizonError):
        return Preview(coming=coming, trouble=_("This lies more than 400 days ahead."))
    due = datetime.fromtimestamp(end, UTC).astimezone(zone)
    shut = tuple(_shut(document, start.date(), due.date()))
    return Preview(document["zone"], start, due, int(minutes), shut, coming)


def _start(example: dict, today: date, zone: ZoneInfo) -> datetime | None:
    """The next such weekday after today, at that time."""
    try:
        day = WEEKDAYS.index(example["ask_day"])
        at = time.fromisoformat(_clock(example["ask_time"]))
    except ValueError:
        return None
    ahead = (day - today.weekday()) % 7 or 7
    return datetime.combine(today + timedelta(days=ahead), at, zone)


def _shut(document: dict, first: date, last: date):
    """The closed days between two days, with the holiday that each is; the first few."""
    found = [(day, name) for day, name, shut in _days(document, first, last) if shut and first < day < last]
    yield from found[:MOST_NAMED]


def _holidays(document: dict, today: date):
    """The next holidays that close the business."""
    year = _days(document, today, today + timedelta(days=365))
    yield from [(day, name) for day, name, shut in year if name and shut][:5]


def _days(document: dict, low: date, high: date) -> Iterator[tuple[date, str, bool]]:
    return calendars.days(document, low, high, get_language() or "")
