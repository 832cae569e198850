"""`first_run`: the first data of an installation, and the logins and the token to show at every start."""

import sys

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils import timezone
from tqdm import tqdm

from feedback.demo import first, keyring, loader


class Command(BaseCommand):
    help = "Load the demo agency unless it is there; print the logins and an API token of this installation."

    def add_arguments(self, parser):
        parser.add_argument("--no-demo", action="store_true", help="found an empty agency instead, unless there is one")

    def handle(self, *args, **options):
        agency = first.found(settings.DATA) if options["no_demo"] else _demo()
        secret = keyring.token(settings.DATA, agency)
        logins = keyring.logins(settings.DATA)
        if not logins:
            self.stdout.write("Logins: none made here; `manage.py changepassword E-MAIL` sets a password.")
        for login in logins:
            self.stdout.write(f"Login: {login.email}  {login.password}  ({login.role}, {login.agency})")
        self.stdout.write(f"API token: {secret}")


def _demo():
    with tqdm(total=loader.STEPS, desc="Demo agency", unit="", file=sys.stderr, disable=None, leave=False) as bar:
        return loader.load(now=timezone.now(), folder=settings.DATA, progress=lambda: bar.update())
