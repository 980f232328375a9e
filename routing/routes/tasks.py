"""The background door of routes."""

from uuid import UUID

from procrastinate.contrib.django import app

from common import clock
from couriers.positions import actions as positions
from routing.routes import etas


@app.task(name=positions.FOLLOW_COURIER, queue="default")
def follow_courier(courier_id: str) -> None:
    """Bring the ETAs of a courier's routes up to date with where the courier is."""
    etas.follow_courier(courier_id=UUID(courier_id), now=clock.now())


@app.periodic(cron="* * * * * */30")
@app.task(
    name="routing.routes.tasks.refresh_stale_etas",
    queue="default",
    queueing_lock="refresh_stale_etas",
)
def refresh_stale_etas(timestamp: int) -> None:
    """Bring the ETAs of routes up to date that nothing was heard of, twice a minute."""
    etas.refresh_stale(now=clock.now(), speed=clock.speed())
