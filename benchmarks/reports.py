"""Two hundred clients' monthly reports, composed and drawn by two workers: how fast, and that their memory is flat."""

import subprocess
import sys
import tempfile
from datetime import timedelta
from pathlib import Path
from random import Random

from campaigns import rollup as numbers
from campaigns import snapshots
from campaigns.models import Post, Publication, TimeEntry
from campaigns.snapshots import Reading
from clients.models import Channel
from clients.networks.types import Author, Incoming, Numbers
from clients.scope import scope
from feedback import inbox, rollup
from feedback.arrivals import Arrival
from feedback.models import Report

from .data import NOW, agency
from .database import environment, vacuum
from .rows import at_most, none_of, told

CLIENTS, QUICK, WORKERS = 200, 40, 2
POSTS, MESSAGES, FEW = 12, 12, 20
FLAT = 1.1  # times the memory for ten times the reports
MONTH = (NOW.date().replace(day=1) - timedelta(days=1)).replace(day=1)
BEGIN = NOW.replace(day=1) - timedelta(days=28)
# Composes and releases its share of the clients' reports, then draws whatever waits, until nothing does; after each
# step it says how many it has drawn, its peak memory in KiB and when.
WORKER = """
import re, sys, time, django
django.setup()
from datetime import date
from django.utils import timezone
from clients import access
from clients.models import Client
from clients.scope import scope
from feedback.models import Report
from feedback.report import monthly
place, workers, month = int(sys.argv[1]), int(sys.argv[2]), date.fromisoformat(sys.argv[3])
mine = [id for id in sorted(access.live_client_ids()) if id % workers == place]
drawn, begun = 0, time.perf_counter()
def say():
    peak = re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1]  # getrusage would tell our parent's
    print(drawn, peak, time.perf_counter() - begun, flush=True)
while mine:
    for id in mine[:10]:
        with scope([id]):
            client = Client.objects.select_related("agency").get(pk=id)
            user = client.agency.memberships.first().user
            monthly.release(monthly.draft(client=client, month=month, actor=user), actor=user)
    mine = mine[10:]
    drawn += monthly.build_due(now=timezone.now())
    say()
while made := monthly.build_due(now=timezone.now()):
    drawn += made
    say()
"""


def run(quick: bool) -> list[dict]:
    count = QUICK if quick else CLIENTS
    channels = agency(count, channels=1, name="Reports")
    for channel in channels:
        _filled(channel)
    vacuum("feedback_interaction", "feedback_serviceday", "campaigns_numbersday", "campaigns_snapshot")
    with tempfile.TemporaryDirectory() as folder:
        said = _worked(Path(folder))
    ids = [channel.client_id for channel in channels]
    with scope(ids):
        unbuilt = [row.id for row in Report.objects.filter(client__in=ids) if sorted(row.files) != ["de", "en"]]
        reports = Report.objects.filter(client__in=ids).count()
    first = max(lines[_place(lines, FEW / WORKERS)][1] for lines in said)
    last = max(lines[-1][1] for lines in said)
    seconds = max(lines[-1][2] for lines in said)
    return [
        none_of("reports that lack a file", unbuilt, reports),
        told(f"reports composed and drawn in two languages by {WORKERS} workers", reports / seconds, "/s"),
        told(f"peak memory of a worker after {FEW} reports in all", first / 1024, "MiB"),
        told(f"peak memory of a worker after {count} reports in all", last / 1024, "MiB"),
        at_most(f"peak memory, {count} against {FEW} reports", last / first, FLAT),
    ]


def _place(lines: list[tuple], drawn: float) -> int:
    """Which line is the first after so many reports."""
    return next(place for place, (count, _kilobytes, _seconds) in enumerate(lines) if count >= drawn)


def _filled(channel: Channel) -> None:
    """A month as a client has it: posts with growing numbers, messages with answers, time spent."""
    chance, client = Random(channel.id), channel.client
    with scope([client.id]):
        posts = Post.objects.bulk_create(
            Post(client=client, kind="tip", text=f"Brot von gestern, Tipp {place}") for place in range(POSTS)
        )
        sent = [BEGIN + timedelta(days=2 * place) for place in range(POSTS)]
        rows = Publication.objects.bulk_create(
            Publication(client=client, post=post, channel=channel, state="sent", sent_at=at)
            for post, at in zip(posts, sent, strict=True)
        )
        snapshots.take([one for row in rows for one in _looked_at(row, chance)])
        inbox.receive([one for place in range(MESSAGES) for one in _talk(channel, place, chance)], now=NOW)
        user = client.agency.memberships.first().user
        TimeEntry.objects.bulk_create(
            TimeEntry(client=client, person=user, activity="create", day=at.date(), seconds=60 * chance.randint(5, 90))
            for at in sent
        )
        numbers.rebuild(client.id)
        rollup.rebuild(client.id)


def _looked_at(row: Publication, chance: Random) -> list[Reading]:
    reach = chance.randint(100, 2_000)
    return [
        Reading(
            row.client_id, row.channel_id, row.id, row.sent_at + timedelta(days=age), "api",
            Numbers(reach=reach * age // 5, reactions=reach * age // 100, comments=age),
        )
        for age in range(1, 6)
    ]  # fmt: skip


def _talk(channel: Channel, place: int, chance: Random) -> list[Arrival]:
    at = BEGIN + timedelta(days=2 * place, hours=9)
    asked = Incoming(f"m{place}", f"t{place}", "in", "comment", Author("a", "Carla"), "Habt ihr offen?", at)
    answered = at + timedelta(minutes=chance.randint(5, 400))
    said = Incoming(f"r{place}", f"t{place}", "out", "comment", Author("us", "Wir"), "Ja, bis 18 Uhr.", answered)
    return [Arrival(channel, asked), Arrival(channel, said)]


def _worked(folder: Path) -> list[list[tuple[int, int, float]]]:
    """What each worker said, step by step: reports drawn, peak KiB, seconds."""
    seen = environment(folder) | {"DJANGO_SETTINGS_MODULE": "config.settings"}
    command = [sys.executable, "-c", WORKER]
    workers = [
        subprocess.Popen(
            [*command, str(place), str(WORKERS), MONTH.isoformat()], env=seen, stdout=subprocess.PIPE, text=True
        )
        for place in range(WORKERS)
    ]
    outputs = [worker.communicate()[0] for worker in workers]
    if any(worker.returncode for worker in workers):
        raise RuntimeError("a worker failed")
    return [[_line(line) for line in output.splitlines() if line[:1].isdigit()] for output in outputs]


def _line(text: str) -> tuple[int, int, float]:
    drawn, kilobytes, seconds = text.split()
    return int(drawn), int(kilobytes), float(seconds)
