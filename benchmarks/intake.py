"""Intake from JSON to clocks, and the import of a file, against a COPY of the rows that came of it.

Product and COPY take the same batches by turns, into the same tables with all their indexes and references. COPY
works as the owner, whom the wall does not stop; the product works behind the wall. The tables hold some history and
PostgreSQL has its statistics: while they were empty it checked references to conversations by an index that walks all
of a client's, kept that plan until its first ANALYZE, and both figures were noise.
"""

import csv
import io

from django.db import connection, transaction

from agency.roles import as_owner
from clients.models import Channel
from clients.scope import scope
from feedback import imports, inbox, intake
from feedback.arrivals import Arrival
from feedback.models import Import

from . import data
from .database import execute, owned, seconds, turns, vacuum
from .rows import at_least, told

TABLES = ("feedback_conversation", "feedback_interaction", "feedback_clock")
BATCH, HISTORY = 1000, 5


def run(quick: bool) -> list[dict]:
    channels = data.agency(4, name="Intake")
    with owned(TABLES):
        for n in range(HISTORY):
            _receive(channels, data.items(channels, BATCH, f"history{n}"))
        vacuum(*TABLES)
        found = _bulk(channels, 3 if quick else 15)
        found += _file(channels[0], 2 if quick else 5, 1_000 if quick else 5_000)
    with as_owner():
        execute("TRUNCATE feedback_conversation CASCADE")
    return found


def _bulk(channels: list[Channel], rounds: int) -> list[dict]:
    """The bulk address without HTTP: 1,000 items read, triaged, stored, their clocks made."""
    batches = iter([data.items(channels, BATCH, f"bulk{n}") for n in range(rounds)])
    product, copy = _against_copy(rounds, lambda: _receive(channels, next(batches)))
    return [
        told("bulk intake", BATCH / product, "rows/s"),
        told("COPY of the same rows", BATCH / copy, "rows/s"),
        at_least("bulk intake against COPY", copy / product, 1 / 8),
    ]


def _receive(channels: list[Channel], items: list[dict]) -> None:
    named = {(channel.client.slug, channel.slug): channel for channel in channels}
    with scope({channel.client_id for channel in channels}):
        arrivals = [Arrival(named[i["client"], i["channel"]], intake.read(i, now=data.NOW)) for i in items]
        inbox.receive(arrivals, now=data.NOW)


def _file(channel: Channel, rounds: int, lines: int) -> list[dict]:
    """A file of history, in the batches of the import and with its bookkeeping."""
    files = iter([_written(data.items([channel], lines, f"file{n}")) for n in range(rounds)])
    product, copy = _against_copy(rounds, lambda: _import(channel, next(files)))
    return [
        told("import of a file", lines / product, "rows/s"),
        told("COPY of its rows", lines / copy, "rows/s"),
        at_least("import of a file against COPY", copy / product, 1 / 5),
    ]


def _import(channel: Channel, source: bytes) -> None:
    with scope([channel.client_id]):
        job = imports.add(channel=channel, user=None, filename="history.csv", source=source)
        Import.objects.filter(pk=job.pk).update(state="running")
    imports.run(job.id, channel.client_id)


def _written(items: list[dict]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(imports.COLUMNS)
    for i in items:
        writer.writerow([
            i["external_id"], i["thread_id"], i["direction"], i["kind"], i["author"]["id"], i["author"]["name"],
            i["text"], i["stars"] or "", i["created_at"],
        ])  # fmt: skip
    return text.getvalue().encode()


def _against_copy(rounds: int, take) -> list[float]:
    """Seconds of the product, and of COPY with what the product just stored."""
    rows: dict[str, str] = {}

    def product() -> float:
        before = _last_ids()
        spent = seconds(take)
        rows.update(_taken_out(before))
        return spent

    return turns(rounds, product, lambda: _copied(rows))


def _last_ids() -> dict[str, int]:
    with as_owner():
        return {table: execute(f"SELECT coalesce(max(id), 0) FROM {table}")[0][0] for table in TABLES}


def _taken_out(before: dict[str, int]) -> dict[str, str]:
    """What was stored since, as COPY's text; the tables are left without it."""
    found = {}
    with as_owner(), transaction.atomic(), connection.cursor() as cursor:
        for table, last in before.items():
            cursor.copy_expert(f"COPY (SELECT * FROM {table} WHERE id > {last}) TO STDOUT", text := io.StringIO())
            found[table] = text.getvalue()
        for table, last in reversed(before.items()):
            execute(f"DELETE FROM {table} WHERE id > {last}")
    return found


def _copied(rows: dict[str, str]) -> float:
    def copy() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            for table, text in rows.items():
                cursor.copy_expert(f"COPY {table} FROM STDIN", io.StringIO(text))

    with as_owner():
        return seconds(copy)
