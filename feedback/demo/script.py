"""Sets the stories in time, relative to now: what was said when, and what was decided when."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from clients.hours import Hours
from clients.networks.types import Author, Incoming

from .cast import DAYS, STAFF
from .stories import Story

ZONE = ZoneInfo("Europe/Berlin")
KINDS = {"facebook": "comment", "instagram": "comment", "google": "review", "mail": "message"}
MINUTE = timedelta(minutes=1)
_LINE = re.compile(r"([car])(\d*): (.*)", re.DOTALL)


@dataclass
class Scene:
    """A story with its instants: items as the network tells them, steps (instant, action), the note's instant."""

    story: Story
    thread: str
    items: list[Incoming] = field(default_factory=list)
    steps: list[tuple[datetime, str]] = field(default_factory=list)

    @property
    def began(self) -> datetime:
        return self.items[0].created_at

    @property
    def client(self) -> str:
        return self.story.where.partition("/")[0]

    @property
    def channel(self) -> str:
        return self.story.where.partition("/")[2]


def scenes(stories: Iterable[Story], hours: dict[str, Hours], now: datetime) -> list[Scene]:
    """The stories as they stand at `now`; `hours` by client. The same for the same arguments."""
    return [
        _scene(story, f"demo-{number:02}", hours[story.where.partition("/")[0]], now)
        for number, story in enumerate(stories, 1)
    ]


def closed_days(span: tuple[int, int] | None, today: date) -> list[str]:
    """The days of a holiday that begins so many days from today and lasts so many."""
    first, length = span or (0, 0)
    return [(today + timedelta(days=first + day)).isoformat() for day in range(length)]


def _scene(story: Story, thread: str, hours: Hours, now: datetime) -> Scene:
    seconds = Random(f"nordlicht {thread}")
    scene, at = Scene(story, thread), _begin(story.when, hours, now)
    for number, line in enumerate(story.lines):
        sign, minutes, text = _LINE.fullmatch(line).groups()
        wait = int(minutes or 0) * 60 + (seconds.randrange(60) if minutes else 0)
        at = hours.add(at, wait) if sign == "a" else at + timedelta(seconds=wait)
        if at > now:
            return scene
        scene.items.append(_item(scene, sign, number, text, at))
    for place, action in enumerate(filter(None, story.end.split(","))):
        scene.steps.append((min(at + (5 + place) * MINUTE, now), action))
    return scene


def _begin(when: str, hours: Hours, now: datetime) -> datetime:
    words = when.split()
    if words[0] == "ago":
        return _before(hours, now, int(words[1]) * 60)
    today = now.astimezone(ZONE).date()
    day = today - timedelta(days=today.weekday() + 7 * int(words[0]) - DAYS.index(words[1]))
    clock = datetime.strptime(words[2], "%H:%M").time()
    return datetime.combine(day, clock, ZONE).astimezone(now.tzinfo)


def _before(hours: Hours, now: datetime, seconds: int) -> datetime:
    """The latest instant from which so many business seconds have passed until now."""
    low, high = 0, 60 * 86_400
    while low < high:
        middle = (low + high) // 2
        passed = hours.elapsed(now - timedelta(seconds=middle), now)
        low, high = (low, middle) if passed >= seconds else (middle + 1, high)
    return now - timedelta(seconds=low)


def _item(scene: Scene, sign: str, number: int, text: str, at: datetime) -> Incoming:
    story, first = scene.story, scene.items[0] if scene.items else None
    if sign == "r":
        return replace(first, text=text[2:], stars=int(text[0]), edited_at=at)
    return Incoming(
        external_id=f"{scene.thread}-{number}",
        thread_id=scene.thread,
        direction="out" if sign == "a" else "in",
        kind=KINDS[scene.channel],
        author=Author(story.who, STAFF[story.who].name) if sign == "a" else Author(f"p-{scene.thread}", story.author),
        text=text,
        created_at=at,
        stars=story.stars if first is None else None,
        parent_id=first and first.external_id,
    )
