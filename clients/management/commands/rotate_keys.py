"""`rotate_keys`: all secrets under the newest of RESONANZ_KEYS, so that the older ones can go."""

from django.core.management.base import BaseCommand, CommandError

from clients import credentials, factors
from clients.webhooks import endpoints


class Command(BaseCommand):
    help = "Seal the secrets of channels, webhooks and sign-in apps with the newest key; then the older ones can go."

    def handle(self, *args, **options):
        done, closed = credentials.rotate_keys()
        hooks, shut = endpoints.rotate_keys()
        self.stdout.write(f"The secrets of {done} channels and {hooks} webhooks are sealed with the newest key.")
        apps, lost = factors.rotate_keys()
        if apps:
            self.stdout.write(f"The secrets of {apps} sign-in apps are sealed with the newest key.")
        if lost:
            self.stderr.write(f"No key opens the sign-in apps of these, take them away: {', '.join(lost)}")
        if closed or shut:
            names = ", ".join([f"{one.client.slug}/{one.slug}" for one in closed] + [one.url for one in shut])
            raise CommandError(f"No key opens the secrets of these, connect them again or rotate them: {names}")
