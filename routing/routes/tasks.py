"""Background doors of routes."""

from uuid import UUID

from procrastinate.contrib.django import app as jobs

from common import clock
from couriers.positions.actions import FOLLOW_COURIER
from routing.routes import etas


@jobs.task(name=FOLLOW_COURIER, queue="default")
def follow_courier(courier_id: str) -> None:
    """Bring the ETAs of a courier's running routes up to date; asked for when positions came in."""
    etas.follow_courier(courier_id=UUID(courier_id), now=clock.now())
