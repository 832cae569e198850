"""The sweeps as tasks: each finds its work in rows, so a lost, late or doubled message changes nothing."""

from celery import shared_task
from django.utils import timezone

from agency import sessions

from . import credentials, invitations, mails, notices, passwords


@shared_task
def mail_notices() -> None:
    while notices.mail_due(now=timezone.now()) >= notices.AT_ONCE:
        pass


@shared_task
def renew_credentials() -> None:
    while credentials.renew_due(now=timezone.now()) >= credentials.AT_ONCE:
        pass


@shared_task
def mail_people() -> None:
    while mails.mail_due(now=timezone.now()) >= mails.AT_ONCE:
        pass


@shared_task
def tidy_entrance() -> None:
    """Sessions, links and mails whose time is over."""
    sessions.tidy()
    for kept in (passwords, invitations, mails):
        kept.tidy(timezone.now())
