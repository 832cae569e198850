"""A strategy as a document: its normal form, what is wrong with it, and what differs between two versions."""

import re
from collections.abc import Callable, Iterator
from datetime import date

from .measures import LEVEL, MEASURES

LONGEST = {"summary": 2_000, "text": 200, "name": 200, "needs": 1_000, "role": 500, "style": 1_000, "when": 300}
MOST = {"goals": 12, "audiences": 10, "channels": 40, "contacts": 20, "taboos": 50}
ADDRESSES = ("Sie", "du")
LARGEST = 1_000_000_000
KNOWN = (
    "summary", "goals", "audiences", "tone", "channels", "mix", "budget", "contacts", "taboos",
)  # fmt: skip
EMPTY = {
    "summary": "", "goals": [], "audiences": [], "tone": {"address": "Sie", "style": ""}, "channels": [], "mix": {},
    "budget": {"minutes": 0, "cents": 0}, "contacts": [], "taboos": [],
}  # fmt: skip
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


class Faulty(Exception):
    """`errors` lists (path, message)."""

    def __init__(self, errors: list[tuple[str, str]]):
        super().__init__("; ".join(f"{path}: {message}" for path, message in errors))
        self.errors = errors


class _Reader:
    """Reads values and keeps what is wrong with them."""

    def __init__(self):
        self.errors: list[tuple[str, str]] = []

    def fault(self, path: str, message: str):
        self.errors.append((path, message))

    def object(self, value, path: str, names) -> dict:
        if not isinstance(value, dict):
            self.fault(path, "must be an object")
            return {}
        for name in sorted(value.keys() - set(names), key=str)[:5]:
            self.fault(f"{path}.{name}".lstrip(".")[:200], f"unknown field; known are {', '.join(names)}")
        return value

    def text(self, value, path: str, most: int, needed: bool = False) -> str:
        if not isinstance(value, str) or "\0" in value:
            self.fault(path, "must be a text")
            return ""
        value = value.strip()
        if len(value) > most:
            self.fault(path, f"has more than {most} characters")
        if needed and not value:
            self.fault(path, "is needed")
        return value

    def whole(self, value, path: str, low: int = 0, high: int = LARGEST) -> int:
        if type(value) is not int or not low <= value <= high:
            self.fault(path, f"must be a whole number from {low} to {high}")
            return low
        return value

    def number(self, value, path: str) -> float:
        if type(value) not in (int, float) or not 0 <= value <= LARGEST:
            self.fault(path, "must be a number of at least 0")
            return 0
        return value

    def day(self, value, path: str) -> str:
        try:
            read = date.fromisoformat(value) if isinstance(value, str) and len(value) == 10 else None
        except ValueError:
            read = None
        if read is None or not 1990 <= read.year <= 2100:
            self.fault(path, "must be a date such as 2026-12-31")
            return "2000-01-01"
        return read.isoformat()

    def list(self, value, path: str, read: Callable) -> list:
        if not isinstance(value, list):
            self.fault(path, "must be a list")
            return []
        if len(value) > MOST[path]:
            self.fault(path, f"has more than {MOST[path]} entries")
        return [read(one, f"{path}[{place}]") for place, one in enumerate(value[: MOST[path]])]


def clean(document: object, channels: set[str], kinds: tuple[str, ...]) -> dict:
    """The document in normal form; `channels` are the client's (slugs), `kinds` those of posts. Raises Faulty."""
    read = _Reader()
    given = EMPTY | read.object(document, "", KNOWN)
    found = {
        "summary": read.text(given["summary"], "summary", LONGEST["summary"]),
        "goals": read.list(given["goals"], "goals", lambda one, path: _goal(read, one, path)),
        "audiences": read.list(given["audiences"], "audiences", lambda one, path: _audience(read, one, path)),
        "tone": _tone(read, given["tone"]),
        "channels": read.list(given["channels"], "channels", lambda one, path: _channel(read, one, path, channels)),
        "mix": _mix(read, given["mix"], kinds),
        "budget": _budget(read, given["budget"]),
        "contacts": read.list(given["contacts"], "contacts", lambda one, path: _contact(read, one, path)),
        "taboos": read.list(given["taboos"], "taboos", lambda one, path: read.text(one, path, LONGEST["text"], True)),
    }
    _once(read, found["goals"], "goals", "slug")
    _once(read, found["channels"], "channels", "channel")
    if read.errors:
        raise Faulty(read.errors[:50])
    return found


