"""Half a million messages as one file: how fast, and that its worker needs no more memory for more rows."""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

from clients.networks.types import Author, Incoming
from clients.scope import scope
from feedback import exports, inbox
from feedback.arrivals import Arrival
from feedback.models import Export, Interaction

from .data import NOW, agency
from .database import environment, fill, owned, vacuum
from .rows import at_most, told

ROWS, QUICK, SHARE = 500_000, 40_000, 10
DAYS = 200
BEGIN = NOW - timedelta(days=DAYS)
FLAT = 1.1  # times the memory for ten times the rows
WORKER = """
import re, sys, time, django
django.setup()
from feedback import exports
begun = time.perf_counter()
exports.run(int(sys.argv[1]), int(sys.argv[2]))
# Not getrusage: it also counts what this process was before it became Python.
print(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1], time.perf_counter() - begun)
"""
FILL = """
INSERT INTO feedback_interaction ({names})
SELECT {values} FROM feedback_interaction i, generate_series(1, %(rows)s) n WHERE i.id = %(id)s
"""


def run(quick: bool) -> list[dict]:
    rows = QUICK if quick else ROWS
    (channel,) = agency(1, channels=1, name="Archive")
    days = _filled(channel, rows)
    with tempfile.TemporaryDirectory() as folder:
        found = {}
        for name, low in (("a tenth", days[-1] - timedelta(days=len(days) // SHARE - 1)), ("all", days[0])):
            found[name] = _measured(channel, low, days[-1], Path(folder))
    (few, little, _), (many, much, seconds) = found["a tenth"], found["all"]
    return [
        told("rows in the file of a tenth of the days", few, ""),
        told("rows in the file of all days", many, ""),
        told("peak memory of its worker, a tenth", round(little, 1), "MiB"),
        told("peak memory of its worker, all", round(much, 1), "MiB"),
        at_most("peak memory, all against a tenth", round(much / little, 3), FLAT, "x"),
        told("rows a second", round(many / seconds), "rows/s"),
    ]


def _filled(channel, rows: int) -> list[date]:
    """So many messages, evenly over the days that are returned."""
    with scope([channel.client_id]):
        inbox.receive(list(_one(channel)), now=NOW)
        known = Interaction.objects.get(client_id=channel.client_id)
    names = [field.column for field in Interaction._meta.concrete_fields if field.column != "id"]
    other = {
        "external_id": "'m-' || n",
        "received_at": "i.received_at + n * interval '1 second' * %(step)s",
        "text": "i.text || ' ' || n",
    }
    sql = FILL.format(names=", ".join(names), values=", ".join(other.get(name, f"i.{name}") for name in names))
    step = timedelta(days=DAYS).total_seconds() / rows
    with owned(["feedback_interaction"]), scope([channel.client_id]):
        fill(sql, {"rows": rows - 1, "id": known.id, "step": step})
    vacuum("feedback_interaction")
    return [(BEGIN + timedelta(days=number)).date() for number in range(DAYS + 2)]


def _one(channel) -> Iterator[Arrival]:
    author = Author("u1", "Carla Kundin")
    yield Arrival(channel, Incoming("m-0", "t-0", "in", "message", author, "Habt ihr am Sonntag offen?", BEGIN))


def _measured(channel, low: date, high: date, folder: Path) -> tuple[int, float, float]:
    """Rows, peak memory in MiB and seconds of a process that makes this one export."""
    user = channel.client.agency.memberships.get().user
    with scope([channel.client_id]):
        (export,) = exports.add(
            clients=[channel.client], user=user, kind="interactions", format="csv", language="de", low=low, high=high
        )
        Export.objects.filter(pk=export.pk).update(state="running", next_at=NOW + timedelta(days=1))
    command = [sys.executable, "-c", WORKER, str(export.id), str(channel.client_id)]
    seen = environment(folder) | {"DJANGO_SETTINGS_MODULE": "config.settings"}
    said = subprocess.run(command, env=seen, check=True, capture_output=True, text=True).stdout
    kilobytes, seconds = said.split()[-2:]
    with scope([channel.client_id]):
        return Export.objects.get(pk=export.pk).rows, int(kilobytes) / 1024, float(seconds)
