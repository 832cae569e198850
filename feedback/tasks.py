"""The sweeps as tasks: each finds its work in rows, so a lost, late or doubled message changes nothing."""

from celery import shared_task
from django.utils import timezone

from clients import access, turns
from clients.scope import scope

from . import events, exports, imports, incidents, mailing, polling, rollup, sending, sweeps
from .report import monthly

ROLLUP_CLIENTS = 200


@shared_task
def notice_breaches() -> None:
    while sweeps.notice_breaches(now=timezone.now()) >= sweeps.LIMIT:
        pass


@shared_task
def warn() -> None:
    while sweeps.warn(now=timezone.now()) >= sweeps.LIMIT:
        pass


@shared_task
def watch_criticism() -> None:
    incidents.watch(now=timezone.now())


@shared_task
def mail_alerts() -> None:
    while mailing.mail_due(now=timezone.now()) >= mailing.AT_ONCE:
        pass


@shared_task
def poll_channels() -> None:
    polling.poll_due(now=timezone.now())


@shared_task
def take_events() -> None:
    events.take_due(now=timezone.now())


@shared_task
def deliver_replies() -> None:
    while sending.deliver_due(now=timezone.now()) >= sending.AT_ONCE:
        pass


@shared_task
def run_imports() -> None:
    while imports.run_due(now=timezone.now()):
        pass


@shared_task
def draft_reports() -> None:
    monthly.draft_due(now=timezone.now())


@shared_task
def build_reports() -> None:
    while monthly.build_due(now=timezone.now()) >= monthly.AT_ONCE:
        pass


@shared_task
def fill_rollups() -> None:
    with scope(access.live_client_ids()):
        behind = rollup.dirty_clients(ROLLUP_CLIENTS)
    turns.each(behind, rollup.fill)  # its marks stay where it fails


@shared_task
def build_exports() -> None:
    while exports.run_due(now=timezone.now()):
        pass


@shared_task
def tidy_exports() -> None:
    exports.tidy(now=timezone.now())
