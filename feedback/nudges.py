"""Tells a worker at once that there is work; the row is the queue, so a lost nudge only waits for the next sweep."""

import time

import structlog
from celery import Task
from django.db import transaction

PATIENCE, SILENCE = 1.0, 10.0
_silent_until = 0.0

_log = structlog.get_logger(__name__)


def nudge(task: Task) -> None:
    """Run the sweep as soon as this transaction is committed. Never raises and never waits for long."""
    transaction.on_commit(lambda: _send(task))


def _send(task: Task) -> None:
    """After a failure nobody is nudged for some seconds: with Redis away requests must not wait for it one by one."""
    global _silent_until
    if time.monotonic() < _silent_until:
        return
    try:
        with task.app.connection_for_write(connect_timeout=PATIENCE, transport_options=_options(task)) as broker:
            task.apply_async(connection=broker, retry=False)
    except Exception as error:  # whatever is wrong there, the sweep finds the row
        _silent_until = time.monotonic() + SILENCE
        _log.warning("nudge_lost", task=task.name, error=type(error).__name__)


def _options(task: Task) -> dict:
    brief = {"socket_connect_timeout": PATIENCE, "socket_timeout": PATIENCE, "retry_on_timeout": False}
    return dict(task.app.conf.broker_transport_options) | brief | {"max_retries": 0}
