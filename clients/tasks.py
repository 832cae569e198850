"""The sweeps as tasks: each finds its work in rows, so a lost, late or doubled message changes nothing."""

from celery import shared_task
from django.utils import timezone

from . import answers, credentials, notices


@shared_task
def mail_notices() -> None:
    while notices.mail_due(now=timezone.now()) >= notices.AT_ONCE:
        pass


@shared_task
def renew_credentials() -> None:
    while credentials.renew_due(now=timezone.now()) >= credentials.AT_ONCE:
        pass


@shared_task
def tidy_answers() -> None:
    while answers.tidy(now=timezone.now()) >= answers.AT_ONCE:
        pass
