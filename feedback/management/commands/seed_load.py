"""`seed_load`: an agency of a size to measure with."""

import sys

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from tqdm import tqdm

from clients.refusal import Conflict
from feedback.demo import load


class Command(BaseCommand):
    help = f"Make the agency '{load.AGENCY}' with many clients and messages, for load tests."

    def add_arguments(self, parser):
        parser.add_argument("--clients", type=int, default=200)
        parser.add_argument("--messages", type=int, default=200_000)

    def handle(self, *args, **options):
        clients, messages = options["clients"], options["messages"]
        if not 1 <= clients <= 10_000 or not 1 <= messages <= 10_000_000:
            raise CommandError("--clients takes 1 to 10000, --messages 1 to 10000000.")
        with tqdm(total=messages, desc="Messages", unit="", file=sys.stderr, disable=None) as bar:
            try:
                load.make(clients=clients, messages=messages, now=timezone.now(), progress=bar.update)
            except Conflict as error:
                raise CommandError(str(error)) from error
        self.stdout.write(f"{messages} messages of {clients} clients in the agency '{load.AGENCY}'.")
