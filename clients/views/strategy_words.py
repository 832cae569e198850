"""A strategy in words, for the dashboard and the portal."""

from collections.abc import Iterable
from datetime import date

from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agency.views import labels
from agency.views.words import span
from campaigns.strategy.measures import MEASURES as KNOWN
from clients.models import Client
from feedback.goals import Drift, Standing

MEASURES = {
    "posts": gettext_lazy("Posts published"),
    "reach": gettext_lazy("Reach"),
    "engagement": gettext_lazy("Reactions, comments and shares"),
    "clicks": gettext_lazy("Visits to the homepage"),
    "reviews": gettext_lazy("Reviews received"),
    "followers": gettext_lazy("Followers"),
    "stars": gettext_lazy("Stars on average"),
    "answered": gettext_lazy("Messages answered"),
    "in_time": gettext_lazy("Answers in time"),
    "first_response": gettext_lazy("First answer, half of them within"),
}
STATES = {
    "early": (gettext_lazy("not begun"), ""),
    "reached": (gettext_lazy("reached"), "good"),
    "on_track": (gettext_lazy("on its way"), "good"),
    "behind": (gettext_lazy("behind"), "warn"),
    "missed": (gettext_lazy("target missed"), "bad"),
    "unknown": (gettext_lazy("nothing measured yet"), ""),
}
PARTS = {
    "summary": gettext_lazy("In short"),
    "goals": gettext_lazy("Goal"),
    "audiences": gettext_lazy("Target group"),
    "tone": gettext_lazy("Tone"),
    "channels": gettext_lazy("Channel"),
    "mix": gettext_lazy("What posts are about"),
    "budget": gettext_lazy("Budget a month"),
    "contacts": gettext_lazy("Contact in an emergency"),
    "taboos": gettext_lazy("Topics to avoid"),
}


def value(measure: str, number: float | None) -> str:
    """A figure of a measure in its unit."""
    if number is None:
        return "–"
    unit = KNOWN[measure].unit
    if unit == "minutes":
        return span(number * 60)
    places = {"percent": 1, "stars": 2}.get(unit, 0)
    return number_format(round(number, places), places, use_l10n=True, force_grouping=True) + (
        "\u00a0%" if unit == "percent" else ""
    )


def goals(standings: Iterable[Standing]) -> list[dict]:
    return [
        {
            "goal": one.goal,
            "measure": MEASURES[one.goal.measure],
            "value": value(one.goal.measure, one.progress.value),
            "target": value(one.goal.measure, one.goal.target),
            "share": round(100 * min(1, max(0, one.progress.share or 0))),
            "due": round(100 * one.progress.due),
            "state": STATES[one.progress.state][0],
            "sign": STATES[one.progress.state][1],
        }
        for one in standings
    ]


def drift(one: Drift) -> str:
    """One thing that is done otherwise than signed."""
    name = str(labels.POST_KINDS.get(one.name, one.name)) if one.sort == "mix" else one.name
    texts = {
        ("cadence", "silent"): _("%(name)s has been silent for too long."),
        ("cadence", "at_risk"): _("%(name)s falls silent soon by what is planned."),
        ("cadence", "too_many"): _("%(name)s has more posts this week than agreed."),
        ("mix", "short"): _("Too few posts of the kind “%(name)s”."),
        ("goal", "behind"): _("Behind: %(name)s"),
        ("goal", "missed"): _("Missed: %(name)s"),
    }
    return texts[one.sort, one.state] % {"name": name}


def names(client: Client) -> dict[str, str]:
    """Of its channels, by slug."""
    return dict(client.channels.values_list("slug", "name"))


def told(document: dict, names: dict[str, str]) -> dict:
    """The document with the names of channels and kinds, ready to be read."""
    return document | {
        "goals": [_goal(one) for one in document["goals"]],
        "channels": [one | {"name": names.get(one["channel"], one["channel"])} for one in document["channels"]],
        "mix": [(labels.POST_KINDS[kind], share) for kind, share in document["mix"].items()],
        "budget": budget(document["budget"]),
    }


def _goal(goal: dict) -> dict:
    shown = {name: value(goal["measure"], goal[name]) for name in ("start", "target")}
    return goal | shown | {"measure": MEASURES[goal["measure"]]} | {
        name: _day(goal[name]) for name in ("begins_on", "ends_on")
    }  # fmt: skip


def budget(given: dict) -> str:
    parts = []
    if given["minutes"]:
        hours = number_format(given["minutes"] / 60, 1 if given["minutes"] % 60 else 0, use_l10n=True)
        parts.append(_("%(hours)s hours") % {"hours": hours})
    if given["cents"]:
        parts.append(number_format(given["cents"] / 100, 2, use_l10n=True, force_grouping=True) + "\u00a0€")
    return " · ".join(parts)


def changes(differences: Iterable[tuple[str, object, object]]) -> list[dict]:
    """What differs between two versions: the part, before and after as lines of text."""
    found = []
    for path, before, after in differences:
        part, _dot, key = path.partition(".")
        sides = {"before": _changed(part, before), "after": _changed(part, after)}
        found.append({"part": PARTS[part], "key": key} | sides)
    return found


def _changed(part: str, content: object) -> list[str]:
    """One side of a difference as people say it."""
    if not content:
        return []
    if part == "goals":
        return [_typed_goal(content)]
    if part == "channels":
        return [_typed_channel(content)]
    if part in ("mix", "budget"):
        return [told_part(part, content)]
    return _lines(content)


def told_part(part: str, content: object) -> str:
    """One part as somebody typed it, which may not be valid, as lines of text."""
    if part == "goals":
        return "\n".join(_typed_goal(one) for one in content)
    if part == "mix":
        return ", ".join(f"{labels.POST_KINDS.get(kind, kind)} {share}\u00a0%" for kind, share in content.items())
    if part == "budget":
        fit = all(isinstance(one, int) for one in content.values())
        return budget(content) if fit else " · ".join(map(str, content.values()))
    if part == "channels":
        return "\n".join(_typed_channel(one) for one in content)
    if isinstance(content, list):
        return "\n".join(" · ".join(_lines(one)) for one in map(_values, content))
    return "\n".join(_lines(_values(content)))


def _values(content: object) -> object:
    return [one for one in content.values() if one] if isinstance(content, dict) else content


def _typed_goal(goal: dict) -> str:
    measure = MEASURES.get(goal["measure"], goal["measure"])
    return f"{goal['text']}: {measure} {goal['start']} → {goal['target']} ({goal['begins_on']} – {goal['ends_on']})"


def _typed_channel(row: dict) -> str:
    most = f"–{row['most']}" if row["most"] else ""
    return f"{row['channel']}: {row['role']} ({row['least']}{most})"


def _lines(content: object) -> list[str]:
    if content is None or content == "":
        return []
    if isinstance(content, dict):
        return [f"{name}: {one}" for name, one in content.items() if one not in ("", None)]
    if isinstance(content, list):
        return [str(one) for one in content]
    return [str(content)]


def _day(text: str) -> str:
    return date_format(date.fromisoformat(text), "SHORT_DATE_FORMAT")
