"""The Celery application: which queue a task waits in, and how often each sweep looks for work."""

import os

from celery import Celery
from django_structlog.celery.steps import DjangoStructLogInitStep

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

SWEEPS = {
    "notice_breaches": 5,
    "warn": 5,
    "mail_alerts": 5,
    "poll_channels": 5,
    "take_events": 5,
    "deliver_replies": 3,
    "run_imports": 5,
    "fill_rollups": 10,
}
# Seconds a sweep of long work may take; it waits in a queue of its own.
LONG = {"run_imports": 3000, "fill_rollups": 3000}


def _place(name: str) -> dict:
    """The queue of a sweep's beats, and their limits where the usual ones are too short."""
    if name not in LONG:
        return {"queue": "short"}
    return {"queue": "long", "soft_time_limit": LONG[name], "time_limit": LONG[name] + 60}


app = Celery("resonanz")
app.config_from_object("config.queues")
app.steps["worker"].add(DjangoStructLogInitStep)
app.autodiscover_tasks()
app.conf.beat_schedule = {
    name: {
        "task": "feedback.tasks.tick",
        "schedule": seconds,
        "args": (name, seconds),
        "options": {"expires": seconds * 2} | _place(name),
    }
    for name, seconds in SWEEPS.items()
}
