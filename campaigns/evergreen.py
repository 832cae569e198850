"""The pool of posts that are never out of date: which of them fills a gap, as a new post that passes the one gate."""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from agency.models import User
from clients.models import Client
from clients.refusal import Conflict

from . import approval, fit, media, posts, slots
from .models import Post, Publication, Slot
from .vocabulary import State

REST = timedelta(days=60)  # before a post is said again
ASIDE = (State.HELD, State.CANCELLED)
UNSAID = (State.CANCELLED, State.FAILED, State.MISSED)


@transaction.atomic
def reuse(
    *, post: Post, actor: User | None, channels: Collection[str] | None = None, publish_at: datetime | None = None
) -> Post:
    """The same post again as a new draft, on those of its channels that are served; it needs its own approval.

    Raises Refused.
    """
    rows = [row for row in _served(post) if channels is None or row.channel.slug in channels]
    return posts.add_post(
        client=post.client,
        actor=actor,
        channels=[row.channel.slug for row in rows],
        variants={row.channel.slug: row.variant for row in rows if row.variant},
        media=[one.media_id for one in media.of(post)],
        origin_id=post.origin_id or post.id,
        publish_at=publish_at,
        **{field: getattr(post, field) for field in ("kind", "title", "text", "link", "tags", "campaign")},
    )


@transaction.atomic
def fill(client: Client, slot: Slot, *, actor: User | None = None, now: datetime | None = None) -> Post:
    """The post of the pool that rested longest, again, in the next free time of the slot and on its way to approval.

    Raises Conflict where the slot is taken for a year or nothing of the pool may be said again.
    """
    now = now or timezone.now()
    slots.one_at_a_time(client)
    opening = next(slots.free(client, after=now, slots=[slot]), None)
    found = opening and next((post for post in rested(client, opening.at) if _goes_into(post, opening)), None)
    if found is None:
        raise Conflict("No evergreen post may fill this slot.", "nothing_evergreen")
    made = reuse(post=found, actor=actor, channels=opening.channels, publish_at=opening.at)
    return posts.act(made, "submit", actor=actor)


def pick(client: Client, channels: Collection[str], now: datetime) -> Post | None:
    """The post of the pool that rested longest, may be said on all these channels (by slug) and is approved for them.

    Approved means that the gate lets each of its publications pass as it stands. To be said again it takes `reuse`.
    """
    rule = approval.rule_of(client)
    for post in rested(client, now):
        rows = {row.channel.slug: row for row in _served(post) if row.state not in ASIDE}
        if set(channels) <= set(rows) and all(_passes(post, rows[slug], rule) for slug in channels):
            return post
    return None


def rested(client: Client, at: datetime) -> list[Post]:
    """The posts of the pool that were not said, nor are planned, within 60 days of then; the longest rested first."""
    pool = {post.id: post for post in _pool(client)}
    used: dict[int, list[datetime]] = {id: [] for id in pool}
    for id, origin, sent_at, publish_at, created_at in _uses(client, pool):
        said = sent_at or publish_at or (created_at if origin else None)
        if said is not None:
            used[origin if origin in used else id].append(said)
    free = [id for id, times in used.items() if all(abs(at - time) >= REST for time in times)]
    return [pool[id] for id in sorted(free, key=lambda id: (bool(used[id]), max(used[id], default=at), id))]


def _pool(client: Client):
    related = Post.objects.filter(client=client, evergreen=True).select_related("client", "campaign")
    return related.prefetch_related("attachments", "publications__channel")


def _uses(client: Client, pool: Collection[int]):
    """(post, its origin, sent, planned, made) of everything that says or will say something of the pool."""
    rows = Publication.objects.filter(client=client).exclude(state__in=UNSAID)
    ours = rows.filter(post__in=pool) | rows.filter(post__origin__in=pool)
    return ours.values_list("post_id", "post__origin_id", "sent_at", "post__publish_at", "post__created_at")


def _served(post: Post) -> list[Publication]:
    """The post on those of its channels that are not switched off."""
    return sorted((row for row in post.publications.all() if not row.channel.disabled_at), key=lambda row: row.id)


def _goes_into(post: Post, opening: slots.Opening) -> bool:
    there = {row.channel.slug for row in _served(post)}
    kinds = opening.slot.kinds
    return bool(there & opening.channels) and (not kinds or post.kind in kinds)


def _passes(post: Post, row: Publication, rule) -> bool:
    return approval.missing(post, row, rule) is None and not fit.faults(post, row, rule, complete=True)
