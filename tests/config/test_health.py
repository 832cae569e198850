import pytest
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client as Browser

from agency.roles import as_owner


def test_healthz_lives_without_a_database(client):
    answer = client.get("/healthz")

    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
    assert "no-store" in answer["Cache-Control"]


def test_readyz_is_degraded_without_redis(db, client, settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"

    answer = client.get("/readyz")

    body = answer.json()
    assert (answer.status_code, body["status"]) == (200, "degraded")
    assert {name: reason for name, reason in body["checks"].items() if name != "redis"} == {
        "database": "ok", "migrations": "ok", "role": "ok",
    }  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_readyz_is_unavailable_while_the_role_passes_the_wall(client):
    with as_owner():
        answer = client.get("/readyz")

    assert (answer.status_code, answer["Retry-After"]) == (503, "2")
    assert "not resonanz_app" in answer.json()["checks"]["role"]


def test_readyz_is_unavailable_while_migrations_wait(db, client):
    MigrationRecorder.Migration.objects.filter(app="campaigns").order_by("-id").first().delete()

    answer = client.get("/readyz")

    assert answer.status_code == 503
    assert answer.json()["checks"]["migrations"] == "1 migrations wait: run manage.py migrate"


@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_health_is_only_read(method):
    assert Browser().generic(method, "/healthz").status_code == 405
