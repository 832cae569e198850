"""What a client promises: its ordered policies, their versions, and applying them to the clocks that run."""

from collections.abc import Iterable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from agency import alphabet
from campaigns.models import Campaign
from clients import access
from clients.models import Channel, Client
from clients.refusal import Refused
from feedback import clocks, policies
from feedback.models import Kind, Policy, PolicyVersion, Sentiment

from . import edits, labels
from .attempts import Trouble, attempt
from .client import file, show

CHANGES = "policies:write"
HOUR, MINUTE = 3_600, 60
UNITS = {"h": HOUR, "min": MINUTE, "s": 1}
TARGETS = ("first", "next", "resolution")
NUMBERS = ("stars_min", "stars_max", "warn_percent", "reopen_days")
LONGEST = 400 * 24 * HOUR
LIMITS = {"stars_min": (1, 5), "stars_max": (1, 5), "warn_percent": (1, 100), "reopen_days": (0, 365)}
LISTS = ("channels", "kinds", "sentiments", "campaigns")
FIELDS = {
    "name": _l("Name"),
    "kinds": _l("Kind of message"),
    "sentiments": _l("Sentiment"),
    "stars_min": _l("Stars from"),
    "stars_max": _l("Stars up to"),
    "question": _l("Questions"),
    "vip": _l("VIP"),
    "channels": _l("Channels"),
    "campaigns": _l("Campaigns"),
    "first": _l("First answer within"),
    "next": _l("Each further answer within"),
    "resolution": _l("Solved within"),
    "calendar": _l("Whose hours count"),
    "severity": _l("Severity"),
    "warn_percent": _l("Warn at percent of the time"),
    "warn_before": _l("or minutes before"),
    "reopen_days": _l("Days after which it is a new case"),
    "grace": _l("Grace in minutes when a deadline was tightened"),
    "pause_first": _l("Waiting also pauses the first answer"),
}
OPTIONS = {
    "question": "questions", "vip": "vips", "calendar": "calendars", "severity": "severities",
    "stars_min": "stars", "stars_max": "stars",
}  # fmt: skip
NEW = {"calendar": "client", "severity": "normal", "reopen_days": "7", "warn_percent": "75", "grace": "30"}


@require_safe
@file
def promises(request: HttpRequest, principal: access.Principal, client: Client) -> HttpResponse:
    """In the order in which they are tried; the first that fits a message makes the promise."""
    principal.need("policies:read")
    names = _Names(client)
    rows = [_row(version, names) for version in policies.current(client)]
    past = PolicyVersion.objects.filter(client=client, policy__archived_at__isnull=False).select_related("policy")
    archived = list(past.order_by("policy_id", "-number").distinct("policy_id"))
    told = {
        "rows": rows,
        "archived": archived,
        "gone": len(archived),
        "running": clocks.apply_policies(client=client, actor=None, preview=True),
        "may_change": CHANGES in principal.rights,
    }
    return show(request, client, "promises", told)


class _Names:
    """The client's channels and campaigns: by slug for forms, by id for what is stored."""

    def __init__(self, client: Client):
        self.channels = list(Channel.objects.filter(client=client).order_by(*alphabet.by("name")))
        self.campaigns = list(Campaign.objects.filter(client=client).order_by(*alphabet.by("name")))

    def known(self, field: str) -> list:
        return getattr(self, field)

    def slugs(self, field: str, ids: Iterable[int]) -> list[str]:
        return [row.slug for row in self.known(field) if row.id in set(ids)]

    def names(self, field: str, ids: Iterable[int]) -> list[str]:
        return [row.name for row in self.known(field) if row.id in set(ids)]

    def ids(self, field: str, slugs: Iterable[str]) -> list[int]:
        """Raises Refused for one that the client has not."""
        found = {row.slug: row.id for row in self.known(field)}
        if any(slug not in found for slug in slugs):
            raise Refused(field, "must be one of those shown")
        return sorted(found[slug] for slug in slugs)


def _row(version: PolicyVersion, names: _Names) -> dict:
    return {"version": version, "policy": version.policy, "when": _when(version, names), "then": _then(version)}


