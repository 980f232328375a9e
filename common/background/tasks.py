"""Keeping the queue of background work itself in order: lost jobs are done again, finished ones are forgotten."""

import logging

from procrastinate import JobContext
from procrastinate.contrib.django import app
from procrastinate.exceptions import ConnectorException, UniqueViolation
from procrastinate.jobs import Status

log = logging.getLogger("carteiro.background")

WORKER_IS_LOST_AFTER_S = 60  # workers send a heartbeat every 10 s
FINISHED_ARE_KEPT_H = 72
FAILED_ARE_KEPT_H = 30 * 24


@app.periodic(cron="* * * * *")
@app.task(
    name="common.background.tasks.take_up_lost_jobs",
    queue="default",
    queueing_lock="take_up_lost_jobs",
    pass_context=True,
)
async def take_up_lost_jobs(context: JobContext, timestamp: int) -> None:
    """Queue again every job whose worker was killed or lost its machine; every minute."""
    jobs = context.app.job_manager
    for job in await jobs.get_stalled_jobs(seconds_since_heartbeat=WORKER_IS_LOST_AFTER_S):
        log.warning("job_taken_up", extra={"job_id": job.id, "task": job.task_name})
        try:
            await jobs.retry_job(job)
        except (UniqueViolation, ConnectorException):
            # Its like is queued already (queueing lock): that one will do the work.
            await jobs.finish_job(job, Status.FAILED, delete_job=False)


@app.periodic(cron="17 3 * * *")
@app.task(
    name="common.background.tasks.forget_finished_jobs",
    queue="default",
    queueing_lock="forget_finished_jobs",
    pass_context=True,
)
async def forget_finished_jobs(context: JobContext, timestamp: int) -> None:
    """Delete the rows of jobs that ended long ago; every night."""
    jobs = context.app.job_manager
    await jobs.delete_old_jobs(nb_hours=FINISHED_ARE_KEPT_H)
    await jobs.delete_old_jobs(
        nb_hours=FAILED_ARE_KEPT_H,
        include_failed=True,
        include_cancelled=True,
        include_aborted=True,
    )
