"""kill -9 of the worker that writes an export, again and again: the file is the one of an undisturbed worker.

RESONANZ_EXPORT_KILLS says how many kills (12). The negative control is a worker that goes on where the file ends instead
of where its row says, and must make another file.
"""

import os
import signal
import time
from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.files.storage import default_storage
from django.db import connection
from django.test import override_settings
from django.utils import timezone

from clients.scope import scope
from feedback import exports
from feedback.models import Export, Interaction
from tests import factories
from tests.chaos import house as chaos

pytestmark = [pytest.mark.chaos, pytest.mark.slow]

KILLS = int(os.environ.get("RESONANZ_EXPORT_KILLS", 12))
SEED, ROWS = 7, 60_000
AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
PERIOD = {"low": date(2026, 3, 1), "high": date(2026, 3, 31)}


@pytest.fixture(scope="module")
def town(django_db_blocker, tmp_path_factory):
    """A client with many messages in a database of these tests only."""
    disk = override_settings(MEDIA_ROOT=tmp_path_factory.mktemp("exports"))
    with disk, django_db_blocker.unblock(), chaos.running(SEED):
        agency = factories.agency()
        client = factories.client(agency, "bakery")
        with scope([client.id]):
            factories.receive(factories.channel(client, "line"), factories.item("Grüße; =1+1", at=AT))
            _repeat(Interaction.objects.get())
        yield client


def _repeat(row: Interaction) -> None:
    """The same message many times more, one a second."""
    columns = [field.column for field in Interaction._meta.concrete_fields if field.column != "id"]
    told = {"external_id": "'m-' || n", "received_at": "received_at + n * interval '1 second'"}
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO feedback_interaction ({', '.join(columns)}) "
            f"SELECT {', '.join(told.get(name, name) for name in columns)} FROM feedback_interaction, "
            f"generate_series(1, {ROWS - 1}) n"
        )


def ask(client, format: str) -> Export:
    user = client.agency.memberships.get().user
    with scope([client.id]):
        told = {"kind": "interactions", "format": format, "language": "de"} | PERIOD
        return exports.add(clients=[client], user=user, **told)[0]


def now(export: Export) -> Export:
    with scope([export.client_id]):
        return Export.objects.get(pk=export.pk)


def content(export: Export) -> bytes:
    export = now(export)
    assert (export.state, export.rows) == ("finished", ROWS)
    return b"".join(exports.content(export, 0, export.size))


def worker() -> int:
    """A process that makes what is due."""
    connection.close()
    child = os.fork()
    if child == 0:
        try:
            exports.run_due(now=timezone.now())
        finally:
            os._exit(0)
    return child


def made(export: Export) -> None:
    """Claimed and written by this very process."""
    with scope([export.client_id]):
        lease = timezone.now() + timedelta(hours=1)
        Export.objects.filter(pk=export.pk).update(state="running", next_at=lease, started_at=timezone.now())
    exports.run(export.id, export.client_id)


def killed(export: Export, rows: int) -> None:
    """A worker goes on until so many rows are committed and is killed in the middle of the next ones."""
    child = worker()
    until = time.monotonic() + 60
    while now(export).rows < rows:
        assert time.monotonic() < until, "the worker does nothing"
        time.sleep(0.01)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    with scope([export.client_id]):  # its lease is over
        Export.objects.filter(pk=export.pk, state="running").update(next_at=timezone.now() - timedelta(seconds=1))


@pytest.mark.timeout(900)
@pytest.mark.parametrize("format", ["csv", "jsonl"])
def test_export_of_killed_workers_is_that_of_an_undisturbed_one(town, format):
    undisturbed, disturbed = ask(town, format), ask(town, format)
    made(undisturbed)

    places = [ROWS * number // (KILLS + 2) for number in range(1, KILLS + 1)]
    for rows in places:
        killed(disturbed, rows)
    seen = now(disturbed)
    os.waitpid(worker(), 0)

    assert (seen.state, places[-1] <= seen.rows < ROWS) == ("running", True)
    assert content(disturbed) == content(undisturbed)


@pytest.mark.timeout(900)
def test_negative_control_a_worker_that_goes_on_at_the_end_of_the_file_makes_another_one(town):
    undisturbed, disturbed = ask(town, "csv"), ask(town, "csv")
    made(undisturbed)
    killed(disturbed, ROWS // 2)
    with open(default_storage.path(now(disturbed).draft), "ab") as file:
        file.write(b"half a line of what was not comm")
        export = now(disturbed)
        export.length = file.tell()
        with scope([town.id]):
            export.save(update_fields=["length"])

    os.waitpid(worker(), 0)

    assert content(disturbed) != content(undisturbed)
