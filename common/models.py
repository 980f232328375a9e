"""Index of the floor's tables."""

from common.accounts.models import ApiKey, Membership, Organization, Role, User
from common.geo.models import (
    GeocoderPace,
    MapAddress,
    MapArea,
    MapExtract,
    MapPlace,
    MapRoad,
    MapStreet,
    MapStreetName,
)
from common.idempotency.models import IdempotencyRecord
from common.limits.models import Tally
from common.live.models import Gauge, LiveEvent, Stream

__all__ = [
    "ApiKey",
    "Gauge",
    "GeocoderPace",
    "IdempotencyRecord",
    "LiveEvent",
    "MapAddress",
    "MapArea",
    "MapExtract",
    "MapPlace",
    "MapRoad",
    "MapStreet",
    "MapStreetName",
    "Membership",
    "Organization",
    "Role",
    "Stream",
    "Tally",
    "User",
]
