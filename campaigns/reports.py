"""Tells people of posts that did not get where they should be."""

from agency import rights
from agency.models import Role
from clients import notices

from .models import Post, Publication
from .vocabulary import State

KINDS = {State.MISSED: "post_missed", State.FAILED: "post_failed"}


def told(row: Publication, state: str, reason: str, at) -> None:
    """After a change of state that somebody has to look at; `at` is when a worker looks again, None: never."""
    kind = "post_unconfirmed" if state == State.UNCONFIRMED and at is None else KINDS.get(state)
    if kind:
        key = f"{row.pk}:{row.fence}"
        notices.tell(row.post.client, kind, key, channel=row.channel.name, at=slot(row.post), reason=reason[:500])


def asked(post: Post) -> None:
    """The post now waits for its client."""
    key = f"{post.id}:{post.version}"
    notices.tell(post.client, "approval_asked", key, roles=(Role.APPROVER,), at=slot(post))


def by_hand(row: Publication) -> None:
    """The time of a post has come that a person has to publish."""
    key = f"{row.pk}:{row.planned_at:%Y%m%d%H%M}"
    values = {"channel": row.channel.name, "at": slot(row.post)}
    notices.tell(row.post.client, "post_by_hand", key, roles=rights.ANSWERING, **values)


def slot(post: Post) -> str:
    """The post's time in the client's zone, in ISO 8601; '' without one."""
    return post.local_time
