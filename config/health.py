"""Whether this process lives, and whether it can serve: database, migrations and role, with Redis as a lesser need."""

from collections.abc import Callable

import redis
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from agency import roles

SECONDS = 2


@require_safe
@never_cache
@transaction.non_atomic_requests
def healthz(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"status": "ok"})


@require_safe
@never_cache
@transaction.non_atomic_requests
def readyz(request: HttpRequest) -> JsonResponse:
    """200 "ok", 200 "degraded" without Redis, 503 "unavailable" with the reason of each check that fails."""
    checks = {"database": _why(_database), "migrations": _why(_migrations), "role": _why(_role)}
    down = any(checks.values())
    checks["redis"] = _redis()
    status = "unavailable" if down else "degraded" if checks["redis"] else "ok"
    answer = {"status": status, "checks": {name: reason or "ok" for name, reason in checks.items()}}
    return JsonResponse(answer, status=503 if down else 200, headers={"Retry-After": "2"} if down else {})


def _why(check: Callable[[], str]) -> str:
    try:
        with transaction.atomic():
            return check()
    except (DatabaseError, ImproperlyConfigured) as error:
        return f"{type(error).__name__}: {str(error).strip().splitlines()[0] if str(error).strip() else ''}"


def _database() -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL statement_timeout = '{SECONDS}s'")
        cursor.execute("SELECT 1")
    return ""


def _migrations() -> str:
    executor = MigrationExecutor(connection)
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return f"{len(waiting)} migrations wait: run manage.py migrate" if waiting else ""


def _role() -> str:
    return "; ".join(roles.faults())


def _redis() -> str:
    client = redis.from_url(settings.REDIS_URL, socket_timeout=SECONDS, socket_connect_timeout=SECONDS)
    try:
        client.ping()
    except redis.RedisError as error:
        return f"{type(error).__name__}: away, so work starts a little later"
    finally:
        client.close()
    return ""
