"""How long answers take: by route, method and class of status, from every process, without an id."""

import pytest
import redis
from prometheus_client.parser import text_string_to_metric_families

from config import latency
from tests.parallel import in_parallel

TOKEN = {"Authorization": "Bearer secret"}


@pytest.fixture
def clean(settings):
    """Nothing is counted yet, and Redis is not thought to be away."""
    settings.METRICS_TOKEN = "secret"
    latency._away_until = 0.0
    redis.from_url(settings.REDIS_URL).delete(latency.KEY)
    yield
    latency._away_until = 0.0


def scraped(client) -> dict:
    """By route, method, status and what is told of them: the numbers."""
    text = client.get("/metrics", headers=TOKEN).content.decode()
    found = {}
    for family in text_string_to_metric_families(text):
        for one in family.samples if family.name == "resonanz_request_seconds" else ():
            labels = one.labels
            what = one.name.rpartition("_")[2] + labels.get("le", "")
            found.setdefault((labels["route"], labels["method"], labels["status"]), {})[what] = one.value
    return found


def test_answers_are_counted_by_route_and_class_of_status(db, client, clean):
    for _ in range(3):
        client.get("/healthz")
    client.get("/api/v1/posts/4711/")
    client.get("/nowhere/4712/")
    client.generic("BREW", "/healthz")

    found = scraped(client)

    counts = {name: told["count"] for name, told in found.items()}
    assert counts == {
        ("/healthz", "GET", "2xx"): 3, ("/api/v1/posts/<int:id>/", "GET", "4xx"): 1, ("none", "GET", "4xx"): 1,
        ("/healthz", "other", "4xx"): 1,
    }  # fmt: skip
    assert not any("471" in route for route, _, _ in counts)


def test_buckets_add_up_to_the_count(clean, db, client):
    for seconds in (0.001, 0.005, 0.3, 60.0):
        latency.record(("/x/", "GET", "2xx"), seconds)

    told = scraped(client)["/x/", "GET", "2xx"]

    assert [told[f"bucket{most}"] for most in ("0.005", "0.25", "0.5", "10.0", "+Inf")] == [2, 2, 3, 3, 4]
    assert (told["count"], told["sum"]) == (4, pytest.approx(60.306))


def test_what_is_counted_side_by_side_adds_up(clean, db, client):
    in_parallel(lambda: latency.record(("/x/", "GET", "2xx"), 0.1), 50)

    assert scraped(client)["/x/", "GET", "2xx"]["count"] == 50


def test_without_redis_answers_come_and_nothing_is_counted(clean, db, client, settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"

    codes = [client.get("/healthz").status_code for _ in range(3)]

    assert (codes, scraped(client)) == ([200] * 3, {})
