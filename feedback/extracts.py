"""What an export says: the columns of each kind and the rows of one client behind a position, piece by piece."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.utils import timezone

from campaigns import metrics as engagement
from campaigns.engagement import COUNTERS
from campaigns.models import Publication

from . import metrics
from .models import Conversation, Export, Interaction

CHUNK, DAYS = 2_000, 100
RATE = "reach"  # what engagement is divided by
Piece = list[list]


@dataclass(frozen=True)
class Kind:
    """`columns` are (name, unit): text, number, decimal, flag, moment or day. `right` is what its reader needs.

    `read(export, zone)` gives the rows behind `export.position` and the position of the last one; no rows is the end.
    """

    right: str
    columns: tuple[tuple[str, str], ...]
    filters: tuple[str, ...]
    read: Callable[[Export, ZoneInfo], tuple[Piece, str]]


def _behind(rows: QuerySet, export: Export) -> list:
    return list(rows.filter(client_id=export.client_id, id__gt=int(export.position or 0)).order_by("id")[:CHUNK])


def _bounds(export: Export, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The local days of the export as instants, the second one excluded."""
    return (
        datetime.combine(export.low, time(), zone),
        datetime.combine(export.high + timedelta(days=1), time(), zone),
    )


def _wanted(export: Export, fields: dict[str, str]) -> dict:
    return {f"{fields[name]}__in": values for name, values in export.filters.items() if values}


def _last(found: list) -> str:
    return str(found[-1].id) if found else ""


def _interactions(export: Export, zone: ZoneInfo) -> tuple[Piece, str]:
    low, high = _bounds(export, zone)
    wanted = _wanted(export, {"channels": "channel__slug", "sentiment": "sentiment", "direction": "direction"})
    rows = Interaction.objects.filter(received_at__gte=low, received_at__lt=high, **wanted)
    found = _behind(rows.select_related("channel", "client"), export)
    return [[_of_interaction(row, name) for name, _ in INTERACTIONS] for row in found], _last(found)


def _of_interaction(row: Interaction, name: str):
    if name == "text" and row.deleted_at:
        return ""
    return _SLUGS[name](row) if name in _SLUGS else getattr(row, name)


def _conversations(export: Export, zone: ZoneInfo) -> tuple[Piece, str]:
    low, high = _bounds(export, zone)
    wanted = _wanted(export, {"channels": "channel__slug", "sentiment": "sentiment", "status": "status"})
    rows = Conversation.objects.filter(started_at__gte=low, started_at__lt=high, **wanted)
    found = _behind(rows.select_related("channel", "client", "campaign", "assignee"), export)
    return [[_of_conversation(row, name) for name, _ in CONVERSATIONS] for row in found], _last(found)


def _of_conversation(row: Conversation, name: str):
    return _SLUGS[name](row) if name in _SLUGS else getattr(row, name)


def _posts(export: Export, zone: ZoneInfo) -> tuple[Piece, str]:
    low, high = _bounds(export, zone)
    rows = Publication.objects.filter(
        post__publish_at__gte=low, post__publish_at__lt=high, **_wanted(export, {"channels": "channel__slug"})
    )
    found = _behind(rows.select_related("channel", "client", "post__campaign"), export)
    return [[_of_post(row, name) for name, _ in POSTS] for row in found], _last(found)


def _of_post(row: Publication, name: str):
    post = row.post
    told = {
        "campaign": post.campaign and post.campaign.slug,
        "text": row.variant or post.text,
        "tags": " ".join(post.tags),
    }
    if name in told:
        return told[name]
    if name in ("client", "channel"):
        return _SLUGS[name](row)
    return getattr(post if name in ("kind", "title", "link", "publish_at") else row, name)


_SLUGS = {
    "client": lambda row: row.client.slug,
    "channel": lambda row: row.channel.slug,
    "campaign": lambda row: row.campaign and row.campaign.slug,
    "assignee": lambda row: row.assignee and row.assignee.email,
}


def _some_days(export: Export) -> tuple[date, date] | None:
    """The next days of a long period, None behind its end."""
    low = date.fromisoformat(export.position) + timedelta(days=1) if export.position else export.low
    return (low, min(export.high, low + timedelta(days=DAYS - 1))) if low <= export.high else None


