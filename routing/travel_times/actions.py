"""Writes of travel factors."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from common.accounts.readers import Reader
from common.errors.domain import NotFound, StaleVersion
from routing.plans import queries as plans
from routing.travel_times import queries
from routing.travel_times.models import TravelFactors
from routing.travel_times.protocol import VEHICLE_KINDS


@transaction.atomic
def change_factors(
    *,
    hub_id: UUID,
    percents: Mapping[str, Sequence[int]],
    version: int,
    reader: Reader,
    now: datetime,
) -> TravelFactors:
    """Say how much longer drives take at each hour of a hub's day, from the next plan on. Called by dispatchers.

    `percents`: 24 of them by lower-case vehicle kind; a kind that is left out drives on free roads.
    Raises NotFound, StaleVersion.
    """
    hub = plans.hubs_planned_by(reader).filter(pk=hub_id).select_for_update(no_key=True).first()
    if hub is None:
        raise NotFound
    found = queries.factors_of(hub.pk)
    if found.version != version:
        raise StaleVersion
    wanted = {kind: list(percents.get(kind) or queries.free_roads()) for kind in VEHICLE_KINDS}
    if wanted != {kind: getattr(found, kind) for kind in VEHICLE_KINDS}:
        for kind, values in wanted.items():
            setattr(found, kind, values)
        found.version += 1
        found.changed_at, found.changed_by_id = now, reader.user_id
        found.save()
    return found
