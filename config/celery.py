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
LONG = {"run_imports": "long", "fill_rollups": "long"}

app = Celery("resonanz")
app.config_from_object("config.queues")
app.steps["worker"].add(DjangoStructLogInitStep)
app.autodiscover_tasks()
app.conf.beat_schedule = {
    name: {
        "task": "feedback.tasks.tick",
        "schedule": seconds,
        "args": (name, seconds),
        "options": {"expires": seconds * 2, "queue": LONG.get(name, "short")},
    }
    for name, seconds in SWEEPS.items()
}
