"""The background door of travel times."""

from django.conf import settings
from procrastinate.contrib.django import app

from common import clock
from routing.travel_times import snapping, store


@app.periodic(cron="23 * * * *")
@app.task(
    name="routing.travel_times.tasks.forget_travel_times",
    queue="default",
    queueing_lock="forget_travel_times",
)
def forget_travel_times(timestamp: int) -> None:
    """Forget, every hour, travel times that nobody used for long or that take too much room."""
    store.forget(now=clock.now(), limit_bytes=settings.TRAVEL_CACHE_MB * 1_000_000)


@app.periodic(cron="*/5 * * * *")
@app.task(
    name="routing.travel_times.tasks.snap_new_places",
    queue="default",
    queueing_lock="snap_new_places",
)
def snap_new_places(timestamp: int) -> None:
    """Snap the addresses of new consignments, every five minutes."""
    snapping.snap_new_places(now=clock.now())
