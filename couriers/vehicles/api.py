"""REST door of vehicles."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common.accounts.readers import reader_of
from common.idempotency.door import idempotent
from couriers.roster.doors import all_of, partner_of, read_input
from couriers.vehicles import actions, queries
from couriers.vehicles.actions import NewVehicle
from couriers.vehicles.models import Vehicle, VehicleKind

_MOST = 2_000_000_000


class VehicleOut(serializers.ModelSerializer[Any]):
    """A vehicle."""

    partner = serializers.UUIDField(source="partner_id")

    class Meta:
        model = Vehicle
        fields = [
            "id",
            "partner",
            "kind",
            "name",
            "capacity_g",
            "capacity_ml",
            "max_parcels",
            "has_cold_box",
            "fixed_cost",
            "cost_per_km",
            "cost_per_hour",
            "is_active",
        ]


def _cost() -> serializers.DecimalField:
    return serializers.DecimalField(max_digits=10, decimal_places=2, min_value=0, required=False)


class VehicleIn(serializers.Serializer[Any]):
    """A vehicle to be."""

    partner = serializers.UUIDField(required=False, help_text="A partner manager may leave it out.")
    kind = serializers.ChoiceField(VehicleKind.choices)
    name = serializers.CharField(max_length=60)
    capacity_g = serializers.IntegerField(min_value=1, max_value=_MOST)
    capacity_ml = serializers.IntegerField(min_value=1, max_value=_MOST)
    max_parcels = serializers.IntegerField(min_value=1, max_value=30_000, required=False)
    has_cold_box = serializers.BooleanField(required=False)
    fixed_cost = _cost()
    cost_per_km = _cost()
    cost_per_hour = _cost()


class VehicleList(serializers.Serializer[Any]):
    """Every vehicle a reader may see."""

    results = VehicleOut(many=True)


class VehiclesDoor(APIView):
    """Vehicles: list and create."""

    @extend_schema(operation_id="vehicles_list", responses=VehicleList)
    def get(self, request: Request) -> Response:
        """List the vehicles you may see, by name."""
        return all_of(queries.vehicles_visible_to(reader_of(request)), VehicleOut)

    @extend_schema(operation_id="vehicles_create", request=VehicleIn, responses={201: VehicleOut})
    @idempotent
    def post(self, request: Request) -> Response:
        """Create a vehicle of a partner."""
        given = read_input(VehicleIn, request)
        partner = partner_of(request, given.pop("partner", None))
        vehicle = actions.create_vehicle(partner=partner, new=NewVehicle(**given))
        return Response(VehicleOut(vehicle).data, status=201)
