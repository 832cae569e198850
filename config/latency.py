"""How long answers take: counted in Redis by route, method and class of status, so that all processes add up.

A route is its pattern (`/api/v1/posts/<int:id>/`): no id is in it. Without Redis nothing is counted and nothing waits.
"""

import time
from collections.abc import Callable, Iterator

import redis
from django.http import HttpRequest, HttpResponse
from prometheus_client.core import HistogramMetricFamily
from prometheus_client.utils import floatToGoString

from agency import store

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, float("inf"))  # seconds
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
KEY, SEPARATOR, SUM = "latency:1", "\t", "sum"
REDIS_SECONDS = 0.25
SILENCE = 5  # seconds in which a Redis that was away is not asked

_away_until = 0.0


class LatencyMiddleware:
    """Until the answer begins: one that streams may go on for longer."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        began = time.perf_counter()
        response = self.get_response(request)
        record(_labels(request, response.status_code), time.perf_counter() - began)
        return response


def _labels(request: HttpRequest, status: int) -> tuple[str, str, str]:
    found = request.resolver_match
    method = request.method if request.method in METHODS else "other"
    return f"/{found.route}" if found else "none", method, f"{status // 100}xx"


def record(labels: tuple[str, str, str], seconds: float) -> None:
    """Count one answer. Never raises and never waits for long."""
    name = SEPARATOR.join(labels)
    bucket = next(place for place, most in enumerate(BUCKETS) if seconds <= most)
    pipeline = store.connected(REDIS_SECONDS).pipeline(transaction=False)
    pipeline.hincrby(KEY, f"{name}{SEPARATOR}{bucket}", 1)
    pipeline.hincrbyfloat(KEY, f"{name}{SEPARATOR}{SUM}", round(seconds, 6))
    _asked(pipeline.execute)


def collect() -> Iterator[HistogramMetricFamily]:
    family = HistogramMetricFamily(
        "resonanz_request_seconds", "Until answers begin.", labels=["route", "method", "status"]
    )
    told: dict[tuple[str, ...], dict[str, float]] = {}
    for field, value in (_asked(lambda: store.connected(REDIS_SECONDS).hgetall(KEY)) or {}).items():
        *labels, what = field.decode().split(SEPARATOR)
        told.setdefault(tuple(labels), {})[what] = float(value)
    for labels, counts in sorted(told.items()):
        family.add_metric(labels, _cumulative(counts), counts.get(SUM, 0.0))
    yield family


def _cumulative(counts: dict[str, float]) -> list[tuple[str, float]]:
    """Prometheus wants of each bucket all that took no longer."""
    sums, so_far = [], 0.0
    for place, most in enumerate(BUCKETS):
        so_far += counts.get(str(place), 0.0)
        sums.append((floatToGoString(most), so_far))
    return sums


def _asked(ask: Callable):
    global _away_until
    if time.monotonic() < _away_until:
        return None
    try:
        return ask()
    except redis.RedisError:
        _away_until = time.monotonic() + SILENCE
        return None
