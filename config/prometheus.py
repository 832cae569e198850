"""What Prometheus reads: counted in the database and in Redis, so that it is the same from every process."""

import platform
from collections.abc import Iterator

import django
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily

from config import latency
from config.celery import SWEEPS
from feedback import backlog


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """404 without METRICS_TOKEN in the environment, 401 without that token in the request."""
    if not settings.METRICS_TOKEN:
        raise Http404
    if not constant_time_compare(request.headers.get("Authorization", ""), f"Bearer {settings.METRICS_TOKEN}"):
        return HttpResponse(status=401, headers={"WWW-Authenticate": "Bearer"})
    registry = CollectorRegistry()
    registry.register(_Scrape())
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


class _Scrape:
    def collect(self) -> Iterator:
        now = timezone.now()
        found = backlog.count(now)
        yield _gauge("queue_due_rows", "Rows that are due.", "queue", {name: n for name, (n, _) in found.due.items()})
        yield _gauge(
            "queue_oldest_seconds", "How late the row is that is due longest.", "queue",
            {name: age for name, (_, age) in found.due.items()},
        )  # fmt: skip
        yield _gauge("failed_rows", "Rows set aside after their last try.", "queue", found.failed)
        ages = {
            name: max(0.0, now.timestamp() - found.ticks[name] * seconds)
            for name, seconds in SWEEPS.items() if name in found.ticks
        }  # fmt: skip
        yield _gauge("sweep_tick_age_seconds", "Since the last time slot in which a sweep ran.", "sweep", ages)
        breached = GaugeMetricFamily("resonanz_breached_clocks", "Open promises that are broken.")
        breached.add_metric([], found.breached)
        yield breached
        yield from latency.collect()
        build = {"api": settings.SPECTACULAR_SETTINGS["VERSION"], "django": django.__version__}
        yield InfoMetricFamily("resonanz_build", "What runs.", build | {"python": platform.python_version()})


def _gauge(name: str, about: str, label: str, values: dict[str, float]) -> GaugeMetricFamily:
    made = GaugeMetricFamily(f"resonanz_{name}", about, labels=[label])
    for key, value in sorted(values.items()):
        made.add_metric([key], value)
    return made
