import asyncio
from typing import Any

import pytest
from django.db import connection
from procrastinate import JobContext
from procrastinate.contrib.django import app
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.tasks import Task

from common.background.tasks import forget_finished_jobs, take_up_lost_jobs

pytestmark = pytest.mark.django_db(transaction=True)


def insert(sql: str, *values: Any) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {sql} RETURNING id", values)
        (made,) = cursor.fetchone()
        return int(made)


def worker(*, last_heard_of: str) -> int:
    return insert(
        "procrastinate_workers (last_heartbeat) VALUES (now() - %s::interval)", last_heard_of
    )


def job(status: str, *, worker_id: int | None = None, queueing_lock: str | None = None) -> int:
    return insert(
        "procrastinate_jobs (queue_name, task_name, status, worker_id, queueing_lock)"
        " VALUES ('default', 'a task', %s::procrastinate_job_status, %s, %s)",
        status,
        worker_id,
        queueing_lock,
    )


def ended_job(status: str, *, ago: str) -> int:
    ended = job(status)
    insert(
        "procrastinate_events (job_id, type, at)"
        " VALUES (%s, %s::procrastinate_job_event_type, now() - %s::interval)",
        ended,
        status,
        ago,
    )
    return ended


def run(task: Task[Any, Any, Any]) -> None:
    """Run a task as a worker would."""

    async def as_a_worker() -> None:
        assert isinstance(app.connector, DjangoConnector)
        worker_app = app.with_connector(app.connector.get_worker_connector())
        async with worker_app.open_async():
            nothing: Any = None
            await task.func(
                JobContext(
                    app=worker_app, job=nothing, start_timestamp=0, abort_reason=lambda: None
                ),
                0,
            )

    asyncio.run(as_a_worker())


def statuses() -> dict[int, str]:
    return dict(ProcrastinateJob.objects.values_list("id", "status"))


def test_the_job_of_a_lost_worker_is_queued_again_and_a_live_ones_is_left_alone() -> None:
    of_lost = job("doing", worker_id=worker(last_heard_of="2 minutes"))
    of_nobody = job("doing")
    of_alive = job("doing", worker_id=worker(last_heard_of="20 seconds"))

    run(take_up_lost_jobs)

    assert statuses() == {of_lost: "todo", of_nobody: "todo", of_alive: "doing"}


def test_a_lost_job_whose_like_is_queued_already_gives_way_to_it() -> None:
    lost = job("doing", worker_id=worker(last_heard_of="2 minutes"), queueing_lock="once")
    queued = job("todo", queueing_lock="once")

    run(take_up_lost_jobs)

    assert statuses() == {lost: "failed", queued: "todo"}


def test_finished_jobs_are_forgotten_after_three_days_and_failed_ones_after_thirty() -> None:
    ended_job("succeeded", ago="73 hours")
    young = ended_job("succeeded", ago="71 hours")
    failed = ended_job("failed", ago="29 days")
    ended_job("failed", ago="31 days")
    waiting = job("todo")

    run(forget_finished_jobs)

    assert statuses() == {young: "succeeded", failed: "failed", waiting: "todo"}
