"""The sums of a client's days, added up in plain Python from the rows: what the SQL must agree with."""

from collections import defaultdict
from datetime import date, datetime
from zoneinfo import ZoneInfo

from clients.models import Client
from feedback.models import Clock, Interaction, ServiceDay, VolumeDay
from feedback.report import rows, told

COUNTS = (
    "started", "answered", "waiting", "closed", "cancelled", "no_reply_needed", "met", "breached", "late_ingest",
)  # fmt: skip
LISTS = ("business", "wall", "open_due")


def naive(client_id: int, zone: str) -> tuple[dict, dict]:
    """Service and volume by cell, from the facts."""
    return _service(client_id, ZoneInfo(zone)), _volume(client_id, ZoneInfo(zone))


def stored(client_id: int) -> tuple[dict, dict]:
    """Service and volume by cell, as the rollup left them."""
    service = {
        (row.channel_id, row.day, row.interaction_kind, row.sentiment, row.clock_kind): {
            name: getattr(row, name) for name in COUNTS + LISTS
        }
        for row in ServiceDay.objects.filter(client_id=client_id)
    }
    volume = {
        (row.channel_id, row.day, row.interaction_kind, row.sentiment): (row.received, row.sent)
        for row in VolumeDay.objects.filter(client_id=client_id)
    }
    return service, volume


def _service(client_id: int, zone: ZoneInfo) -> dict:
    cells = defaultdict(lambda: dict.fromkeys(COUNTS, 0) | {name: [] for name in LISTS})
    for clock in Clock.objects.filter(client_id=client_id):
        _asked(cells[_cell(clock, clock.started_at, zone)], clock)
        if clock.due_at is not None:
            _promised(cells[_cell(clock, clock.due_at, zone)], clock)
    return {key: cell | {name: sorted(cell[name]) for name in LISTS} for key, cell in cells.items()}


def _cell(clock: Clock, at, zone: ZoneInfo) -> tuple:
    return clock.channel_id, at.astimezone(zone).date(), clock.interaction_kind, clock.sentiment, clock.kind


def _asked(cell: dict, clock: Clock) -> None:
    cell["waiting"] += clock.stopped_at is None
    cell["no_reply_needed"] += clock.stop_reason == "no_reply_needed"
    if clock.outcome == "cancelled":
        cell["cancelled"] += 1
        return
    cell["started"] += 1
    cell["answered"] += clock.wall_seconds is not None
    cell["closed"] += clock.stopped_at is not None and clock.wall_seconds is None
    cell["business"] += [] if clock.business_seconds is None else [clock.business_seconds]
    cell["wall"] += [] if clock.wall_seconds is None else [clock.wall_seconds]


def _promised(cell: dict, clock: Clock) -> None:
    stopped, late = clock.stopped_at is not None, clock.late_ingest
    cell["met"] += clock.outcome == "met"
    cell["breached"] += clock.outcome == "breached" and stopped and not late
    cell["late_ingest"] += clock.outcome in ("open", "breached") and late
    if not stopped and not late and (clock.paused_at is None or clock.outcome == "breached"):
        cell["open_due"].append(clock.due_at)


def _volume(client_id: int, zone: ZoneInfo) -> dict:
    cells = defaultdict(lambda: [0, 0])
    for one in Interaction.objects.filter(client_id=client_id, deleted_at=None):
        key = one.channel_id, one.received_at.astimezone(zone).date(), one.kind, one.sentiment
        cells[key][one.direction == "out"] += 1
    return {key: tuple(counts) for key, counts in cells.items()}


def opened(client: Client, month: date, one: told.Figure, now: datetime) -> float | None:
    """What the rows of a report's figure make; exactly the figure's value if they make that, but for its last bits."""
    day = date.fromisoformat(one.day) if one.day else None
    found = rows.rows(client, month, rows.Asked(one.opens, one.of, one.before, day), now)
    total = None if found is None else found.total
    if day and total is None:
        return 0  # a chart has a bar for each day
    close = total is not None and one.value is not None and abs(total - one.value) < 0.006
    return one.value if close else total
