"""`migrate`, run as the owner of the schema instead of the plain role."""

from django.core.management.commands.migrate import Command as Migrate

from agency.roles import as_owner, connect_as_owner, prepare


class Command(Migrate):
    def handle(self, *args, **options):
        connect_as_owner()
        prepare()
        with as_owner():
            super().handle(*args, **options)