def _when(version: PolicyVersion, names: _Names) -> list[str]:
    """The conditions in words; none is every message."""
    found = [", ".join(str(labels.KINDS[kind]) for kind in version.kinds if kind in labels.KINDS)]
    found.append(", ".join(str(labels.SENTIMENTS[one]) for one in version.sentiments if one in labels.SENTIMENTS))
    found.append(_stars(version.stars_min, version.stars_max))
    if version.question is not None:
        found.append(_("Is a question") if version.question else _("Is no question"))
    if version.vip is not None:
        found.append(_("VIP") if version.vip else _("No VIP"))
    found.append(", ".join(names.names("channels", version.channels)))
    found.append(", ".join(names.names("campaigns", version.campaigns)))
    return [words for words in found if words]


def _stars(low: int | None, high: int | None) -> str:
    if low is None and high is None:
        return ""
    if low == high:
        return ngettext("%d star", "%d stars", low) % low
    if low is None:
        return ngettext("up to %d star", "up to %d stars", high) % high
    return _("from %d stars") % low if high is None else _("%(low)d to %(high)d stars") % {"low": low, "high": high}


def _then(version: PolicyVersion) -> list[tuple[str, str]]:
    words = {"first": _("First answer"), "next": _("Further answers"), "resolution": _("Solution")}
    targets = [(words[name], getattr(version, f"{name}_seconds")) for name in TARGETS]
    return [(name, duration(seconds)) for name, seconds in targets if seconds]


def duration(seconds: int) -> str:
    """Exactly: 2 h 30 min."""
    hours, rest = divmod(seconds, HOUR)
    minutes, left = divmod(rest, MINUTE)
    parts = [(hours, _("h")), (minutes, _("min")), (left, _("s"))]
    return " ".join(f"{count}\u00a0{unit}" for count, unit in parts if count)


@require_http_methods(["GET", "HEAD", "POST"])
@file
def add(request: HttpRequest, principal: access.Principal, client: Client) -> HttpResponse:
    principal.need(CHANGES)
    names, given, trouble = _Names(client), NEW | {"lists": {}}, Trouble()
    if request.method == "POST":
        given = _given(request.POST)
        trouble = attempt(lambda: _added(principal, client, names, given))
        if not trouble:
            messages.success(request, _("The promise counts for messages from now on; it is tried first."))
            return redirect("client-promises", client.slug)
    return show(request, client, "promises", _form(given, names, trouble), "promise", trouble.status)


def _added(principal: access.Principal, client: Client, names: _Names, given: dict) -> Policy:
    name, values = _read(given, names)
    return policies.add_policy(client=client, name=name, values=values, actor=principal.user)


@require_http_methods(["GET", "HEAD", "POST"])
@file
def promise(request: HttpRequest, principal: access.Principal, client: Client, id: int) -> HttpResponse:
    """One promise with all its versions; a change makes a new one for messages from now on."""
    principal.need("policies:read")
    if request.method == "POST":
        principal.need(CHANGES)
    policy, names, trouble = _of(client, id), _Names(client), Trouble()
    edit = edits.begin(
        request, ("policies", id), FIELDS, lambda: _fields(_stored(_versions(policy)[0], names)),
        lambda given: _fields(_given(given)), words=_words(names), of=(client, "policy", id),
    )  # fmt: skip
    given = _filled(edit.values)
    if request.method == "POST":
        trouble = edit.save(lambda: _changed(principal, policy, names, given))
        if not trouble:
            messages.success(request, _("A new version counts for messages from now on."))
            return redirect("client-promise", client.slug, policy.id)
    versions = _versions(policy)
    told = {
        "policy": versions[0].policy,
        "edit": edit,
        "versions": [_row(version, names) for version in versions],
        "locked": CHANGES not in principal.rights or policy.archived_at is not None,
        "may_change": CHANGES in principal.rights,
    }
    return show(request, client, "promises", _form(given, names, trouble) | told, "promise", trouble.status)


def _of(client: Client, id: int) -> Policy:
    found = Policy.objects.filter(client=client, id=id).select_related("client__agency").first()
    if found is None:
        raise access.NotFound(f"The client '{client.slug}' has no policy '{id}'.")
    return found


def _versions(policy: Policy) -> list[PolicyVersion]:
    """The newest first."""
    return list(policy.versions.select_related("user", "policy").order_by("-number"))


def _changed(principal: access.Principal, policy: Policy, names: _Names, given: dict) -> PolicyVersion:
    name, values = _read(given, names)
    return policies.change_policy(policy=policy, name=name, values=values, actor=principal.user)


