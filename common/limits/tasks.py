"""The housekeeping of limits."""

from procrastinate.contrib.django import app

from common import clock
from common.limits import actions


@app.periodic(cron="17 3 * * *")
@app.task(
    queue="default",
    name="common.limits.tasks.forget_old_tallies",
    queueing_lock="forget-old-tallies",
    pass_context=False,
)
def forget_old_tallies(timestamp: int) -> int:
    """Forget once a night what no limit looks at any more."""
    return actions.forget_old_tallies(now=clock.now())
