"""The weekly slots of a client, and which of them is free next; posts are queued into them one at a time."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.utils import timezone

from agency.models import User
from clients import audit
from clients.models import Channel, Client
from clients.refusal import Conflict, Refused

from . import posts
from .models import Post, Publication, Slot
from .vocabulary import State

FIELDS = ("weekday", "time", "channels", "kinds")
AHEAD = timedelta(weeks=52)


@dataclass(frozen=True, slots=True)
class Opening:
    """An instant of a slot, and the channels (by slug) that have no post then."""

    at: datetime
    slot: Slot
    channels: frozenset[str]


@transaction.atomic
def add_slot(
    *,
    client: Client,
    actor: User | None,
    weekday: int,
    time: time,
    channels: Collection[str] = (),
    kinds: Collection[str] = (),
) -> Slot:
    """A new slot of the client. Raises Refused."""
    slot = Slot(client=client, weekday=weekday, time=time, channels=list(channels), kinds=list(kinds))
    _check(slot)
    slot.save()
    audit.record(client, actor, "slot.added", "slot", slot.id, after=_facts(slot))
    return slot


@transaction.atomic
def change_slot(*, slot: Slot, actor: User | None, **changes) -> Slot:
    """New values for any of FIELDS; posts that are queued already stay where they are. Raises Refused."""
    before = _facts(slot)
    for field in FIELDS:
        setattr(slot, field, changes.get(field, getattr(slot, field)))
    _check(slot)
    slot.save()
    if before != _facts(slot):
        audit.record(slot.client, actor, "slot.changed", "slot", slot.id, before, _facts(slot))
    return slot


@transaction.atomic
def remove_slot(*, slot: Slot, actor: User | None) -> None:
    audit.record(slot.client, actor, "slot.removed", "slot", slot.id, before=_facts(slot))
    slot.delete()


@transaction.atomic
def queue(*, post: Post, actor: User | None, now: datetime | None = None) -> Post:
    """Move the post to the next free slot for its channels and kind. Raises Conflict."""
    one_at_a_time(post.client)
    rows = posts.locked(post)
    slugs = {row.channel.slug for row in rows}
    for opening in free(post.client, after=now or timezone.now(), apart_from=post):
        if slugs <= opening.channels and (not opening.slot.kinds or post.kind in opening.slot.kinds):
            return posts.change_post(post=post, actor=actor, publish_at=opening.at)
    raise Conflict("The client has no free slot for these channels and this kind of post.", "no_slot")


def one_at_a_time(client: Client) -> None:
    """Until this transaction ends nobody else takes a slot of the client."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('queue'), %s)", [client.id % 2**31])


def free(
    client: Client, *, after: datetime, slots: Iterable[Slot] | None = None, apart_from: Post | None = None
) -> Iterator[Opening]:
    """The openings of the coming year, of all slots of the client or of these."""
    wanted = Slot.objects.filter(client=client) if slots is None else slots
    channels = frozenset(Channel.objects.filter(client=client, disabled_at=None).values_list("slug", flat=True))
    planned = Publication.objects.filter(client=client, post__publish_at__gt=after).exclude(state=State.CANCELLED)
    if apart_from is not None:
        planned = planned.exclude(post=apart_from)
    taken = set(planned.values_list("post__publish_at", "channel__slug"))
    return openings(list(wanted), channels, taken, posts.zone_of(client), after, after + AHEAD)


def openings(
    slots: Iterable[Slot],
    channels: frozenset[str],
    taken: Collection[tuple[datetime, str]],
    zone: str,
    after: datetime,
    until: datetime,
) -> Iterator[Opening]:
    """Those after one instant and up to another, in the order of time; `taken` are (instant, channel)."""
    for at, slot in times(slots, zone, after, until):
        own = channels & set(slot.channels) if slot.channels else channels
        if room := frozenset(slug for slug in own if (at, slug) not in taken):
            yield Opening(at, slot, room)


def times(slots: Iterable[Slot], zone: str, after: datetime, until: datetime) -> Iterator[tuple[datetime, Slot]]:
    """Every instant of a slot after one and up to another, in the order of time; wall times as posts read them."""
    ordered = sorted(slots, key=lambda slot: (slot.time, slot.id))
    day, last = (moment.astimezone(ZoneInfo(zone)).date() for moment in (after, until))
    while day <= last:
        today = [slot for slot in ordered if slot.weekday == day.weekday()]
        found = [(posts.instant(datetime.combine(day, slot.time), zone)[0], slot) for slot in today]
        yield from ((at, slot) for at, slot in sorted(found, key=lambda pair: pair[0]) if after < at <= until)
        day += timedelta(days=1)


def _check(slot: Slot) -> None:
    known = Channel.objects.filter(client=slot.client, slug__in=slot.channels).values_list("slug", flat=True)
    if strange := [slug for slug in slot.channels if slug not in set(known)]:
        raise Refused("channels", f"The client has no channel '{strange[0]}'.", "unknown")


def _facts(slot: Slot) -> dict:
    return {field: getattr(slot, field) for field in FIELDS}
