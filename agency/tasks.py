"""The beat of every sweep, which is a task without arguments that finds its work in rows."""

import time

from celery import current_app, shared_task

from . import ticks


@shared_task
def tick(sweep: str, seconds: float) -> None:
    """Run the sweep, a task's name; of several beats only the first in each slot of `seconds` does."""
    if ticks.claim(sweep.rpartition(".")[2], seconds, time.time()):
        current_app.tasks[sweep]()
