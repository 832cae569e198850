"""`rebuild_rollups`: the sums of service and of what posts did again from the facts."""

import sys

from django.core.management.base import BaseCommand
from tqdm import tqdm

from campaigns import rollup as numbers
from clients import access
from clients.scope import scope
from feedback import rollup
from feedback.management import named


class Command(BaseCommand):
    help = "Sum every day of every client, or of those named, again from the facts."

    def add_arguments(self, parser):
        parser.add_argument("--client", action="append", default=[], metavar="SLUG", help="only this one; repeatable")
        parser.add_argument("--agency", metavar="SLUG", help="needed where several agencies have such a client")

    def handle(self, *args, **options):
        slugs = options["client"]
        ids = [named.client(slug, options["agency"]).id for slug in slugs] if slugs else access.live_client_ids()
        days = 0
        for id in tqdm(ids, desc="Clients", unit="", file=sys.stderr, disable=None):
            with scope([id]):
                days += rollup.rebuild(id)
                numbers.rebuild(id)
        self.stdout.write(f"{days} days of {len(ids)} clients summed again.")
