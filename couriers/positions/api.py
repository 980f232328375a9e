"""REST door of positions: batches from couriers' phones. Hand-read, because a serializer costs three quarters of the time."""

import math
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common import clock
from common.accounts.readers import reader_of
from common.errors.domain import InvalidInput, NotAllowed
from couriers.positions import actions, queries
from couriers.positions.actions import Fix
from couriers.roster.queries import courier_of

MOST_IN_A_BATCH = 500
UNREADABLE = "unreadable"


class FixIn(serializers.Serializer[Any]):
    """One fix. The pair client_id and recorded_at makes it unique."""

    client_id = serializers.UUIDField()
    recorded_at = serializers.DateTimeField()
    lon = serializers.FloatField(min_value=-180, max_value=180)
    lat = serializers.FloatField(min_value=-90, max_value=90)
    accuracy = serializers.FloatField(min_value=0, required=False, help_text="Metres.")
    speed = serializers.FloatField(
        min_value=0, required=False, allow_null=True, help_text="Metres a second."
    )
    heading = serializers.FloatField(
        required=False, allow_null=True, help_text="Degrees, 0 = north."
    )


class BatchIn(serializers.Serializer[Any]):
    """Up to 500 fixes."""

    positions = FixIn(many=True)


class FixOutcome(serializers.Serializer[Any]):
    """What became of one fix; all but `unreadable` may be forgotten by the phone."""

    client_id = serializers.CharField(allow_null=True)
    outcome = serializers.ChoiceField([*(o.value for o in actions.Outcome), UNREADABLE])


class BatchOut(serializers.Serializer[Any]):
    """What became of each fix, in their order."""

    results = FixOutcome(many=True)


class LastPositionOut(serializers.Serializer[Any]):
    """Where a courier was last."""

    courier = serializers.UUIDField(source="courier_id")
    alias = serializers.CharField(source="courier.alias")
    lon = serializers.FloatField(source="point.x")
    lat = serializers.FloatField(source="point.y")
    heading = serializers.FloatField(source="heading_deg")
    at = serializers.DateTimeField(source="recorded_at")


class LastPositionList(serializers.Serializer[Any]):
    """Where couriers were last."""

    results = LastPositionOut(many=True)


def _number(value: Any, low: float, high: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError("no number")
    if not low <= value <= high:
        raise ValueError("out of range")
    return float(value)


def _optional(value: Any, low: float, high: float) -> float | None:
    return None if value is None else _number(value, low, high)


def _time(value: Any) -> datetime:
    found = parse_datetime(value) if isinstance(value, str) else None
    if found is None or found.tzinfo is None:
        raise ValueError("no aware time")
    return found


def read_fix(item: Any) -> Fix | None:
    """Return one fix of a batch; None when it can't be read."""
    try:
        return Fix(
            client_id=UUID(item["client_id"]),
            recorded_at=_time(item["recorded_at"]),
            lon=_number(item["lon"], -180, 180),
            lat=_number(item["lat"], -90, 90),
            accuracy_m=math.ceil(_number(item.get("accuracy", 0), 0, 1_000_000)),
            speed_mps=_optional(item.get("speed"), 0, 1_000),
            heading_deg=_optional(item.get("heading"), -360, 360),
        )
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
        return None


class MyPositionsDoor(APIView):
    """Where I am."""

    idempotent = False  # each fix carries its own id

    @extend_schema(operation_id="my_positions_create", request=BatchIn, responses=BatchOut)
    def post(self, request: Request) -> Response:
        """Send a courier's fixes, as a batch and as often as it takes: each is kept once, and only while on duty."""
        courier = courier_of(reader_of(request))
        if courier is None:
            raise NotAllowed
        items = request.data.get("positions") if isinstance(request.data, dict) else None
        if not isinstance(items, list) or len(items) > MOST_IN_A_BATCH:
            detail = _("Send a list of up to %(most)s positions.") % {"most": MOST_IN_A_BATCH}
            raise InvalidInput(
                errors=[{"pointer": "/positions", "code": "not_a_batch", "detail": detail}]
            )
        read = [read_fix(item) for item in items]
        fixes = [fix for fix in read if fix is not None]
        outcomes = iter(actions.record_positions(courier=courier, fixes=fixes, now=clock.now()))
        results = [
            {
                "client_id": item.get("client_id") if isinstance(item, dict) else None,
                "outcome": UNREADABLE if fix is None else next(outcomes).value,
            }
            for item, fix in zip(items, read, strict=True)
        ]
        return Response({"results": results})


class LastPositionsDoor(APIView):
    """Where couriers are."""

    @extend_schema(operation_id="courier_positions_list", responses=LastPositionList)
    def get(self, request: Request) -> Response:
        """Return where the couriers you may see were last."""
        rows = list(queries.last_positions_visible_to(reader_of(request))[:1000])
        return Response({"results": LastPositionOut(rows, many=True).data})
