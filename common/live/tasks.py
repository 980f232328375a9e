"""The housekeeping of streams."""

from procrastinate.contrib.django import app

from common import clock
from common.live import actions


@app.periodic(cron="37 3 * * *")
@app.task(
    name="common.live.tasks.forget_old_events", queue="default", queueing_lock="forget_old_events"
)
def forget_old_events(timestamp: int) -> int:
    """Forget once a night the events that no screen will resume from."""
    return actions.forget_old_events(now=clock.now())
