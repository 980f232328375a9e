"""REST door of shifts."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common import clock
from common.accounts.readers import reader_of
from common.api.days import DayField
from common.days import day_bounds
from common.errors.domain import NotAllowed
from common.idempotency.door import idempotent
from couriers.roster import queries as roster
from couriers.roster.doors import all_of, partner_of, read_input
from couriers.shifts import actions, queries
from couriers.shifts.actions import NewShift
from couriers.shifts.models import Shift
from couriers.vehicles import queries as vehicles
from delivery.hubs.models import Hub


class ShiftOut(serializers.ModelSerializer[Any]):
    """A shift."""

    partner = serializers.UUIDField(source="courier.partner_id")
    courier = serializers.UUIDField(source="courier_id")
    courier_alias = serializers.CharField(source="courier.alias")
    vehicle = serializers.UUIDField(source="vehicle_id")
    vehicle_kind = serializers.CharField(source="vehicle.kind")
    hub = serializers.UUIDField(source="hub_id")

    class Meta:
        model = Shift
        fields = [
            "id",
            "partner",
            "courier",
            "courier_alias",
            "vehicle",
            "vehicle_kind",
            "hub",
            "starts_at",
            "ends_at",
            "ended_at",
            "is_active",
        ]


class ShiftIn(serializers.Serializer[Any]):
    """A shift to be."""

    courier = serializers.UUIDField()
    vehicle = serializers.UUIDField()
    hub = serializers.UUIDField()
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()


class ShiftFilter(serializers.Serializer[Any]):
    """Which shifts."""

    day = DayField(required=False)
    hub = serializers.UUIDField(required=False)


class ShiftList(serializers.Serializer[Any]):
    """Every shift asked for."""

    results = ShiftOut(many=True)


class ShiftsDoor(APIView):
    """Shifts: list and plan."""

    @extend_schema(
        operation_id="shifts_list",
        responses=ShiftList,
        parameters=[
            OpenApiParameter("day", str, description="A day (YYYY-MM-DD) of the reader's zone."),
            OpenApiParameter("hub", str, description="A hub's id."),
        ],
    )
    def get(self, request: Request) -> Response:
        """List the shifts you may see, earliest first."""
        reader = reader_of(request)
        wanted = ShiftFilter(data=request.query_params)
        wanted.is_valid(raise_exception=True)
        shifts = queries.shifts_visible_to(reader)
        if day := wanted.validated_data.get("day"):
            begins, ends = day_bounds(day, reader.timezone)
            shifts = shifts.filter(starts_at__lt=ends, ends_at__gt=begins)
        if hub := wanted.validated_data.get("hub"):
            shifts = shifts.filter(hub_id=hub)
        return all_of(shifts, ShiftOut)

    @extend_schema(operation_id="shifts_create", request=ShiftIn, responses={201: ShiftOut})
    @idempotent
    def post(self, request: Request) -> Response:
        """Plan a shift; a courier or vehicle that is taken is named."""
        reader = reader_of(request)
        given = read_input(ShiftIn, request)
        if not (roster.runs_network(reader) or roster.manages_partner(reader)):
            raise NotAllowed
        courier = get_object_or_404(roster.couriers_visible_to(reader), pk=given["courier"])
        shift = actions.create_shift(
            new=NewShift(
                courier=courier,
                vehicle=get_object_or_404(
                    vehicles.vehicles_visible_to(reader), pk=given["vehicle"]
                ),
                hub=get_object_or_404(Hub, pk=given["hub"]),
                starts_at=given["starts_at"],
                ends_at=given["ends_at"],
            ),
            now=clock.now(),
        )
        return Response(ShiftOut(shift).data, status=201)


class EndShiftDoor(APIView):
    """The end of a shift."""

    @extend_schema(operation_id="shifts_end", request=None, responses=ShiftOut)
    @idempotent
    def post(self, request: Request, shift_id: UUID) -> Response:
        """Take the courier off duty; one that has not begun is cancelled. Couriers may end their own."""
        reader = reader_of(request)
        shift = get_object_or_404(queries.shifts_visible_to(reader), pk=shift_id)
        if shift.courier.user_id != reader.user_id:
            partner_of(request, shift.courier.partner_id)
        return Response(ShiftOut(actions.end_shift(shift=shift, now=clock.now())).data)


class ExtendIn(serializers.Serializer[Any]):
    """By how much a shift ends later."""

    minutes = serializers.IntegerField(min_value=1, max_value=15 * 60)


class ExtendShiftDoor(APIView):
    """A shift that ends later."""

    @extend_schema(operation_id="shifts_extend", request=ExtendIn, responses=ShiftOut)
    @idempotent
    def post(self, request: Request, shift_id: UUID) -> Response:
        """Let a shift end later; a courier or vehicle that is taken then is named."""
        reader = reader_of(request)
        shift = get_object_or_404(queries.shifts_visible_to(reader), pk=shift_id)
        partner_of(request, shift.courier.partner_id)
        by = timedelta(minutes=read_input(ExtendIn, request)["minutes"])
        return Response(ShiftOut(actions.extend_shift(shift=shift, by=by, now=clock.now())).data)
