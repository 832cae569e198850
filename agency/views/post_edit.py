"""A post's form as fields that two people may have changed: its texts, its time, its channels, its pictures."""

from datetime import datetime

from django.http import QueryDict
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.models import Campaign, Goal, Media, Post
from clients.models import Channel, Client

from . import edits, typed
from .posting import KINDS

PLAIN = ("kind", "campaign", "goal", "title", "text", "link")
LABELS = {
    "kind": gettext_lazy("Kind"),
    "campaign": gettext_lazy("Campaign"),
    "goal": gettext_lazy("Serves the goal"),
    "title": gettext_lazy("Title"),
    "text": gettext_lazy("Text"),
    "link": gettext_lazy("Link"),
    "tags": gettext_lazy("Tags"),
    "time": gettext_lazy("Time"),
    "evergreen": gettext_lazy("Evergreen"),
    "media": gettext_lazy("Pictures"),
    "channels": gettext_lazy("Channels"),
}


def edit(
    post: Post,
    stored: dict,
    given: QueryDict | None = None,
    *,
    channels: list[Channel],
    campaigns: list[Campaign],
    goals: list[Goal],
) -> edits.Edit:
    """`stored` is what the form shows of the post now, `given` what was sent."""
    names = {one.slug: one.name for one in channels}
    own = {f"variant-{slug}": _("Text for %(name)s") % {"name": name} for slug, name in names.items()}
    words = {
        "kind": KINDS,
        "campaign": {one.slug: one.name for one in campaigns},
        "goal": {one.slug: one.text for one in goals},
        "time": _told_time,
        "media": lambda ids: _told_pictures(post.client, ids),
        "channels": names,
    }
    typed = None if given is None else _typed(given, names)
    of = (post.client, "post", post.id)
    return edits.Edit(LABELS | own, _fields(stored, names), typed, given, words=words, of=of)


def filled(given: QueryDict, values: dict) -> QueryDict:
    """The form with these values in place of those that were sent."""
    form = given.copy()
    for name, value in values.items():
        if name == "time":
            form["day"], _space, form["time"] = value.partition(" ")
        elif name == "tags":
            form[name] = ", ".join(value)
        elif name in ("media", "channels"):
            form.setlist(name, value)
        elif name == "evergreen":
            form.setlist(name, ["on"] if value else [])
        else:
            form[name] = value
    return form


def _fields(stored: dict, names: dict) -> dict:
    at = f"{stored['day']} {stored['time']:%H:%M}" if stored["day"] else ""
    lists = {"media": [str(id) for id in stored["media"]], "channels": sorted(stored["channels"])}
    own = {f"variant-{slug}": stored.get(f"variant-{slug}", "") for slug in names}
    rest = {"time": at, "tags": _tags(stored["tags"]), "evergreen": stored["evergreen"]}
    return {name: stored[name] or "" for name in PLAIN} | lists | own | rest


def _typed(given: QueryDict, names: dict) -> dict:
    day, time = given.get("day", ""), given.get("time", "")[:5]
    at = f"{day} {time}" if day or time else ""
    lists = {"media": list(dict.fromkeys(given.getlist("media"))), "channels": sorted(given.getlist("channels"))}
    own = {f"variant-{slug}": given.get(f"variant-{slug}", "") for slug in names}
    rest = {"time": at, "tags": _tags(given.get("tags", "")), "evergreen": bool(given.get("evergreen"))}
    return {name: given.get(name, "") for name in PLAIN} | lists | own | rest


def _tags(text: str) -> list[str]:
    return [tag.strip() for tag in text.split(",") if tag.strip()]


def _told_time(text: str) -> str:
    """What is no time stays as it was typed."""
    try:
        return date_format(datetime.strptime(text, "%Y-%m-%d %H:%M"), "SHORT_DATETIME_FORMAT")
    except ValueError:
        return text


def _told_pictures(client: Client, ids: list[str]) -> str:
    known = [id for id in map(typed.id_of, ids) if id is not None]
    found = Media.objects.filter(client=client).in_bulk(known)
    return "\n".join(found[id].alt or found[id].name for id in known if id in found)
