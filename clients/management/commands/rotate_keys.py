"""`rotate_keys`: all secrets under the newest of RESONANZ_KEYS, so that the older ones can go."""

from django.core.management.base import BaseCommand, CommandError

from clients import credentials, factors


class Command(BaseCommand):
    help = "Seal the secrets of every channel and sign-in app with the newest key; afterwards the older keys can go."

    def handle(self, *args, **options):
        done, closed = credentials.rotate_keys()
        self.stdout.write(f"The secrets of {done} channels are sealed with the newest key.")
        apps, lost = factors.rotate_keys()
        if apps:
            self.stdout.write(f"The secrets of {apps} sign-in apps are sealed with the newest key.")
        if lost:
            self.stderr.write(f"No key opens the sign-in apps of these, take them away: {', '.join(lost)}")
        if closed:
            names = ", ".join(f"{channel.client.slug}/{channel.slug}" for channel in closed)
            raise CommandError(f"No key opens the secrets of these, connect them again: {names}")
