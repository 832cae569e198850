"""Takes in files of customer-service history: line by line, in batches that survive a kill, bad lines set aside."""

import csv
import io
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import connection
from django.utils import timezone

from agency.models import User
from clients import access, audit
from clients.models import Channel
from clients.networks.types import Incoming
from clients.refusal import Refused
from clients.scope import scope

from . import inbox, intake, outgoing, retries
from .arrivals import Arrival
from .models import Import, Refusal

COLUMNS = (
    "external_id", "thread_id", "direction", "kind", "author_id", "author_name", "text", "stars", "created_at",
)  # fmt: skip
BATCH, LEASE, SHOWN = 1000, timedelta(seconds=120), 500
CLAIM = """
WITH due AS (
    SELECT id FROM feedback_import WHERE state IN ('queued', 'running') AND next_at <= %(now)s
    ORDER BY next_at LIMIT 1 FOR UPDATE SKIP LOCKED
)
UPDATE feedback_import i SET state = 'running', next_at = %(lease)s, started_at = coalesce(started_at, %(now)s)
FROM due WHERE i.id = due.id RETURNING i.id, i.client_id
"""
csv.field_size_limit(16 * 1024 * 1024)


def add(*, channel: Channel, user: User | None, filename: str, source: bytes) -> Import:
    """Store a file to be imported by a worker. Raises Refused for one whose header can't be read."""
    if len(source) > settings.IMPORT_MAX_BYTES:
        raise Refused(
            "file", f"must have at most {settings.IMPORT_MAX_BYTES:,} bytes, not {len(source):,}", "too_large"
        )
    _reader(_decoded(source))
    job = Import.objects.create(
        client_id=channel.client_id,
        channel=channel,
        user=user,
        filename=filename[:200],
        source=source,
        size=len(source),
        lines=source.count(b"\n"),
    )
    audit.record(
        channel.client, user, "import.added", "import", job.id, after={"file": filename[:200], "bytes": len(source)}
    )
    return job


def run_due(*, now: datetime) -> int | None:
    """Run the import that has waited longest, one whose worker died included; returns its id.

    What raises here is tried again later, and set aside with its reason after several failures without progress.
    """
    with scope(access.live_client_ids()), connection.cursor() as cursor:
        cursor.execute(CLAIM, {"now": now, "lease": now + LEASE})
        claimed = cursor.fetchone()
    if claimed is None:
        return None
    try:
        run(*claimed)
    except Exception as error:
        _later(*claimed, error)
        raise
    return claimed[0]


def _later(id: int, client_id: int, error: Exception) -> None:
    with scope([client_id]):
        job = Import.objects.select_for_update(of=["self"]).defer("source").get(pk=id)
        retries.later(job, error)
        job.finished_at = timezone.now() if job.state == "failed" else None
        job.save(update_fields=["attempts", "error", "next_at", "state", "finished_at"])
        if job.state == "failed":
            outgoing.imported(job)


def run_now(
    *, channel: Channel, user: User | None, filename: str, source: bytes, progress: Callable[[int], object]
) -> Import:
    """Store a file and import it here and now instead of leaving it to a worker; returns the job with its counts."""
    now = timezone.now()
    with scope([channel.client_id]):
        job = add(channel=channel, user=user, filename=filename, source=source)
        Import.objects.filter(pk=job.pk).update(state="running", started_at=now, next_at=now + LEASE)
    run(job.pk, channel.client_id, progress)
    with scope([channel.client_id]):
        return Import.objects.get(pk=job.pk)


def run(id: int, client_id: int, progress: Callable[[int], object] = lambda lines: None) -> None:
    """Import what is left of a job; `progress` hears the number of lines after each batch."""
    with scope([client_id]):
        job = Import.objects.select_related("channel__client__agency").get(pk=id)
    rows = _rows(bytes(job.source), job.done_lines)
    while batch := _next(rows):
        if not _take(job, batch):
            return
        progress(len(batch))
    with scope([client_id]):
        if Import.objects.filter(pk=id, state="running").update(state="done", finished_at=timezone.now()):
            outgoing.imported(Import.objects.defer("source").select_related("channel__client").get(pk=id))


