"""`found_agency`: a new agency and its first owner."""

import getpass
import os

from django.core.management.base import BaseCommand, CommandError

from clients import directory
from clients.refusal import Refused


class Command(BaseCommand):
    help = "Found an agency. The owner's password is read from OWNER_PASSWORD, else asked for."

    def add_arguments(self, parser):
        parser.add_argument("--slug", required=True, help="lower-case letters, digits, hyphens")
        parser.add_argument("--name", required=True)
        parser.add_argument("--owner-email", required=True)
        parser.add_argument("--owner-name", required=True)
        parser.add_argument("--zone", default="Europe/Berlin")
        parser.add_argument("--country", default="DE", help="ISO code for holidays; empty for none")
        parser.add_argument("--subdivision", help="Land or canton, such as BY")

    def handle(self, *args, **options):
        password = os.environ.get("OWNER_PASSWORD") or getpass.getpass("Password of the owner: ")
        try:
            agency = directory.found_agency(
                name=options["name"],
                slug=options["slug"],
                owner_email=options["owner_email"],
                owner_name=options["owner_name"],
                password=password,
                zone=options["zone"],
                country=options["country"] or None,
                subdivision=options["subdivision"] or None,
            )
        except Refused as error:
            raise CommandError(str(error)) from error
        self.stderr.write(f"The agency '{agency.name}' is founded; its owner signs in as {options['owner_email']}.")
