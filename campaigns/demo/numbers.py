"""The demo's numbers: how posts and channels grew over ninety days, with a weekly rhythm, a viral post and a dip."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random

from clients.models import Channel, Client
from clients.networks.types import Numbers

from .. import rollup, snapshots, tracking
from ..models import Click, Publication, PublishingRule, ShortLink
from ..snapshots import Reading
from ..vocabulary import State
from .posts import NETWORKS

DAYS = 90
AGES = (1, 2, 3, 5, 8, 14, 28, 56)  # days after a post went out at which it is looked at
SHARES = (0.46, 0.66, 0.76, 0.86, 0.92, 0.96, 0.99, 1.0)  # of its final numbers, by then
RHYTHM = (0.9, 1.15, 1.0, 1.05, 1.2, 0.8, 0.75)  # Monday to Sunday
VIRAL = ("tidenhub", "instagram", 24)  # the post nearest to so many days ago, which everybody passed on
DIP = (47, 40)  # between so many days ago, when the autumn holidays were
KINDS = {"tip": 1.2, "job": 0.7, "event": 1.1, "product": 0.8, "behind_the_scenes": 1.35, "reaction": 1.0}


def add(client: Client, now: datetime) -> None:
    """Snapshots of what one client published, whose scope is open, and the sums made of them."""
    channels = list(Channel.objects.filter(client=client, slug__in=NETWORKS))
    readings = [one for channel in channels for one in _channel(channel, now)]
    for channel in channels:
        out = Publication.objects.filter(channel=channel, state=State.SENT).select_related("post").order_by("id")
        rows = list(out)
        readings += [one for row in rows for one in _post(row, channel, now, row == _viral(rows, channel, now))]
    snapshots.take(readings)
    _visits(client, now)
    rollup.rebuild(client.id)


def _channel(channel: Channel, now: datetime) -> Iterator[Reading]:
    """The account as a whole, once a day."""
    chance = Random(f"numbers {channel.client.slug} {channel.slug}")
    followers, impressions = chance.randrange(380, 4_800), 0
    for age in range(DAYS, -1, -1):
        at = now - timedelta(days=age)
        quiet = 0.35 if DIP[1] <= age <= DIP[0] else 1
        impressions += int(followers * 0.4 * RHYTHM[at.weekday()] * quiet * chance.uniform(0.8, 1.2))
        followers += max(-2, round(followers * 0.0009 * quiet * chance.uniform(-0.3, 2)))
        told = Numbers(impressions=impressions, followers=followers)
        yield Reading(channel.client_id, channel.id, None, at, "api", told)


def _visits(client: Client, now: datetime) -> None:
    """People who followed the links of posts to the homepage, most of them soon after a post went out."""
    found = []
    linked = Publication.objects.filter(client=client, state=State.SENT).exclude(post__link="")
    for row in linked.select_related("post", "client").order_by("id"):
        chance = Random(f"visits {client.slug} {row.id}")
        tracking.outgoing(row.post, row, PublishingRule(client=client, short_links=True))
        link = ShortLink.objects.get(client=client, publication=row)
        times = [row.sent_at + timedelta(hours=chance.expovariate(1 / 30)) for _ in range(chance.randrange(2, 14))]
        found += [Click(client=client, link=link, at=at) for at in times if at <= now]
    Click.objects.bulk_create(found)


def _viral(rows: list[Publication], channel: Channel, now: datetime) -> Publication | None:
    client, slug, age = VIRAL
    if (channel.client.slug, channel.slug) != (client, slug):
        return None
    return min(rows, key=lambda row: abs(now - timedelta(days=age) - row.sent_at))


def _post(row: Publication, channel: Channel, now: datetime, viral: bool) -> Iterator[Reading]:
    """A post at growing ages; Instagram's tell their reach and views, Facebook's reach, impressions and clicks."""
    chance = Random(f"numbers {channel.client.slug} {channel.slug} {row.sent_at:%j}")
    age = (now - row.sent_at).days
    factor = KINDS[row.post.kind] * (0.3 if DIP[1] <= age <= DIP[0] else 1) * (40 if viral else 1)
    reach = int(chance.uniform(240, 900) * factor)
    final = {
        "reach": reach,
        "reactions": int(reach * chance.uniform(0.02, 0.06)),
        "comments": int(reach * chance.uniform(0.001, 0.008)),
        "shares": int(reach * chance.uniform(0.001, 0.006) * (4 if viral else 1)),
    }
    if channel.slug == "facebook":
        final |= {"impressions": int(reach * chance.uniform(1.2, 1.6)), "clicks": int(reach * chance.uniform(0, 0.02))}
    else:
        final |= {"views": int(reach * chance.uniform(1.3, 2.1))}
    for days, share in zip(AGES, SHARES, strict=True):
        at = row.sent_at + timedelta(days=days)
        if at <= now:
            grown = {name: int(value * share) for name, value in final.items()}
            yield Reading(channel.client_id, channel.id, row.id, at, "api", Numbers(**grown))
