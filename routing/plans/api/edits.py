"""REST doors of stops moved by hand and consignments that come late."""

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
from routing.plans import edits
from routing.plans.api.shared import IF_MATCH, EditedPlan, PriceOut, answered, planner


class MoveIn(serializers.Serializer[Any]):
    """Where a stop is to go. route: empty for the best; position: counted from 1, empty for the best."""

    route = serializers.UUIDField(required=False, allow_null=True)
    position = serializers.IntegerField(
        required=False, allow_null=True, min_value=1, max_value=10_000
    )


class InsertIn(serializers.Serializer[Any]):
    """A consignment to be put on a route. route: empty for the best."""

    consignment = serializers.UUIDField()
    route = serializers.UUIDField(required=False, allow_null=True)


class Place(serializers.Serializer[Any]):
    """A route and a position on it."""

    route = serializers.UUIDField()
    position = serializers.IntegerField()


class MoveOut(EditedPlan):
    """Where the stop is now, and what moves it back."""

    stop = serializers.UUIDField()
    route = serializers.UUIDField()
    position = serializers.IntegerField()
    planned_at = serializers.DateTimeField()
    undo = Place()
    price = PriceOut()


def _moved(move: edits.Move) -> Response:
    stop = move.stop
    data = {
        "plan": move.plan.pk,
        "version": move.plan.version,
        "stop": stop.pk,
        "route": stop.route_id,
        "position": stop.position,
        "planned_at": stop.planned_at,
        "undo": {"route": move.from_route, "position": move.from_position},
        "price": move.price.data,
    }
    return answered(MoveOut, data)


class MoveStopDoor(APIView):
    """A stop moved by hand."""

    @extend_schema(
        operation_id="stops_move", request=MoveIn, responses=MoveOut, parameters=[IF_MATCH]
    )
    @idempotent
    def post(self, request: Request, stop_id: UUID) -> Response:
        """Move a stop to another place or route of its plan (If-Match: the plan's ETag); refused with the broken rule."""
        reader = planner(request)
        given = read_input(MoveIn, request)
        move = edits.move_stop(
            stop_id=stop_id,
            route_id=given.get("route"),
            position=given.get("position"),
            version=version_from(request),
            reader=reader,
            now=clock.now(),
        )
        return _moved(move)


class InsertDoor(APIView):
    """A late consignment."""

    @extend_schema(
        operation_id="plans_insert", request=InsertIn, responses=MoveOut, parameters=[IF_MATCH]
    )
    @idempotent
    def post(self, request: Request, plan_id: UUID) -> Response:
        """Put a consignment that came late, or was left out, on a route that has not left."""
        reader = planner(request)
        given = read_input(InsertIn, request)
        move = edits.insert_consignment(
            plan_id=plan_id,
            consignment_id=given["consignment"],
            route_id=given.get("route"),
            version=version_from(request),
            reader=reader,
            now=clock.now(),
        )
        return _moved(move)