@require_POST
@file
def move(request: HttpRequest, principal: access.Principal, client: Client, id: int) -> HttpResponse:
    principal.need(CHANGES)
    policy = _of(client, id)
    up = request.POST.get("where") == "up"
    _say(request, attempt(lambda: policies.move_policy(policy=policy, up=up, actor=principal.user)), _("Moved."))
    return redirect("client-promises", client.slug)


@require_POST
@file
def archive(request: HttpRequest, principal: access.Principal, client: Client, id: int) -> HttpResponse:
    """No new promises from it; its clocks and breaches stay."""
    principal.need(CHANGES)
    policy = _of(client, id)
    _say(request, attempt(lambda: policies.archive_policy(policy=policy, actor=principal.user)), _("Archived."))
    return redirect("client-promises", client.slug)


@require_POST
@file
def apply(request: HttpRequest, principal: access.Principal, client: Client) -> HttpResponse:
    """Judge every running clock by the promises of today."""
    principal.need(CHANGES)
    counted: list[int] = []
    done = attempt(
        lambda: counted.append(clocks.apply_policies(client=client, actor=principal.user, preview=False))
    )
    count = counted[0] if counted else 0
    words = ngettext("%d running clock now counts by the promises of today.",
                     "%d running clocks now count by the promises of today.", count) % count  # fmt: skip
    _say(request, done, words)
    return redirect("client-promises", client.slug)


def _say(request: HttpRequest, trouble: Trouble, done: str) -> None:
    if trouble:
        messages.error(request, trouble.whole)
    else:
        messages.success(request, done)


def _options() -> dict:
    any_ = ("", _("does not matter"))
    return {
        "questions": [any_, ("yes", _("only questions")), ("no", _("no questions"))],
        "vips": [any_, ("yes", _("only VIP")), ("no", _("no VIP"))],
        "stars": [("", "–"), *((str(count), "★" * count) for count in range(1, 6))],
        "units": [("min", _("minutes")), ("h", _("hours")), ("s", _("seconds"))],
        "calendars": [("client", _("The client's opening hours")), ("agency", _("The agency's opening hours"))],
        "severities": [("normal", _("Normal")), ("critical", _("Critical: alerts at night too"))],
    }


def _form(given: dict, names: _Names, trouble: Trouble) -> dict:
    return _options() | {
        "given": given,
        "trouble": trouble,
        "kinds": labels.KINDS.items(),
        "sentiments": labels.SENTIMENTS.items(),
        "channels": [(row.slug, row.name) for row in names.channels],
        "campaigns": [(row.slug, row.name) for row in names.campaigns],
        "targets": [
            _target("first", _("First answer within"), given, trouble),
            _target("next", _("Each further answer within"), given, trouble),
            _target("resolution", _("Solved within"), given, trouble),
        ],
    }


def _target(name: str, label: str, given: dict, trouble: Trouble) -> dict:
    return {
        "name": name, "label": label, "value": given.get(name, ""), "unit": given.get(f"{name}_unit", "h"),
        "wrong": trouble.fields.get(f"{name}_seconds", ""),
    }  # fmt: skip


def _given(given: QueryDict) -> dict:
    """What was typed, to be shown again."""
    lists = {name: given.getlist(name) for name in LISTS}
    return {name: given.get(name, "") for name in given} | {"lists": lists}


def _stored(version: PolicyVersion, names: _Names) -> dict:
    """The same for a version that is there."""
    yes = {True: "yes", False: "no", None: ""}
    given = {name: getattr(version, name) for name in (*NUMBERS, "calendar", "severity")}
    for name in TARGETS:
        given[name], given[f"{name}_unit"] = _in_units(getattr(version, f"{name}_seconds"))
    given["warn_before"] = version.warn_before_seconds and _tidy(version.warn_before_seconds / MINUTE)
    given["grace"] = _tidy(version.grace_seconds / MINUTE)
    lists = {name: names.slugs(name, getattr(version, name)) for name in ("channels", "campaigns")}
    lists |= {"kinds": version.kinds, "sentiments": version.sentiments}
    return given | {
        "name": version.policy.name,
        "question": yes[version.question],
        "vip": yes[version.vip],
        "pause_first": "on" if version.pause_first else "",
        "lists": lists,
    }


