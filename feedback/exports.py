"""Makes files of a client's data: asked for here, written by a worker in pieces that survive a kill, kept a week."""

import fcntl
import hashlib
import os
import uuid
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from django.core.files.storage import default_storage
from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from agency.models import User
from clients import access, audit, notices
from clients.models import Client
from clients.refusal import Conflict, Refused
from clients.scope import scope

from . import extracts, retries, rollup, tables
from .models import Direction, Export, Sentiment, Status

FORMATS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "jsonl": "application/x-ndjson",
}
LANGUAGES, WORDS = ("de", "en"), {"sentiment": Sentiment.values, "direction": Direction.values, "status": Status.values}
KEPT, LEASE, SPARED = timedelta(days=7), timedelta(seconds=120), timedelta(hours=1)
CLOSING = timedelta(minutes=15)  # how long a workbook may take from its last row to its end
MOST_WAITING, LONGEST_DAYS = 200, 3_660
CLAIM = """
WITH due AS (
    SELECT id FROM feedback_export WHERE state IN ('queued', 'running') AND next_at <= %(now)s
    ORDER BY next_at LIMIT 1 FOR UPDATE SKIP LOCKED
)
UPDATE feedback_export e SET state = 'running', next_at = %(lease)s, started_at = coalesce(started_at, %(now)s)
FROM due WHERE e.id = due.id RETURNING e.id, e.client_id
"""


def readable(principal: access.Principal) -> QuerySet[Export]:
    """The exports whose rows this principal may read as well."""
    kinds = [name for name, kind in extracts.KINDS.items() if kind.right in principal.rights]
    found = Export.objects.filter(client_id__among=principal.client_ids, kind__in=kinds)
    return found.select_related("client", "user")


def one(principal: access.Principal, id: int) -> Export:
    """Raises access.NotFound."""
    found = readable(principal).filter(id=id).first()
    if found is None:
        raise access.NotFound(f"There is no export '{id}'.")
    return found


def add(
    *,
    clients: Collection[Client],
    user: User,
    kind: str,
    format: str,
    language: str,
    low: date,
    high: date,
    filters: Mapping[str, list[str]] | None = None,
) -> list[Export]:
    """An export for each client, all of one batch; their scope is open. Raises Refused or Conflict."""
    filters = {name: values for name, values in (filters or {}).items() if values}
    _check(kind, low, high, filters)
    waiting = Export.objects.filter(user=user, state__in=["queued", "running"]).count()
    if waiting + len(clients) > MOST_WAITING:
        raise Conflict(f"At most {MOST_WAITING} of your exports wait at once.", "too_many")
    batch, made = uuid.uuid4(), []
    for client in clients:
        export = Export.objects.create(
            client=client, user=user, batch=batch, kind=kind, format=format, language=language, low=low, high=high,
            filters=filters,
        )  # fmt: skip
        told = {"kind": kind, "format": format, "from": low.isoformat(), "to": high.isoformat(), "filters": filters}
        audit.record(client, user, "export.added", "export", export.id, after=told)
        made.append(export)
    return made


def period(
    clients: Collection[Client], low: date | None, high: date | None, now: datetime, days: int
) -> tuple[date, date]:
    """The local days asked for: by default so many up to today, which is that of the easternmost of the clients."""
    if high is None:
        zones = {rollup.zone(client.id) for client in clients} or {"UTC"}
        high = max(max(now.astimezone(ZoneInfo(zone)).date() for zone in zones), low or date.min)
    return low or high - timedelta(days=days - 1), high


def _check(kind: str, low: date, high: date, filters: Mapping[str, list[str]]) -> None:
    if high < low:
        raise Refused("to", "must not lie before from")
    if (high - low).days >= LONGEST_DAYS:
        raise Refused("to", f"must lie at most {LONGEST_DAYS:,} days after from")
    known = extracts.KINDS[kind].filters
    for name, values in filters.items():
        if name not in known:
            raise Refused(name, f"can't filter {kind}")
        if name in WORDS and any(value not in WORDS[name] for value in values):
            raise Refused(name, f"must be one of {', '.join(WORDS[name])}")


def cancel(*, export: Export, principal: access.Principal) -> None:
    """Stop a running one, throw away a finished one. Nothing happens to one that is over.

    Another person's needs the right to administer the agency. Raises access.Forbidden.
    """
    if export.user_id != principal.user.id:
        principal.need("agency:write")
    held = Export.objects.select_for_update(of=["self"], no_key=True).select_related("client").get(pk=export.pk)
    if held.state in ("queued", "running", "finished"):
        held.state = "cancelled"
        held.save(update_fields=["state"])
        audit.record(held.client, principal.user, "export.cancelled", "export", held.id)


