"""The editorial calendar: what is planned on each local day, what day that is, what is free and what is missing."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models.functions import Left

from clients import calendars
from clients.access import Served
from clients.models import Calendar, Channel, Client

from . import slots
from .models import Cadence, Post, Publication, Slot
from .vocabulary import State

DAY, WEEK = timedelta(days=1), timedelta(days=7)
GONE = (State.CANCELLED, State.FAILED, State.MISSED)
BEGINNING = 120  # characters of a text that a calendar shows


@dataclass(frozen=True, slots=True)
class Way:
    """A post on one channel."""

    channel: Channel
    state: str


@dataclass(frozen=True, slots=True)
class Planned:
    """A post with what a calendar shows of it; whole models would take most of the time of a full month.

    `zone` is its client's, `ways` are what it goes to; by the slugs of their channels also `names` and `states`.
    """

    id: int
    client_id: int
    kind: str
    title: str
    text: str
    publish_at: datetime
    evergreen: bool
    version: int
    zone: ZoneInfo
    ways: list[Way]

    @property
    def time(self) -> str:
        return f"{self.publish_at.astimezone(self.zone):%H:%M}"

    @property
    def channels(self) -> list[str]:
        return [way.channel.slug for way in self.ways]

    @property
    def names(self) -> dict[str, str]:
        return {way.channel.slug: way.channel.name for way in self.ways}

    @property
    def states(self) -> dict[str, str]:
        return {way.channel.slug: way.state for way in self.ways}


def calendar(
    clients: Collection[Client | Served], low: date, high: date, now: datetime, language: str = ""
) -> list[dict]:
    """For each client its days from `low` to `high`, and the weeks in which a channel has less than was agreed.

    In a fixed number of queries, whatever the number of clients, days and posts. `language` is that of the holidays'
    names, as in `calendars.days`.
    """
    first, last = low - low.weekday() * DAY, high + (6 - high.weekday()) * DAY  # whole weeks, for the gaps
    documents = dict(Calendar.objects.filter(client__among=clients).values_list("client_id", "document"))
    zones = {id: ZoneInfo(document["zone"]) for id, document in documents.items()}
    channels = Channel.objects.filter(client__among=clients).only("client_id", "slug", "name", "disabled_at").in_bulk()
    posts, usable = _by_client(_posts(zones, channels, first, last)), _by_client(channels.values())
    free, agreed = _by_client(Slot.objects.filter(client__among=clients)), _by_client(_cadences(clients))
    return [
        _Plan(documents[client.id], posts[client.id], usable[client.id], now, language).told(
            client, low, high, free[client.id], agreed[client.id]
        )
        for client in clients
    ]


def _by_client(rows) -> dict[int, list]:
    found = defaultdict(list)
    for row in rows:
        found[row.client_id].append(row)
    return found


def _posts(zones: Mapping[int, ZoneInfo], channels: Mapping[int, Channel], first: date, last: date) -> list[Planned]:
    """Those of these clients in the weeks, with a day to spare at each end for the zones."""
    low, high = (datetime.combine(day, time(), UTC) for day in (first - DAY, last + 2 * DAY))
    rows = Post.objects.filter(client__among=zones, publish_at__gte=low, publish_at__lt=high)
    told = rows.order_by("publish_at", "id").values_list(
        "id", "client_id", "kind", "title", Left("text", BEGINNING), "publish_at", "evergreen", "version"
    )
    found = {row[0]: Planned(*row, zones[row[1]], []) for row in told}
    ways = Publication.objects.filter(client__among=zones, post__among=found).order_by("id")
    for post, channel, state in ways.values_list("post_id", "channel_id", "state"):
        found[post].ways.append(Way(channels[channel], state))
    return list(found.values())


def _cadences(clients):
    agreed = Cadence.objects.filter(client__among=clients, least__gt=0)
    return agreed.select_related("channel").order_by("channel__slug")


class _Plan:
    """What is known of one client, told day by day."""

    def __init__(self, document: dict, posts: list[Planned], channels: list[Channel], now: datetime, language: str):
        self.document, self.now, self.language = document, now, language
        self.zone = ZoneInfo(document["zone"])
        self.channels = frozenset(channel.slug for channel in channels if channel.disabled_at is None)
        self.posts = defaultdict(list)
        for post in posts:
            self.posts[self.day(post.publish_at)].append(post)
        self.taken = {
            (post.publish_at, way.channel.slug)
            for post in posts
            for way in post.ways
            if way.state != State.CANCELLED
        }

    def day(self, at: datetime) -> date:
        return at.astimezone(self.zone).date()

    def told(self, client: Client | Served, low: date, high: date, own: list[Slot], agreed: list[Cadence]) -> dict:
        free = self._free(own, low, high)
        days = [
            {
                "day": day,
                "holiday": holiday,
                "closed": closed,
                "posts": self.posts[day],
                "free_slots": free[day],
            }
            for day, holiday, closed in calendars.days(self.document, low, high, self.language)
        ]
        gaps = list(self._gaps(low, high, agreed))
        return {"client": client.slug, "zone": self.document["zone"], "days": days, "gaps": gaps}

    def _free(self, own: list[Slot], low: date, high: date) -> dict[date, list[dict]]:
        """Of the days to come: what is over can't be filled any more."""
        start, end = (datetime.combine(day, time(), self.zone) for day in (low, high + DAY))
        found = defaultdict(list)
        after, until = max(start - timedelta(microseconds=1), self.now), end - timedelta(microseconds=1)
        for one in slots.openings(own, self.channels, self.taken, self.document["zone"], after, until):
            found[self.day(one.at)].append(
                {
                    "slot": one.slot.id,
                    "at": one.at,
                    "time": f"{one.at.astimezone(self.zone):%H:%M}",
                    "channels": sorted(one.channels),
                    "kinds": one.slot.kinds,
                }
            )
        return found

    def _gaps(self, low: date, high: date, agreed: list[Cadence]) -> Iterator[dict]:
        """Weeks, by their Monday, in which a channel has fewer posts than were agreed; drafts are counted."""
        counts = Counter(
            (day - day.weekday() * DAY, way.channel.id)
            for day, found in self.posts.items()
            for post in found
            for way in post.ways
            if way.state not in GONE
        )
        monday = low - low.weekday() * DAY
        while monday <= high:
            for one in agreed:
                if (number := counts[monday, one.channel_id]) < one.least:
                    yield {
                        "channel": one.channel.slug,
                        "name": one.channel.name,
                        "week": monday,
                        "planned": number,
                        "least": one.least,
                    }
            monday += WEEK
