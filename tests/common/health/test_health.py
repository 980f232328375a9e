"""Whether a process lives, and whether it can do its work, as a load balancer asks."""

import pytest
from django.db import OperationalError, connection
from django.test import Client


def test_a_living_process_says_so_without_looking_at_anything() -> None:
    assert Client().get("/healthz").json() == {"status": "ok"}


@pytest.mark.django_db
def test_a_migrated_house_is_ready() -> None:
    answer = Client().get("/readyz")
    assert (answer.status_code, answer.json()["database"]) == (200, "ok")


@pytest.mark.django_db
def test_without_redis_the_house_is_slower_but_ready(settings: pytest.FixtureRequest) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"  # type: ignore[attr-defined]
    answer = Client().get("/readyz")
    assert (answer.status_code, answer.json()["wake_ups"]) == (200, "unreachable")


@pytest.mark.django_db
def test_without_its_database_the_house_is_not_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> None:
        raise OperationalError("the database went away")

    monkeypatch.setattr(connection, "cursor", away)
    answer = Client().get("/readyz")
    assert (answer.status_code, answer.json()["database"]) == (503, "unreachable")
