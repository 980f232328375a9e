"""REST doors of what a dispatcher holds on to: pinned stops, locked routes, swapped couriers."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common import clock
from common.api.etags import version_from
from common.idempotency.door import idempotent
from couriers.roster.doors import read_input
from routing.plans import holding
from routing.plans.api.shared import IF_MATCH, EditedPlan, PriceOut, answered, planner


class PinIn(serializers.Serializer[Any]):
    """Whether a stop stays with its courier."""

    pinned = serializers.BooleanField()


class PinOut(EditedPlan):
    """The stop as it is kept."""

    stop = serializers.UUIDField()
    pinned = serializers.BooleanField()


class PinStopDoor(APIView):
    """A stop pinned to its courier."""

    @extend_schema(operation_id="stops_pin", request=PinIn, responses=PinOut, parameters=[IF_MATCH])
    @idempotent
    def post(self, request: Request, stop_id: UUID) -> Response:
        """Keep a stop with its courier when the day is planned again, or let it go (If-Match: the plan's ETag)."""
        reader = planner(request)
        plan, stop = holding.pin_stop(
            stop_id=stop_id,
            pinned=read_input(PinIn, request)["pinned"],
            version=version_from(request),
            reader=reader,
            now=clock.now(),
        )
        data = {"plan": plan.pk, "version": plan.version, "stop": stop.pk, "pinned": stop.is_pinned}
        return answered(PinOut, data)


class LockIn(serializers.Serializer[Any]):
    """Whether a route keeps its stops and their order."""

    locked = serializers.BooleanField()


class LockOut(EditedPlan):
    """The route as it is kept."""

    route = serializers.UUIDField()
    locked = serializers.BooleanField()


class LockRouteDoor(APIView):
    """A route locked as it is."""

    @extend_schema(
        operation_id="routes_lock", request=LockIn, responses=LockOut, parameters=[IF_MATCH]
    )
    @idempotent
    def post(self, request: Request, route_id: UUID) -> Response:
        """Keep a route's stops and their order when the day is planned again, or let it go (If-Match: the plan's ETag)."""
        reader = planner(request)
        plan, route = holding.lock_route(
            route_id=route_id,
            locked=read_input(LockIn, request)["locked"],
            version=version_from(request),
            reader=reader,
            now=clock.now(),
        )
        data = {"plan": plan.pk, "version": plan.version, "route": route.pk, "locked": route.is_locked}  # fmt: skip
        return answered(LockOut, data)


class SwapIn(serializers.Serializer[Any]):
    """The route whose courier takes over; this route's courier takes over that one's stops."""

    other = serializers.UUIDField()


class SwapOut(EditedPlan):
    """The two routes, and what it costs; the same swap again takes it back."""

    routes = serializers.ListField(child=serializers.UUIDField())
    price = PriceOut()


class SwapCouriersDoor(APIView):
    """Two couriers who drive each other's stops."""

    @extend_schema(
        operation_id="routes_swap", request=SwapIn, responses=SwapOut, parameters=[IF_MATCH]
    )
    @idempotent
    def post(self, request: Request, route_id: UUID) -> Response:
        """Let two couriers drive each other's stops (If-Match: the plan's ETag); refused with the broken rule."""
        reader = planner(request)
        swap = holding.swap_couriers(
            route_id=route_id,
            other_id=read_input(SwapIn, request)["other"],
            version=version_from(request),
            reader=reader,
            now=clock.now(),
        )
        data = {
            "plan": swap.plan.pk,
            "version": swap.plan.version,
            "routes": [route.pk for route in swap.routes],
            "price": swap.price.data,
        }
        return answered(SwapOut, data)