def _take(job: Import, batch: list[tuple[int, dict | Refused, str]]) -> bool:
    """One batch, its refused lines and how far we are, in one transaction; False if another worker went ahead."""
    now = timezone.now()
    with scope([job.client_id]):
        held = Import.objects.select_for_update(of=["self"]).defer("source").get(pk=job.pk)
        if held.done_lines != job.done_lines or held.state != "running":
            return False
        lines, arrivals, refusals = [], [], []
        for line, row, text in batch:
            try:
                arrivals.append(Arrival(job.channel, _item(row, now)))
                lines.append((line, text))
            except Refused as error:
                refusals += [_refusal(job, line, error.errors[0][0], error.errors[0][1], text)]
        receipts = inbox.receive(arrivals, now=now)
        for (line, text), receipt in zip(lines, receipts, strict=True):
            if receipt.status == "error":
                refusals.append(_refusal(job, line, "external_id", receipt.error, text))
        Refusal.objects.bulk_create(refusals)
        job.done_lines += len(batch)
        _count(held, receipts, len(refusals), job.done_lines, now)
    return True


def _count(held: Import, receipts: list, refused: int, done: int, now: datetime) -> None:
    statuses = [receipt.status for receipt in receipts]
    held.created += statuses.count("created")
    held.updated += statuses.count("updated")
    held.duplicates += statuses.count("duplicate")
    held.refused += refused
    held.done_lines, held.next_at = done, now + LEASE
    held.attempts, held.error = 0, ""
    held.save(
        update_fields=[
            "created", "updated", "duplicates", "refused", "done_lines", "next_at", "attempts", "error",
        ]
    )  # fmt: skip


def _refusal(job: Import, line: int, field: str, reason: str, text: str) -> Refusal:
    clean = text.replace("\0", "�")[:SHOWN]
    return Refusal(client_id=job.client_id, job=job, line=line, field=field, reason=reason, text=clean)


def _item(row: dict | Refused, now: datetime) -> Incoming:
    """The interaction on a line. A date without an offset is read as UTC. Raises Refused."""
    if isinstance(row, Refused):
        raise row
    stars = (row["stars"] or "").strip()
    return intake.read(
        {
            "external_id": row["external_id"].strip(),
            "thread_id": row["thread_id"].strip(),
            "direction": row["direction"].strip().lower(),
            "kind": row["kind"].strip().lower(),
            "author": {"id": row["author_id"].strip() or "unknown", "name": row["author_name"]},
            "text": row["text"],
            "stars": int(stars) if stars.isascii() and stars.isdigit() and len(stars) < 4 else stars or None,
            "created_at": row["created_at"],
        },
        now=now,
        zone=UTC,
    )


def _decoded(source: bytes) -> str:
    """The file as text. Bytes that are not UTF-8 become U+FFFD, so that only their lines are refused."""
    return source.decode("utf-8-sig", "surrogateescape")


def _reader(text: str) -> tuple[Iterator[list[str]], list[str]]:
    """The rows of a file with commas or semicolons, and its header. Raises Refused for a header without our columns."""
    first = text.split("\n", 1)[0]
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=";" if first.count(";") > first.count(",") else ",")
    header = [name.strip().lower() for name in next(rows, [])]
    missing = [name for name in COLUMNS if name not in header]
    if missing:
        raise Refused("file", f"the first line must name the columns; missing: {', '.join(missing)}")
    return rows, header


def _rows(source: bytes, done: int) -> Iterator[tuple[int, dict | Refused, str]]:
    """(line number, row or what is wrong with it, its text) of each row after the first `done`."""
    rows, header = _reader(_decoded(source))
    for number, (line, cells) in enumerate(_numbered(rows)):
        if number >= done:
            text = ",".join(cells) if isinstance(cells, list) else ""
            yield line, _named(header, cells), text.encode("utf-8", "replace").decode()


def _numbered(rows) -> Iterator[tuple[int, list[str] | Refused]]:
    while True:
        line = rows.line_num + 1
        try:
            cells = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            cells = Refused("line", f"can't be read: {error}")
        if cells:
            yield line, cells


def _named(header: list[str], cells: list[str] | Refused) -> dict | Refused:
    if isinstance(cells, Refused):
        return cells
    if len(cells) != len(header):
        return Refused("line", f"has {len(cells)} cells, the header {len(header)}")
    return dict(zip(header, cells, strict=True))


def _next(rows: Iterator) -> list:
    return [row for _, row in zip(range(BATCH), rows)]  # noqa: B905
