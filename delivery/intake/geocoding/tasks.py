"""The background door: each new address is looked up by a worker."""

from uuid import UUID

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from common import clock
from common.errors.domain import NotFound
from common.geo.places import GeocoderUnavailable
from delivery.intake.geocoding import actions

# A service that is down is asked again after 1, 1, 2, 3, 5, 13 ... minutes, for about a day.
_AGAIN = RetryStrategy(
    max_attempts=10, exponential_wait=3, wait=60, retry_exceptions=[GeocoderUnavailable]
)


@app.task(name="delivery.intake.geocoding.tasks.locate_address", queue="default", retry=_AGAIN)
def locate_address(address_id: str) -> None:
    """Locate one address. An address erased meanwhile needs no answer."""
    try:
        actions.locate_address(address_id=UUID(address_id), now=clock.now())
    except NotFound:
        return
