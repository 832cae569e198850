"""Posts as their client sees them: what each will say where and when, and what waits for the client's word."""

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import QuerySet

from . import approval, media
from .models import Post, Publication, Question
from .vocabulary import State

# What a client is told of a publication; the agency's drafts are its own business.
STAGES = {
    State.CLIENT_REVIEW: "waiting",
    State.APPROVED: "planned",
    State.SCHEDULED: "planned",
    State.HELD: "held",
    State.SENDING: "sent",
    State.UNCONFIRMED: "sent",
    State.SENT: "sent",
    State.MISSED: "missed",
}
WAITS = """
SELECT (SELECT count(DISTINCT post_id) FROM campaigns_publication
        WHERE client_id = ANY(%(clients)s) AND state = 'client_review'),
    (SELECT count(*) FROM campaigns_question
        WHERE client_id = ANY(%(clients)s) AND answered_at IS NULL AND withdrawn_at IS NULL)
"""


def waits(clients: Collection[int]) -> tuple[int, int]:
    """How many posts wait for their client's approval, and how many questions for its answer."""
    with connection.cursor() as cursor:
        cursor.execute(WAITS, {"clients": list(clients)})
        return cursor.fetchone()


def waiting(clients: Collection[int]) -> QuerySet[Post]:
    rows = Publication.objects.filter(client__in=clients, state=State.CLIENT_REVIEW)
    return Post.objects.filter(client__in=clients, id__in=rows.values("post")).select_related("client")


def questions(clients: Collection[int]) -> QuerySet[Question]:
    rows = Question.objects.filter(client__in=clients, answered_at=None, withdrawn_at=None)
    return rows.select_related("client__agency", "asker", "post").order_by("due_at", "id")


def of(posts: QuerySet[Post]) -> Iterator[dict]:
    """Each of the posts, by their time, in a fixed number of queries; `seen` are the hashes of what waits."""
    found = posts.order_by("publish_at", "id").prefetch_related("publications__channel", "attachments")
    for post in found:
        rows = sorted(post.publications.all(), key=lambda row: row.id)
        waiting = [row for row in rows if row.state == State.CLIENT_REVIEW]
        yield {
            "post": post,
            "at": post.publish_at and _wall(post),
            "texts": _texts(post, rows),
            "pictures": [(media.address(one.media), one.alt) for one in media.of(post)],
            "seen": [(row.id, approval.hash_of(post, row)) for row in waiting],
            "state": "waiting" if waiting else _state(rows),
        }


def planned(clients: Collection[int], low: datetime, high: datetime) -> list[dict]:
    """What the clients may see of the posts between two instants, in their order; in one query."""
    rows = Publication.objects.filter(
        client__in=clients, state__in=[*STAGES], post__publish_at__gte=low, post__publish_at__lt=high
    )
    found: dict[int, dict] = {}
    for row in rows.select_related("post__client", "channel").order_by("post__publish_at", "post_id", "id"):
        post = row.post
        new = {"post": post, "at": _wall(post), "channels": [], "stage": STAGES[row.state], "url": ""}
        card = found.setdefault(post.id, new)
        card["channels"].append(row.channel.name)
        card["url"] = card["url"] or row.url
        if row.state == State.CLIENT_REVIEW:
            card["stage"] = "waiting"
    return list(found.values())


def coming(clients: Collection[int], now: datetime, days: int, number: int) -> list[dict]:
    """The next posts that go out, or would if the client said yes."""
    found = planned(clients, now, now + timedelta(days=days))
    return [card for card in found if card["stage"] in ("waiting", "planned")][:number]


def _wall(post: Post) -> datetime:
    """When it goes out on the client's clock; templates would turn an instant into another zone."""
    return post.publish_at.astimezone(ZoneInfo(post.zone)).replace(tzinfo=None)


def _state(rows) -> str:
    states = {row.state for row in rows}
    if State.HELD in states:
        return "held"
    return "working" if states & {State.DRAFT, State.IN_REVIEW} else "done"


def _texts(post: Post, rows) -> list[tuple[str, list[str]]]:
    """Each different text with the names of the channels that it is for."""
    found: dict[str, list[str]] = {}
    for row in rows:
        found.setdefault(row.variant or post.text, []).append(row.channel.name)
    return list(found.items())
