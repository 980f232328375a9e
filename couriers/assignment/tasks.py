"""Background doors of assignment."""

from uuid import UUID

from procrastinate.contrib.django import app as jobs

from common import clock
from common.accounts.readers import NOBODY, reader_for_user
from couriers.assignment import actions
from couriers.assignment.models import AssignmentRun


@jobs.task(name=actions.CARRY_OUT_RUN, queue="default")
def carry_out_run(run_id: str) -> None:
    """Work a run out; one that fails says so, and fails the job too."""
    run = AssignmentRun.objects.select_related("by").get(pk=UUID(run_id))
    reader = reader_for_user(run.by) if run.by else NOBODY
    try:
        actions.carry_out(run=run, reader=reader, now=clock.now())
    except Exception:
        AssignmentRun.objects.filter(pk=run.pk).update(
            state=AssignmentRun.State.FAILED, finished_at=clock.now()
        )
        raise


@jobs.periodic(cron="* * * * *")
@jobs.task(
    name="couriers.assignment.tasks.expire_offers", queue="default", queueing_lock="expire-offers"
)
def expire_offers(timestamp: int) -> None:
    """Take back offers that were not answered in time, and the places of what was cancelled."""
    actions.expire_offers(now=clock.now())
    actions.release_cancelled(now=clock.now())
