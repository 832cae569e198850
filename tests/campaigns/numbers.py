"""What counters did in a window, told in plain Python from the snapshots: what the SQL must agree with."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from campaigns.engagement import COUNTERS, OF_POSTS
from campaigns.models import PublishingRule, Snapshot

SOURCES = ("import", "manual", "api")  # the last one counts among equals


def window(low: date, high: date, zone: str) -> tuple[datetime, datetime]:
    """The instants between which these local days lie, the end excluded."""
    return tuple(datetime.combine(day, time(), ZoneInfo(zone)) for day in (low, high + timedelta(days=1)))


def value(snapshots, counter: str, before: datetime):
    told = [one for one in snapshots if one.observed_at < before and getattr(one, counter) is not None]
    told.sort(key=lambda one: (one.observed_at, SOURCES.index(one.source)))
    return getattr(told[-1], counter) if told else None


def first(snapshots, counter: str):
    told = [one for one in snapshots if getattr(one, counter) is not None]
    told.sort(key=lambda one: (one.observed_at, -SOURCES.index(one.source)))
    return getattr(told[0], counter) if told else None


def change(snapshots, counter: str, start: datetime, end: datetime):
    """None where nobody told it until the end; a channel counts from its first snapshot, a post from 0."""
    now, before = value(snapshots, counter, end), value(snapshots, counter, start)
    if now is None:
        return None
    if before is None:
        before = first(snapshots, counter) if snapshots[0].publication_id is None else 0
    return now - before


def subjects(client_id: int) -> list[list[Snapshot]]:
    found: dict[tuple, list] = {}
    for one in Snapshot.objects.filter(client_id=client_id).select_related("publication__post__campaign", "channel"):
        found.setdefault((one.channel_id, one.publication_id), []).append(one)
    return list(found.values())


def seen(snapshots, start: datetime, end: datetime) -> bool:
    return any(start <= one.observed_at < end for one in snapshots)


def added(values):
    known = [one for one in values if one is not None]
    return sum(known) if known else None


def row(client_id: int, low: date, high: date, zone: str, kind: str, of=lambda snapshots: True) -> dict:
    """The row of those subjects for which `of` holds."""
    start, end = window(low, high, zone)
    everything = subjects(client_id)
    here = [one for one in everything if seen(one, start, end) and of(one)]
    posts = [one for one in here if one[0].publication_id]
    accounts = [one for one in here if not one[0].publication_id]
    counts = PublishingRule.objects.filter(client_id=client_id, counts_clicks=False).first() is None
    parts = ("reactions", "comments", "shares") + (("clicks",) if counts else ())
    engaged, denominators = [], []
    for one in posts:
        engaged.append(added(change(one, part, start, end) for part in parts))
        denominators.append(_denominator(one, everything, kind, start, end))
    covered = [(e, d) for e, d in zip(engaged, denominators, strict=True) if d is not None]
    whole, base = added(e for e, _ in covered), sum(d for _, d in covered)
    told = {name: added(change(one, name, start, end) for one in posts) for name in OF_POSTS}
    told["followers"] = added(change(one, "followers", start, end) for one in accounts)
    return told | {
        "account": {name: added(change(one, name, start, end) for one in accounts) for name in OF_POSTS},
        "engagement": added(engaged),
        "rate": {
            "kind": kind,
            "value": whole / base if whole is not None and base > 0 else None,
            "covered": len(covered),
            "of": len(posts),
        },
        "captured_at": max((s.observed_at for one in here for s in one if start <= s.observed_at < end), default=None),
    }


def _denominator(snapshots, everything, kind: str, start: datetime, end: datetime):
    if kind != "followers":
        return change(snapshots, kind, start, end)
    own = value(snapshots, "followers", end)
    if own is not None:
        return own
    of_channel = [one for one in everything if not one[0].publication_id and one[0].channel == snapshots[0].channel]
    return value(of_channel[0], "followers", end) if of_channel else None


assert set(OF_POSTS) < set(COUNTERS)
