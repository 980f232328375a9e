"""Whether this process lives, and whether it can do its work."""

import redis
from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse


def healthz(request: HttpRequest) -> JsonResponse:
    """Answer 200 while the process runs; looks at nothing else."""
    return JsonResponse({"status": "ok"})


def _database_problem() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT postgis_lib_version()")
        executor = MigrationExecutor(connection)
        waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except Exception:  # any failure at all means: not ready
        return "unreachable"
    return "migrations are waiting" if waiting else ""


def _redis_problem() -> str:
    """Redis carries wake-ups only: without it the house is slower, never wrong."""
    if not settings.REDIS_URL:
        return "not set"
    try:
        redis.Redis.from_url(settings.REDIS_URL, socket_timeout=1).ping()
    except redis.RedisError:
        return "unreachable"
    return ""


def readyz(request: HttpRequest) -> JsonResponse:
    """Answer 200 when the database answers and is migrated, else 503 with what is missing."""
    database, redis_problem = _database_problem(), _redis_problem()
    body = {
        "status": "unavailable" if database else "ok",
        "database": database or "ok",
        "wake_ups": redis_problem or "ok",
    }
    return JsonResponse(body, status=503 if database else 200)
