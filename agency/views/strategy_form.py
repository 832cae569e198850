"""The strategy as a form: rows of fields for its lists, with empty ones to add to; and read back as a document."""

import re
from datetime import timedelta

from django.http import QueryDict
from django.utils import timezone
from django.utils.text import slugify

from campaigns.strategy.document import ADDRESSES, MOST
from campaigns.strategy.measures import MEASURES
from campaigns.vocabulary import PostKind
from clients.models import Client
from clients.views import strategy_words

from . import labels
from .attempts import Trouble

EMPTY_ROWS = 2
FIELDS = {
    "goals": ("slug", "text", "measure", "start", "target", "begins_on", "ends_on"),
    "audiences": ("name", "needs"),
    "contacts": ("name", "phone", "email", "when"),
}


def read(form: QueryDict) -> dict:
    """What was typed, as a document; rows without a word are left out."""
    return {
        "summary": form.get("summary", ""),
        "goals": [_goal(row) for row in _rows(form, "goals")],
        "audiences": _rows(form, "audiences"),
        "tone": {"address": form.get("address", ""), "style": form.get("style", "")},
        "channels": [_channel(form, slug) for slug in form.getlist("channel")[: MOST["channels"]]],
        "mix": {
            kind: share for kind in PostKind.values if (share := _whole(form.get(f"mix-{kind}", ""))) not in (None, 0)
        },
        "budget": {"minutes": _times(form.get("hours", ""), 60), "cents": _times(form.get("euros", ""), 100)},
        "contacts": _rows(form, "contacts"),
        "taboos": [line.strip() for line in form.get("taboos", "").splitlines() if line.strip()],
    }


def fields(document: dict, note: str) -> dict:
    """The parts that two people may have changed, with the channels in the order of the form."""
    return document | {"note": note, "channels": sorted(document["channels"], key=lambda one: one["channel"])}


def _rows(form: QueryDict, part: str) -> list[dict]:
    found = []
    for place in range(MOST[part] + EMPTY_ROWS):
        row = {name: form.get(f"{part}-{place}-{name}", "").strip() for name in FIELDS[part]}
        if any(value for name, value in row.items() if name not in ("measure", "begins_on", "ends_on", "slug")):
            found.append(row)
    return found


def _goal(row: dict) -> dict:
    numbers = {name: _number(row[name]) if row[name] else 0 for name in ("start", "target")}
    return row | numbers | {"slug": row["slug"] or slugify(row["text"])[:80].strip("-") or "ziel"}


def _channel(form: QueryDict, slug: str) -> dict:
    most = form.get(f"most-{slug}", "").strip()
    return {
        "channel": slug,
        "role": form.get(f"role-{slug}", ""),
        "least": _whole(form.get(f"least-{slug}", "")) or 0,
        "most": _whole(most) if most else None,
    }


def _whole(text: str) -> int | str | None:
    """The number; what is none stays as it was typed, so that it is refused by name."""
    text = text.strip()
    if not text:
        return None
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else text


def _number(text: str) -> float | str:
    """1.234,5 and 1234.5 are both read."""
    plain = text.replace(".", "").replace(",", ".") if re.fullmatch(r"\d{1,3}(\.\d{3})+(,\d+)?|\d+,\d+", text) else text
    try:
        value = float(plain)
    except ValueError:
        return text
    return int(value) if value == int(value) else value


def _times(text: str, factor: int) -> int | str:
    value = _number(text.strip()) if text.strip() else 0
    return round(value * factor) if isinstance(value, int | float) else value


def filled(document: dict, client: Client, trouble: Trouble) -> dict:
    """What the template draws: each list with two empty rows, each row with what is wrong with it."""
    today = timezone.localdate()
    blank = {"begins_on": today.isoformat(), "ends_on": (today + timedelta(days=365)).isoformat(), "measure": "reach"}
    named = {row["channel"]: row for row in document["channels"]}
    channels = client.channels.filter(disabled_at=None).order_by("slug")
    return {
        "document": document,
        "goals": _drawn(document["goals"], "goals", blank, trouble),
        "audiences": _drawn(document["audiences"], "audiences", {}, trouble),
        "contacts": _drawn(document["contacts"], "contacts", {}, trouble),
        "channels": [
            {"channel": one, "row": named.get(one.slug, {"role": "", "least": "", "most": None})} for one in channels
        ],
        "mix": [(kind, labels.POST_KINDS[kind], document["mix"].get(kind, "")) for kind in PostKind.values],
        "measures": [(one, strategy_words.MEASURES[one]) for one in MEASURES],
        "addresses": ADDRESSES,
        "hours": _shown(document["budget"]["minutes"], 60),
        "euros": _shown(document["budget"]["cents"], 100),
        "taboos": "\n".join(document["taboos"]),
        "faults": trouble.fields,
    }


def _drawn(rows: list[dict], part: str, blank: dict, trouble: Trouble) -> list[dict]:
    wrong: dict[int, list[str]] = {}
    for path, text in trouble.fields.items():
        if found := re.match(rf"{part}\[(\d+)\]", path):
            wrong.setdefault(int(found[1]), []).append(text)
    all_rows = [*rows, *([blank] * min(EMPTY_ROWS, max(0, MOST[part] - len(rows))))]
    return [
        {"place": n, "row": row, "wrong": wrong.get(n, []), "new": n >= len(rows)} for n, row in enumerate(all_rows)
    ]


def _shown(value, factor: int):
    if not isinstance(value, int | float):
        return value
    return f"{value / factor:g}" if value else ""
