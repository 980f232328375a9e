"""Promise: a job exists exactly if the change that asked for it was committed, also when a worker asks (docs/decisions/0005)."""

import psycopg
import pytest
from django.db import connection, transaction
from procrastinate.contrib.django import app
from procrastinate.contrib.django.django_connector import DjangoConnector

from common.background.queue import jobs


def jobs_seen_by_others() -> int:
    """Return how many of this test's jobs another connection sees."""
    parameters = {
        k: v
        for k, v in connection.get_connection_params().items()
        if k in {"dbname", "user", "host", "port", "password"}
    }
    with psycopg.connect(**parameters) as other:
        row = other.execute(
            "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'tests.nothing'"
        ).fetchone()
    return row[0] if row else 0


@pytest.mark.django_db(transaction=True)
def test_a_job_asked_for_inside_a_worker_waits_for_its_transaction() -> None:
    assert isinstance(app.connector, DjangoConnector)
    worker_connector = app.connector.get_worker_connector()
    with app.replace_connector(worker_connector):
        with transaction.atomic():
            jobs.configure_task("tests.nothing", queue="tests").defer()
            assert jobs_seen_by_others() == 0
        assert jobs_seen_by_others() == 1


@pytest.mark.django_db(transaction=True)
def test_a_job_of_a_transaction_that_failed_does_not_exist() -> None:
    with transaction.atomic():
        jobs.configure_task("tests.nothing", queue="tests").defer()
        transaction.set_rollback(True)
    assert jobs_seen_by_others() == 0
