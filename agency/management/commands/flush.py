"""`flush`, run as the owner of the schema: the plain role may not truncate."""

from django.core.management.commands.flush import Command as Flush

from agency.roles import as_owner


class Command(Flush):
    def handle(self, **options):
        with as_owner():
            super().handle(**options)
