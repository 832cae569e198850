"""The sweeps as tasks: each finds its work in rows, so a lost, late or doubled message changes nothing."""

import time

from celery import shared_task
from django.utils import timezone

from . import library, publishing, rhythm

WORKS = 60.0  # seconds of one sweep; the next one goes on


@shared_task
def publish_posts() -> None:
    """Until nothing is due: each call takes only a few posts of one client, however many are waiting."""
    started = time.monotonic()
    while publishing.publish_due(now=timezone.now()) and time.monotonic() - started < WORKS:
        pass


@shared_task
def watch_cadence() -> None:
    rhythm.watch(now=timezone.now())


@shared_task
def tidy_media() -> None:
    library.tidy(now=timezone.now())
