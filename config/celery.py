"""The Celery application: which queue a task waits in, and how often each sweep looks for work."""

import os

from celery import Celery
from django_structlog.celery.steps import DjangoStructLogInitStep

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

FEEDBACK = {
    "notice_breaches": 5,
    "warn": 5,
    "mail_alerts": 5,
    "poll_channels": 5,
    "take_events": 5,
    "deliver_replies": 3,
    "run_imports": 5,
    "fill_rollups": 10,
}
CAMPAIGNS = {"publish_posts": 3}
SWEEPS = FEEDBACK | CAMPAIGNS
LONG = {"run_imports", "fill_rollups"}
PATIENCE = {"soft_time_limit": 3000, "time_limit": 3060}  # seconds; every other task has those of config.queues

app = Celery("resonanz")
app.config_from_object("config.queues")
app.steps["worker"].add(DjangoStructLogInitStep)
app.autodiscover_tasks()
app.conf.task_routes = {f"feedback.tasks.{name}": {"queue": "long"} for name in LONG}
app.conf.task_annotations = {f"feedback.tasks.{name}": PATIENCE for name in LONG}
app.conf.beat_schedule = {
    name: {
        "task": f"{'campaigns' if name in CAMPAIGNS else 'feedback'}.tasks.tick",
        "schedule": seconds,
        "args": (name, seconds),
        "options": {"expires": seconds * 2} | ({"queue": "long", **PATIENCE} if name in LONG else {"queue": "short"}),
    }
    for name, seconds in SWEEPS.items()
}