def _response_times(export: Export, zone: ZoneInfo) -> tuple[Piece, str]:
    """Days without a message have no row."""
    if (days := _some_days(export)) is None:
        return [], ""
    rows = metrics.response_times([export.client_id], *days, "day", timezone.now())
    return [[_of_times(row, name, export) for name, _ in RESPONSE_TIMES] for row in rows], days[1].isoformat()


def _of_times(row: dict, name: str, export: Export):
    if name in ("client", "day"):
        return export.client.slug if name == "client" else date.fromisoformat(row["key"])
    clock, _, rest = name.partition("_")
    if clock in metrics.CLOCKS:
        basis, _, share = rest.partition("_")
        return row[clock][basis][share]
    return row[name]


def _engagement(export: Export, zone: ZoneInfo) -> tuple[Piece, str]:
    if (days := _some_days(export)) is None:
        return [], ""
    rows = engagement.rows([export.client_id], *days, "day", RATE)
    return [[_of_numbers(row, name, export) for name, _ in ENGAGEMENT] for row in rows], days[1].isoformat()


def _of_numbers(row: dict, name: str, export: Export):
    if name in ("client", "day"):
        return export.client.slug if name == "client" else date.fromisoformat(row["key"])
    return row["rate"]["value"] if name == "rate_by_reach" else row[name]


INTERACTIONS = (
    ("id", "number"), ("client", "text"), ("channel", "text"), ("conversation_id", "number"), ("external_id", "text"),
    ("parent_external_id", "text"), ("direction", "text"), ("kind", "text"), ("author_id", "text"),
    ("author_name", "text"), ("automated", "flag"), ("text", "text"), ("stars", "number"), ("received_at", "moment"),
    ("edited_at", "moment"), ("deleted_at", "moment"), ("language", "text"), ("sentiment", "text"),
    ("urgency", "text"), ("question", "flag"),
)  # fmt: skip
CONVERSATIONS = (
    ("id", "number"), ("client", "text"), ("channel", "text"), ("thread_id", "text"), ("campaign", "text"),
    ("status", "text"), ("kind", "text"), ("author_name", "text"), ("preview", "text"), ("stars", "number"),
    ("language", "text"), ("sentiment", "text"), ("urgency", "text"), ("assignee", "text"), ("vip", "flag"),
    ("started_at", "moment"), ("received_at", "moment"), ("answered_at", "moment"), ("due_at", "moment"),
    ("breached", "flag"),
)  # fmt: skip
POSTS = (
    ("post_id", "number"), ("client", "text"), ("channel", "text"), ("campaign", "text"), ("kind", "text"),
    ("title", "text"), ("text", "text"), ("link", "text"), ("tags", "text"), ("state", "text"),
    ("publish_at", "moment"), ("sent_at", "moment"), ("url", "text"), ("reason", "text"),
)  # fmt: skip
RESPONSE_TIMES = (
    ("client", "text"), ("day", "day"), ("received", "number"), ("sent", "number"),
    *((name, "number") for name in metrics.NAMES), ("share_met", "decimal"),
    *(
        (f"{clock}_{basis}_{share}", "number")
        for clock in metrics.CLOCKS for basis in ("business", "wall") for share in ("median", "p90", "p95")
    ),
)  # fmt: skip
ENGAGEMENT = (
    ("client", "text"), ("day", "day"), *((name, "number") for name in COUNTERS), ("engagement", "number"),
    ("link_clicks", "number"), ("rate_by_reach", "decimal"),
)  # fmt: skip
KINDS = {
    "interactions": Kind("inbox:read", INTERACTIONS, ("channels", "sentiment", "direction"), _interactions),
    "conversations": Kind("inbox:read", CONVERSATIONS, ("channels", "sentiment", "status"), _conversations),
    "posts": Kind("campaigns:read", POSTS, ("channels",), _posts),
    "response_times": Kind("metrics:read", RESPONSE_TIMES, (), _response_times),
    "engagement": Kind("metrics:read", ENGAGEMENT, (), _engagement),
}
NAMES = tuple(KINDS)
