"""The Celery application: which queue a task waits in, and how often each sweep looks for work."""

import os

from celery import Celery
from django_structlog.celery.steps import DjangoStructLogInitStep

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

# Every so many seconds.
SWEEPS = {
    "feedback.tasks.notice_breaches": 5,
    "feedback.tasks.warn": 5,
    "feedback.tasks.watch_criticism": 20,
    "feedback.tasks.mail_alerts": 5,
    "feedback.tasks.poll_channels": 5,
    "feedback.tasks.take_events": 5,
    "feedback.tasks.deliver_replies": 3,
    "feedback.tasks.run_imports": 5,
    "feedback.tasks.build_exports": 5,
    "feedback.tasks.tidy_exports": 3600,
    "feedback.tasks.fill_rollups": 10,
    "feedback.tasks.draft_reports": 1800,
    "feedback.tasks.build_reports": 10,
    "campaigns.tasks.publish_posts": 3,
    "campaigns.tasks.watch_approvals": 20,
    "campaigns.tasks.remind_of_questions": 60,
    "campaigns.tasks.fetch_numbers": 30,
    "campaigns.tasks.fill_numbers": 10,
    "campaigns.tasks.check_links": 60,
    "campaigns.tasks.count_cohorts": 1800,
    "campaigns.tasks.watch_cadence": 900,
    "campaigns.tasks.tidy_media": 3600,
    "clients.tasks.mail_notices": 10,
    "clients.tasks.mail_people": 5,
    "clients.tasks.tidy_entrance": 3600,
    "clients.tasks.renew_credentials": 30,
    "clients.tasks.tidy_prospects": 3600,
    "clients.tasks.tidy_answers": 3600,
    "clients.tasks.deliver_webhooks": 2,
    "clients.tasks.forget_webhooks": 3600,
}
LONG = {
    "feedback.tasks.build_exports",
    "feedback.tasks.tidy_exports",
    "feedback.tasks.run_imports",
    "feedback.tasks.fill_rollups",
    "feedback.tasks.draft_reports",
    "feedback.tasks.build_reports",
    "campaigns.tasks.fill_numbers",
    "campaigns.tasks.count_cohorts",
    "campaigns.tasks.watch_cadence",
    "campaigns.tasks.tidy_media",
    "clients.tasks.forget_webhooks",
}
PATIENCE = {"soft_time_limit": 3000, "time_limit": 3060}  # seconds; every other task has those of config.queues

app = Celery("resonanz")
app.config_from_object("config.queues")
app.steps["worker"].add(DjangoStructLogInitStep)
app.autodiscover_tasks()
app.conf.task_routes = {name: {"queue": "long"} for name in LONG}
app.conf.task_annotations = dict.fromkeys(LONG, PATIENCE)
app.conf.beat_schedule = {
    name: {
        "task": "agency.tasks.tick",
        "schedule": seconds,
        "args": (name, seconds),
        "options": {"expires": seconds * 2} | ({"queue": "long", **PATIENCE} if name in LONG else {"queue": "short"}),
    }
    for name, seconds in SWEEPS.items()
}
