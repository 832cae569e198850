"""The sweeps as tasks: each finds its work in rows, so a lost, late or doubled message changes nothing."""

import time

from celery import shared_task
from django.utils import timezone

from clients import access, turns
from clients.scope import scope

from . import benchmark, counting, library, overdue, publishing, questions, rhythm, rollup, tracking

WORKS = 60.0  # seconds of one sweep; the next one goes on
ROLLUP_CLIENTS = 200


@shared_task
def publish_posts() -> None:
    """Until nothing is due: each call takes only a few posts of one client, however many are waiting."""
    started = time.monotonic()
    while publishing.publish_due(now=timezone.now()) and time.monotonic() - started < WORKS:
        pass


@shared_task
def watch_approvals() -> None:
    while overdue.watch(now=timezone.now()) >= overdue.AT_ONCE:
        pass


@shared_task
def remind_of_questions() -> None:
    while questions.remind(now=timezone.now()) >= questions.AT_ONCE:
        pass


@shared_task
def fetch_numbers() -> None:
    started = time.monotonic()
    counting.plan(now=timezone.now())
    while counting.fetch_due(now=timezone.now()) and time.monotonic() - started < WORKS:
        pass


@shared_task
def fill_numbers() -> None:
    with scope(access.live_client_ids()):
        behind = rollup.stale_clients(ROLLUP_CLIENTS)
    turns.each(behind, rollup.fill)  # its marks stay where it fails


@shared_task
def check_links() -> None:
    started = time.monotonic()
    while tracking.check_due(now=timezone.now()) >= tracking.AT_ONCE and time.monotonic() - started < WORKS:
        pass


@shared_task
def count_cohorts() -> None:
    benchmark.count_cohorts(now=timezone.now())


@shared_task
def watch_cadence() -> None:
    rhythm.watch(now=timezone.now())


@shared_task
def tidy_media() -> None:
    library.tidy(now=timezone.now())
