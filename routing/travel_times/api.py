"""REST door of travel factors: dispatchers only."""

from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common import clock
from common.api.etags import version_from
from common.idempotency.door import idempotent
from couriers.roster.doors import read_input
from routing.plans import queries as plans
from routing.plans.api.shared import IF_MATCH, answered, planner
from routing.travel_times import actions, queries
from routing.travel_times.models import HOURS, LEAST_PERCENT, MOST_PERCENT, TravelFactors
from routing.travel_times.protocol import VEHICLE_KINDS


class PercentsField(serializers.ListField):
    """One percentage for each hour of the hub's day, from midnight on."""

    def __init__(self) -> None:
        super().__init__(
            child=serializers.IntegerField(min_value=LEAST_PERCENT, max_value=MOST_PERCENT),
            min_length=HOURS,
            max_length=HOURS,
            required=False,
            help_text="24 percentages, from midnight on: 100 is as the road engine says, 150 half as long again.",
        )


class TravelFactorsIn(serializers.Serializer[Any]):
    """How long drives take at each hour of a hub's local day; a kind that is left out drives on free roads."""

    van = PercentsField()
    scooter = PercentsField()
    bicycle = PercentsField()


class TravelFactorsOut(TravelFactorsIn):
    """How long drives take at each hour of a hub's local day."""

    hub = serializers.UUIDField()
    version = serializers.IntegerField()
    changed_at = serializers.DateTimeField(allow_null=True)


class TravelFactorsDoor(APIView):
    """How long drives take at each hour of a hub's local day."""

    @extend_schema(operation_id="travel_factors_read", responses=TravelFactorsOut)
    def get(self, request: Request, hub_id: UUID) -> Response:
        """Show how long drives take at each hour of a hub's local day."""
        hub = get_object_or_404(plans.hubs_planned_by(planner(request)), pk=hub_id)
        return _answer(queries.factors_of(hub.pk))

    @extend_schema(
        operation_id="travel_factors_change",
        request=TravelFactorsIn,
        responses=TravelFactorsOut,
        parameters=[IF_MATCH],
    )
    @idempotent
    def put(self, request: Request, hub_id: UUID) -> Response:
        """Say how long drives take at each hour of a hub's local day, from the next plan on."""
        reader = planner(request)
        given = read_input(TravelFactorsIn, request)
        return _answer(
            actions.change_factors(
                hub_id=hub_id,
                percents=given,
                version=version_from(request),
                reader=reader,
                now=clock.now(),
            )
        )


def _answer(found: TravelFactors) -> Response:
    data = {kind: getattr(found, kind) for kind in VEHICLE_KINDS}
    data |= {"hub": found.hub_id, "version": found.version, "changed_at": found.changed_at}
    return answered(TravelFactorsOut, data)