def run_due(*, now: datetime) -> int | None:
    """Make the export that has waited longest, one whose worker died included; returns its id.

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


def run(id: int, client_id: int, progress: Callable[[int], object] = lambda rows: None) -> None:
    """Write what is missing of an export; `progress` hears the rows of each piece.

    Only one process at a time writes a file: the lock on it ends with its holder, however that ends.
    """
    with scope([client_id]):
        export = Export.objects.select_related("client").get(pk=id)
        zone = ZoneInfo(rollup.zone(client_id))
    with _draft(export) as file:
        if file is None:
            return
        with scope([client_id]):
            export.refresh_from_db()
        file.seek(0, os.SEEK_END)
        if file.tell() < export.length:  # it was lost: all over again
            export.position, export.rows, export.length = "", 0, 0
        file.truncate(export.length)
        file.seek(export.length)
        while rows := _piece(export, zone, file):
            progress(rows)
        if export.state == "running":
            _finish(export, zone)


@contextmanager
def _draft(export: Export):
    """The growing file, ours alone; None while somebody else has it."""
    path = Path(default_storage.path(export.draft))
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with open(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+b") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield None
            return
        yield file


def _piece(export: Export, zone: ZoneInfo, file) -> int:
    """The next rows: into the file first, then how far it counts; 0 at the end or where it was stopped.

    A piece of a period without any rows is no end: the position moves on.
    """
    kind = extracts.KINDS[export.kind]
    while True:
        with scope([export.client_id]):
            rows, position = kind.read(export, zone)
        if not position:
            return 0
        head = tables.csv_head(kind.columns, export.language) if export.format == "csv" and not export.length else b""
        file.write(head + _lines(export, kind.columns, rows, zone))
        file.flush()
        os.fsync(file.fileno())
        export.position, export.rows, export.length = position, export.rows + len(rows), file.tell()
        if not _commit(export):
            return 0
        if rows:
            return len(rows)


def _lines(export: Export, columns, rows: list, zone: ZoneInfo) -> bytes:
    if export.format == "csv":
        return tables.csv_lines(columns, rows, export.language, zone)
    return tables.json_lines(columns, rows, zone)


def _commit(export: Export, lease: timedelta = LEASE) -> bool:
    with scope([export.client_id]):
        going = Export.objects.filter(pk=export.pk, state="running").update(
            position=export.position, rows=export.rows, length=export.length, next_at=timezone.now() + lease,
            attempts=0, error="",
        )  # fmt: skip
    export.state = "running" if going else "cancelled"
    return bool(going)


def _finish(export: Export, zone: ZoneInfo) -> None:
    """The file under its last name, with its size and sum; the asker is told."""
    draft, path = Path(default_storage.path(export.draft)), Path(default_storage.path(export.path))
    kind = extracts.KINDS[export.kind]
    if export.format == "xlsx":
        half = path.with_suffix(".half")
        with draft.open("rb") as lines:
            tables.workbook(str(half), lines, kind.columns, export.kind, zone, lambda: _commit(export, CLOSING))
        half.chmod(0o600)
        half.replace(path)
    else:
        if not export.length and export.format == "csv":
            draft.write_bytes(tables.csv_head(kind.columns, export.language))
        path.unlink(missing_ok=True)
        os.link(draft, path)
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    now = timezone.now()
    with scope([export.client_id]):
        done = Export.objects.filter(pk=export.pk, state="running").update(
            state="finished", size=path.stat().st_size, sha256=digest, finished_at=now, expires_at=now + KEPT
        )
        if done:
            until = (now + KEPT).date().isoformat()
            _tell(export, "export_ready", day=until)
    draft.unlink(missing_ok=True)


def _tell(export: Export, kind: str, **values: str) -> None:
    """The asker, if they may still see the client."""
    people = access.people(export.client, list(_READERS)).filter(id=export.user_id)
    notices.tell(export.client, kind, str(export.id), people=people, file=export.filename, **values)


_READERS = ("owner", "manager", "editor", "analyst", "approver", "viewer")


def _later(id: int, client_id: int, error: Exception) -> None:
    with scope([client_id]):
        export = Export.objects.select_for_update(of=["self"], no_key=True).select_related("client").get(pk=id)
        if export.state != "running":
            return
        retries.later(export, error)
        if export.state == "failed":
            export.finished_at = timezone.now()
            _tell(export, "export_failed")
        export.save(update_fields=["attempts", "error", "next_at", "state", "finished_at"])


def tidy(*, now: datetime) -> int:
    """Throw away the files whose week is over and those that no row needs; returns how many."""
    thrown = 0
    for client_id in access.live_client_ids():
        with scope([client_id]):
            Export.objects.filter(client_id=client_id, state="finished", expires_at__lte=now).update(state="expired")
            needed = Export.objects.filter(client_id=client_id, state__in=["queued", "running", "finished"])
            keys = set(needed.values_list("key", flat=True))
        for path in _files(client_id):
            old = now.timestamp() - path.stat().st_mtime > SPARED.total_seconds()
            if old and (path.name.partition(".")[0] not in keys or path.suffix == ".half"):
                path.unlink(missing_ok=True)
                thrown += 1
    return thrown


def _files(client_id: int) -> list[Path]:
    folder = Path(default_storage.path(f"exports/{client_id}"))
    return sorted(folder.iterdir()) if folder.is_dir() else []


def content(export: Export, first: int, size: int, block: int = 256 * 1024) -> Iterator[bytes]:
    """`size` bytes of the finished file from `first` on. Raises access.NotFound where there is no file now."""
    try:
        file = default_storage.open(export.path) if export.state == "finished" else None
    except FileNotFoundError:
        file = None
    if file is None or (export.expires_at and export.expires_at <= timezone.now()):
        raise access.NotFound(f"The export '{export.id}' has no file, or no longer.")
    file.seek(first)
    return _blocks(file, size, block)


def _blocks(file, left: int, block: int) -> Iterator[bytes]:
    with file:
        while left and (part := file.read(min(block, left))):
            left -= len(part)
            yield part
