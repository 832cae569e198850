"""`rotate_keys`: the secrets of all channels under the newest of RESONANZ_KEYS, so that the older ones can go."""

from django.core.management.base import BaseCommand, CommandError

from clients import credentials, factors


class Command(BaseCommand):
    help = "Seal the secrets of every channel with the newest key; afterwards the older keys can be taken away."

    def handle(self, *args, **options):
        done, closed = credentials.rotate_keys()
        apps = factors.rotate_keys()
        self.stdout.write(f"The secrets of {apps} people's sign-in apps are sealed with the newest key.")
        self.stdout.write(f"The secrets of {done} channels are sealed with the newest key.")
        if closed:
            names = ", ".join(f"{channel.client.slug}/{channel.slug}" for channel in closed)
            raise CommandError(f"No key opens the secrets of these, connect them again: {names}")
