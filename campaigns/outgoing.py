"""What others hear by webhook of posts and their approvals; whoever tells holds the post's publications."""

from collections.abc import Collection, Iterable

from agency.models import User
from clients.webhooks import outbox
from clients.webhooks.outbox import instant
from clients.webhooks.vocabulary import TYPES

from .models import Decision, Post, Publication
from .vocabulary import WAITING, State, Verdict

ABOUT_POSTS = tuple(name for name in TYPES if name.startswith(("post.", "approval.")))
ACTIONS = {
    "submit": "post.submitted", "cancel": "post.cancelled", "hold": "post.held", "release": "post.released",
}  # fmt: skip
VERDICTS = {Verdict.CHANGE: "post.changes_requested", Verdict.REJECT: "post.rejected"}
STATES = {State.SENT: "post.published", State.FAILED: "post.failed", State.MISSED: "post.missed"}
STAGES = {State.IN_REVIEW: "internal", State.CLIENT_REVIEW: "client"}


def states(rows: Iterable[Publication]) -> dict[int, str]:
    """To be handed to `moved` later."""
    return {row.id: row.state for row in rows}


def told(post: Post, type: str, actor: User | None = None, **more) -> None:
    """One event about a post as it is now; `more` stands beside it."""
    data = {"by": actor and actor.email} | more
    outbox.tell(post.client_id, type, _line(post), lambda: data | {"post": shown(post)})


def moved(post: Post, before: dict[int, str], rows: Collection[Publication]) -> None:
    """Where these publications went: to a review, past the last one, into their slot; `before` is of `states`."""
    if not outbox.listened([post.client_id], ABOUT_POSTS):
        return
    went = [row for row in rows if row.state != before.get(row.id)]
    for state, stage in STAGES.items():
        if found := [row for row in went if row.state == state]:
            told(post, "approval.requested", stage=stage, channels=_slugs(found))
    passed = [row for row in went if row.state in (State.APPROVED, State.SCHEDULED) and before.get(row.id) in WAITING]
    for type, found in (
        ("post.approved", passed),
        ("post.scheduled", [row for row in went if row.state == State.SCHEDULED]),
    ):
        if found:
            told(post, type, channels=_slugs(found))


def decided(post: Post, decision: Decision, row: Publication, actor: User | None) -> None:
    more = {"stage": decision.stage, "verdict": decision.verdict, "comment": decision.comment}
    more |= {"reason": decision.reason, "channels": [row.channel.slug]}
    more |= {"link": decision.link.name} if decision.link else {}
    told(post, "approval.decided", actor, **more)


def ended(post: Post, row: Publication, state: str, reason: str, url: str) -> None:
    """A publication is out, failed or missed its slot."""
    if type := STATES.get(state):
        told(post, type, channel=row.channel.slug, reason=reason, url=url)


def shown(post: Post) -> dict:
    """A post in the API's fields, without what another question would have to find."""
    found = Publication.objects.filter(client_id=post.client_id, post=post)
    rows = list(found.select_related("channel").order_by("id"))
    return {
        "id": post.id,
        "client": post.client.slug,
        "campaign": post.campaign and post.campaign.slug,
        "goal": post.serves and post.serves.slug,
        "kind": post.kind,
        "title": post.title,
        "text": post.text,
        "link": post.link,
        "tags": post.tags,
        "publish_at": instant(post.publish_at),
        "local_time": post.local_time,
        "zone": post.zone,
        "version": post.version,
        "author": post.author and post.author.email,
        "channels": _slugs(rows),
        "states": {row.channel.slug: row.state for row in rows},
        "urls": {row.channel.slug: row.url for row in rows if row.url},
    }


def _slugs(rows: Iterable[Publication]) -> list[str]:
    return [row.channel.slug for row in rows]


def _line(post: Post) -> str:
    return f"post:{post.id}"