def _goal(read: _Reader, value, path: str) -> dict:
    given = read.object(value, path, ("slug", "text", "measure", "start", "target", "begins_on", "ends_on"))
    goal = {
        "slug": read.text(given.get("slug", ""), f"{path}.slug", 80, True),
        "text": read.text(given.get("text", ""), f"{path}.text", LONGEST["text"], True),
        "measure": given.get("measure"),
        "start": read.number(given.get("start", 0), f"{path}.start"),
        "target": read.number(given.get("target"), f"{path}.target"),
        "begins_on": read.day(given.get("begins_on"), f"{path}.begins_on"),
        "ends_on": read.day(given.get("ends_on"), f"{path}.ends_on"),
    }
    if goal["slug"] and not _SLUG.fullmatch(goal["slug"]):
        read.fault(f"{path}.slug", "use lower-case letters, digits and single hyphens")
    if not isinstance(goal["measure"], str) or goal["measure"] not in MEASURES:
        read.fault(f"{path}.measure", f"must be one of {', '.join(MEASURES)}")
        return goal
    measure = MEASURES[goal["measure"]]
    if goal["ends_on"] <= goal["begins_on"]:
        read.fault(f"{path}.ends_on", "must be later than begins_on")
    if measure.sort == LEVEL and (goal["target"] >= goal["start"]) is measure.falls and goal["start"] != goal["target"]:
        read.fault(f"{path}.target", f"must be {'below' if measure.falls else 'above'} start")
    if not measure.falls and goal["target"] == 0:
        read.fault(f"{path}.target", "must be above 0")
    return goal


def _audience(read: _Reader, value, path: str) -> dict:
    given = read.object(value, path, ("name", "needs"))
    return {
        "name": read.text(given.get("name", ""), f"{path}.name", LONGEST["name"], True),
        "needs": read.text(given.get("needs", ""), f"{path}.needs", LONGEST["needs"]),
    }


def _tone(read: _Reader, value) -> dict:
    given = EMPTY["tone"] | read.object(value, "tone", ("address", "style"))
    if given["address"] not in ADDRESSES:
        read.fault("tone.address", f"must be one of {', '.join(ADDRESSES)}")
    return {"address": given["address"], "style": read.text(given["style"], "tone.style", LONGEST["style"])}


def _channel(read: _Reader, value, path: str, channels: set[str]) -> dict:
    given = read.object(value, path, ("channel", "role", "least", "most"))
    slug, most = given.get("channel"), given.get("most")
    if not isinstance(slug, str) or slug not in channels:
        read.fault(f"{path}.channel", f"must be one of {', '.join(sorted(channels)) or 'the client’s channels'}")
    least = read.whole(given.get("least", 0), f"{path}.least", 0, 200)
    most = None if most is None else read.whole(most, f"{path}.most", 1, 200)
    if most is not None and most < least:
        read.fault(f"{path}.most", "must not be less than least")
    role = read.text(given.get("role", ""), f"{path}.role", LONGEST["role"])
    return {"channel": slug, "role": role, "least": least, "most": most}


def _mix(read: _Reader, value, kinds: tuple[str, ...]) -> dict:
    given = read.object(value, "mix", kinds)
    shares = {kind: read.whole(given[kind], f"mix.{kind}", 0, 100) for kind in kinds if kind in given}
    if shares and sum(shares.values()) != 100:
        read.fault("mix", f"must be 100 percent together, not {sum(shares.values())}")
    return {kind: share for kind, share in shares.items() if share}


def _budget(read: _Reader, value) -> dict:
    given = EMPTY["budget"] | read.object(value, "budget", ("minutes", "cents"))
    return {name: read.whole(given[name], f"budget.{name}") for name in ("minutes", "cents")}


def _contact(read: _Reader, value, path: str) -> dict:
    given = read.object(value, path, ("name", "phone", "email", "when"))
    contact = {name: read.text(given.get(name, ""), f"{path}.{name}", 254) for name in ("phone", "email")}
    contact["name"] = read.text(given.get("name", ""), f"{path}.name", LONGEST["name"], True)
    contact["when"] = read.text(given.get("when", ""), f"{path}.when", LONGEST["when"])
    if not (contact["phone"] or contact["email"]):
        read.fault(f"{path}.phone", "is needed, or email")
    return contact


def _once(read: _Reader, rows: list[dict], path: str, name: str) -> None:
    seen = set()
    for place, row in enumerate(rows):
        if row[name] in seen:
            read.fault(f"{path}[{place}].{name}", "stands there twice")
        seen.add(row[name])


def differences(old: dict, new: dict) -> Iterator[tuple[str, object, object]]:
    """(part, before, after) for each part that changed; goals and channels one by one, None where it was not there."""
    for part in KNOWN:
        before, after = old.get(part, EMPTY[part]), new.get(part, EMPTY[part])
        name = {"goals": "slug", "channels": "channel", "audiences": "name", "contacts": "name"}.get(part)
        if name:
            yield from _of_list(part, name, before, after)
        elif before != after:
            yield part, before, after


def _of_list(part: str, name: str, before: list[dict], after: list[dict]) -> Iterator[tuple[str, object, object]]:
    was, now = ({row[name]: row for row in rows} for rows in (before, after))
    for key in [*was, *(key for key in now if key not in was)]:
        if was.get(key) != now.get(key):
            yield f"{part}.{key}", was.get(key), now.get(key)
