"""`import_conversations`: a file of customer-service history, taken in while you watch."""

import sys
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from clients import access
from clients.models import Channel
from clients.refusal import Refused
from clients.scope import scope
from feedback import imports, rollup
from feedback.management import named
from feedback.models import Import, Refusal

SHOWN = 20


class Command(BaseCommand):
    help = f"Import a CSV file with the columns {', '.join(imports.COLUMNS)}. The same file twice changes nothing."

    def add_arguments(self, parser):
        parser.add_argument("--client", required=True, metavar="SLUG")
        parser.add_argument("--channel", required=True, metavar="SLUG")
        parser.add_argument("--agency", metavar="SLUG", help="needed where several agencies have such a client")
        parser.add_argument("file", type=Path)

    def handle(self, *args, **options):
        channel = _channel(options)
        job = _run(channel, options["file"])
        with scope([channel.client_id]):
            rollup.fill(channel.client_id)
            refusals = list(job.refusals.order_by("line")[:SHOWN])
        self.stdout.write(
            f"{job.created} created, {job.updated} updated, {job.duplicates} known already, {job.refused} refused."
        )
        for refusal in refusals:
            self.stdout.write(_told(refusal))
        if job.refused > len(refusals):
            more = job.refused - len(refusals)
            self.stdout.write(f"… and {more} more; GET /api/v1/imports/{job.id}/refusals/ has all.")
        if job.state != "done":
            raise CommandError(f"A worker went on with this import; GET /api/v1/imports/{job.id}/ tells how far it is.")
        if job.refused and not job.created + job.updated + job.duplicates:
            raise CommandError("No line could be taken.")


def _channel(options: dict) -> Channel:
    client = named.client(options["client"], options["agency"])
    try:
        access.channel(client, options["channel"])
    except access.NotFound as error:
        raise CommandError(str(error)) from error
    return client.channels.select_related("client__agency").get(slug=options["channel"])


def _run(channel: Channel, path: Path) -> Import:
    try:
        source = path.read_bytes()
    except OSError as error:
        raise CommandError(f"{path} can't be read: {error.strerror}.") from error
    total = max(source.count(b"\n") - 1, 0)
    with tqdm(total=total, desc=path.name, unit=" lines", file=sys.stderr, disable=None) as bar:
        try:
            return imports.run_now(channel=channel, user=None, filename=path.name, source=source, progress=bar.update)
        except Refused as error:
            raise CommandError(f"{path}: {error}") from error


def _told(refusal: Refusal) -> str:
    return f"Line {refusal.line}: {refusal.field}: {refusal.reason}"
