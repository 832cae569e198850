"""Lays the editorial calendar out for the screen: by day for one or many clients, or a row for each client."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.urls import reverse

from campaigns.editorial import Planned
from campaigns.vocabulary import OUT, PostKind, State
from clients.access import Served

from .posting import KINDS, STATES

DAY = timedelta(days=1)
ORDER = list(State)
SHORT = 40  # characters by which a card is called


@dataclass(frozen=True, slots=True)
class Frame:
    """What every day is laid out by: today, the month in the middle, at most so many cards, whether they may move."""

    today: date
    month: int = 0
    most: int = 0
    movable: bool = False
    named: bool = False


@dataclass(slots=True)
class Day:
    """One column or cell. `holidays` are (name, clients); `free` the openings that nobody filled yet."""

    date: date
    today: bool
    over: bool
    aside: bool
    weekend: bool
    closed: bool = False
    holidays: list[tuple[str, list[str]]] = field(default_factory=list)
    cards: list[dict] = field(default_factory=list)
    free: list[dict] = field(default_factory=list)
    more: int = 0

    @property
    def iso(self) -> str:
        return self.date.isoformat()


def days(plans: Sequence[dict], clients: Mapping[str, Served], low: date, high: date, frame: Frame) -> list[Day]:
    """Each day with the posts of all the plans, the earliest first; a day is closed where it is for every client."""
    found = []
    for place in range((high - low).days + 1):
        day = _empty(low + place * DAY, frame)
        told = [(clients[plan["client"]], plan["days"][place]) for plan in plans]
        day.closed = bool(told) and all(one["closed"] for _, one in told)
        day.holidays = _holidays(told)
        cards = [(client, post) for client, one in told for post in one["posts"]]
        cards.sort(key=lambda card: (card[1].publish_at, card[1].id))
        room = frame.most and max(1, frame.most - day.over)
        most = room if room and len(cards) > room + 1 else len(cards)
        day.cards = [card(client, post, frame, day.date) for client, post in cards[:most]]
        day.more = len(cards) - most
        day.free = [_free(client, one, day.date) for client, told_day in told for one in told_day["free_slots"]]
        found.append(day)
    return found


def weeks(found: Sequence[Day]) -> list[tuple[int, list[Day]]]:
    """(number of the week, its seven days)."""
    return [(found[at].date.isocalendar().week, list(found[at : at + 7])) for at in range(0, len(found), 7)]


def rows(plans: Sequence[dict], clients: Mapping[str, Served], low: date, high: date, frame: Frame) -> list[dict]:
    """A row for each client: its days and its gaps."""
    return [
        {
            "client": clients[plan["client"]],
            "days": days([plan], clients, low, high, frame),
            "gaps": gaps([plan], clients),
        }
        for plan in plans
    ]


def gaps(plans: Iterable[dict], clients: Mapping[str, Served]) -> list[dict]:
    """What is missing against the cadence, a row for each week of a channel."""
    return [
        {
            "client": clients[plan["client"]],
            "channel": gap["name"],
            "week": gap["week"].isocalendar().week,
            "monday": gap["week"],
            "planned": gap["planned"],
            "least": gap["least"],
            "missing": gap["least"] - gap["planned"],
        }
        for plan in plans
        for gap in plan["gaps"]
    ]


def card(client: Served, post: Planned, frame: Frame, day: date) -> dict:
    """A post as a small card; its channels by the state that they are in."""
    there, words = post.states, post.title or post.text
    return {
        "id": post.id,
        "client": client.slug,
        "who": client.name if frame.named else "",
        "url": reverse("plan-post", args=[client.slug, post.id]),
        "time": post.time,
        "day": day.isoformat(),
        "kind": KINDS[PostKind(post.kind)],
        "words": words,
        "short": words[:SHORT],
        "version": post.version,
        "states": states(there, post.names),
        "moves": frame.movable and not any(state in OUT for state in there.values()),
        "evergreen": post.evergreen,
    }


def states(by_channel: Mapping[str, str], names: Mapping[str, str]) -> list[dict]:
    """Each state once, with the names of the channels in it."""
    found: dict[str, list[str]] = {}
    for slug, state in by_channel.items():
        found.setdefault(state, []).append(names[slug])
    return [
        {"word": STATES[State(state)], "channels": ", ".join(channels), "number": len(channels)}
        for state, channels in sorted(found.items(), key=lambda pair: ORDER.index(State(pair[0])))
    ]


def _empty(day: date, frame: Frame) -> Day:
    aside = bool(frame.month) and day.month != frame.month
    return Day(day, day == frame.today, day < frame.today, aside, day.weekday() > 4)


def _holidays(told: Iterable[tuple[Served, dict]]) -> list[tuple[str, list[str]]]:
    found: dict[str, list[str]] = {}
    for client, day in told:
        if day["holiday"]:
            found.setdefault(day["holiday"], []).append(client.name)
    return list(found.items())


def _free(client: Served, opening: dict, day: date) -> dict:
    return {
        "time": opening["time"],
        "client": client,
        "url": f"{reverse('plan-new')}?client={client.slug}&day={day.isoformat()}&time={opening['time']}",
    }
