"""The sweeps as tasks: each finds its work in rows, so a lost, late or doubled message changes nothing."""

import time

from celery import shared_task
from django.utils import timezone

from agency import ticks

from . import publishing

WORKS = 60.0  # seconds of one sweep; the next one goes on


@shared_task
def tick(name: str, seconds: float) -> None:
    """One beat of a sweep; of several beats only the first in each slot works."""
    if ticks.claim(name, seconds, time.time()):
        SWEEPS[name]()


@shared_task
def publish_posts() -> None:
    """Until nothing is due: each call takes only a few posts of one client, however many are waiting."""
    started = time.monotonic()
    while publishing.publish_due(now=timezone.now()) and time.monotonic() - started < WORKS:
        pass


SWEEPS = {task.__name__: task for task in (publish_posts,)}