def _fields(given: dict) -> dict:
    """What two people may have changed: a time is one with its unit."""
    times = {name: [given.get(name) or "", given.get(f"{name}_unit", "h")] for name in TARGETS}
    lists = {name: sorted(given["lists"].get(name, ())) for name in LISTS}
    return {name: given.get(name, "") for name in FIELDS} | lists | {
        name: time if time[0] else [] for name, time in times.items()
    }  # fmt: skip


def _filled(fields: dict) -> dict:
    """The form of these fields."""
    times = {name: (fields[name] or ["", "h"])[0] for name in TARGETS}
    units = {f"{name}_unit": (fields[name] or ["", "h"])[1] for name in TARGETS}
    return fields | times | units | {"lists": {name: fields[name] for name in LISTS}}


def _words(names: _Names) -> edits.Words:
    options = _options()
    units = dict(options["units"])
    told = {name: dict(options[plural]) for name, plural in OPTIONS.items()}
    times = dict.fromkeys(TARGETS, lambda time: f"{time[0]} {units.get(time[1], time[1])}" if time else "")
    slugs = {name: {row.slug: row.name for row in names.known(name)} for name in ("channels", "campaigns")}
    kinds = {"kinds": labels.KINDS, "sentiments": labels.SENTIMENTS, "pause_first": {"on": _("yes"), "": _("no")}}
    return told | times | slugs | kinds


def _in_units(seconds: int | None) -> tuple[int | None, str]:
    unit = next((unit for unit, size in UNITS.items() if seconds and seconds % size == 0), "h")
    return seconds and seconds // UNITS[unit], unit


def _tidy(number: float) -> str:
    return f"{number:g}"


def _read(given: dict, names: _Names) -> tuple[str, dict]:
    """The name and the values of a version. Raises Refused."""
    errors: list[tuple[str, str]] = []
    name = given.get("name", "").strip()
    if not 1 <= len(name) <= 200:
        errors.append(("name", "needs 1 to 200 characters"))
    lists = given["lists"]
    values: dict[str, object] = {field: names.ids(field, lists[field]) for field in ("channels", "campaigns")}
    values["kinds"] = [kind for kind in lists["kinds"] if kind in Kind.values]
    values["sentiments"] = [one for one in lists["sentiments"] if one in Sentiment.values]
    for field in ("question", "vip"):
        values[field] = {"yes": True, "no": False}.get(given.get(field, ""))
    for field in NUMBERS:
        values[field] = _whole(given.get(field, ""), field, errors, *LIMITS[field])
    for field in TARGETS:
        size = UNITS.get(given.get(f"{field}_unit", "h"), HOUR)
        values[f"{field}_seconds"] = _seconds(given.get(field, ""), size, f"{field}_seconds", errors)
    values["warn_before_seconds"] = _seconds(given.get("warn_before", ""), MINUTE, "warn_before_seconds", errors)
    values["grace_seconds"] = _seconds(given.get("grace", "") or "0", MINUTE, "grace_seconds", errors)
    values["calendar"] = "agency" if given.get("calendar") == "agency" else "client"
    values["severity"] = "critical" if given.get("severity") == "critical" else "normal"
    values["pause_first"] = given.get("pause_first") == "on"
    values["reopen_days"] = values["reopen_days"] if values["reopen_days"] is not None else 7
    if errors:
        raise Refused(errors=errors)
    return name, values


def _whole(text: object, field: str, errors: list, low: int, high: int) -> int | None:
    text = "" if text is None else str(text).strip()
    if text and not (text.isascii() and text.isdigit() and len(text) <= 9 and low <= int(text) <= high):
        errors.append((field, "must be a whole number"))
        return None
    return int(text) if text else None


def _seconds(text: object, size: int, field: str, errors: list) -> int | None:
    """1,5 hours or 1.5 hours are 5400; None for an empty field."""
    text = "" if text is None else str(text).strip().replace(",", ".")
    if not text:
        return None
    if not (text.isascii() and text.replace(".", "", 1).isdigit() and len(text) <= 9):
        errors.append((field, "must be a whole number"))
        return None
    seconds = round(float(text) * size)
    if seconds > LONGEST:
        errors.append((field, "lies more than 400 days ahead"))
    return seconds
