"""REST doors of questions put to a plan: why is this stop here, and what if."""

from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common import clock
from common.idempotency.door import idempotent
from couriers.roster.doors import read_input
from routing.plans import explaining, queries, what_if
from routing.plans.api.shared import planner
from routing.plans.models import WhatIf


class NeighbourOut(serializers.Serializer[Any]):
    """Where a courier comes from or goes on to: a stop, or the hub."""

    stop = serializers.UUIDField(allow_null=True, help_text="null: the hub.")
    position = serializers.IntegerField(
        allow_null=True, help_text="Its place on its route as it is; null: the hub."
    )
    lon = serializers.FloatField()
    lat = serializers.FloatField()


class OptionOut(serializers.Serializer[Any]):
    """Another place for a stop: what it would cost more than here, or why it can't be there."""

    route = serializers.UUIDField()
    number = serializers.IntegerField()
    courier = serializers.CharField()
    position = serializers.IntegerField(allow_null=True)
    before = NeighbourOut(allow_null=True, help_text="null: it can't be there.")
    after = NeighbourOut(allow_null=True, help_text="null: it can't be there.")
    starts_at = serializers.DateTimeField(allow_null=True)
    more = serializers.IntegerField(
        allow_null=True, help_text="Micros more than here; below 0: cheaper than here."
    )
    refusal = serializers.CharField()


class ExplanationOut(serializers.Serializer[Any]):
    """Why a stop is on this route, in this place, at this time, and what the next best would cost."""

    stop = serializers.UUIDField()
    route = serializers.UUIDField()
    number = serializers.IntegerField()
    courier = serializers.CharField()
    position = serializers.IntegerField()
    lon = serializers.FloatField()
    lat = serializers.FloatField()
    before = NeighbourOut()
    after = NeighbourOut()
    extra = serializers.IntegerField(help_text="Micros that the route costs more than without it.")
    arrives_at = serializers.DateTimeField()
    starts_at = serializers.DateTimeField()
    travel_s = serializers.IntegerField()
    wait_s = serializers.IntegerField()
    slack_s = serializers.IntegerField(
        help_text="How much later it may become before a hard rule breaks."
    )
    is_pinned = serializers.BooleanField()
    is_locked = serializers.BooleanField()
    is_loaded = serializers.BooleanField()
    next_best = OptionOut(allow_null=True)
    others = OptionOut(many=True)
    sentences = serializers.ListField(child=serializers.CharField())


class ExplainStopDoor(APIView):
    """Why a stop is where it is."""

    @extend_schema(operation_id="stops_explain", responses=ExplanationOut)
    def get(self, request: Request, stop_id: UUID) -> Response:
        """Say why a stop is on this route, in this place, at this time, and what the next best would cost."""
        found = explaining.explain_stop(stop_id=stop_id, reader=planner(request), now=clock.now())
        return Response(ExplanationOut(found).data)


class WhatIfIn(serializers.Serializer[Any]):
    """What is to be different. Which fields a kind needs is said with each."""

    kind = serializers.ChoiceField(choices=what_if.KINDS)
    shift = serializers.UUIDField(
        required=False,
        allow_null=True,
        help_text="without_shift, longer_shift: which; more_vans: the pattern, the first shift when left out.",
    )
    consignment = serializers.UUIDField(
        required=False, allow_null=True, help_text="later_window: whose; all windows when left out."
    )
    minutes = serializers.IntegerField(
        required=False,
        min_value=1,
        max_value=what_if.MOST_MINUTES,
        default=30,
        help_text="later_window, longer_shift: by how much.",
    )
    count = serializers.IntegerField(
        required=False, min_value=1, max_value=what_if.MOST_VANS, default=1, help_text="more_vans."
    )


class WhatIfOut(serializers.Serializer[Any]):
    """A question put to a plan and, once it is worked out, the difference of two plans."""

    id = serializers.UUIDField()
    plan = serializers.UUIDField()
    change = serializers.JSONField()
    state = serializers.ChoiceField(choices=WhatIf.State.choices)
    answer = serializers.JSONField(
        help_text=(
            "before and after (cost in micros, metres, seconds, routes, planned, unplanned), costs by term, moved "
            "(consignments with another courier), helped and left_out (codes), routes (stops before and after)"
        )
    )
    problem = serializers.CharField()
    created_at = serializers.DateTimeField()
    answered_at = serializers.DateTimeField(allow_null=True)


class WhatIfList(serializers.Serializer[Any]):
    """Questions put to a plan, newest first."""

    results = WhatIfOut(many=True)


class WhatIfDoor(APIView):
    """Questions put to a plan."""

    @extend_schema(operation_id="plans_what_ifs", responses=WhatIfList)
    def get(self, request: Request, plan_id: UUID) -> Response:
        """List the newest 20 questions put to a plan."""
        plan = get_object_or_404(queries.plans_visible_to(planner(request)), pk=plan_id)
        rows = [
            queries.what_if_data(row)
            for row in plan.what_ifs.defer("as_it_is").order_by("-id")[:20]
        ]
        return Response(WhatIfList({"results": rows}).data)

    @extend_schema(operation_id="plans_ask_what_if", request=WhatIfIn, responses={202: WhatIfOut})
    @idempotent
    def post(self, request: Request, plan_id: UUID) -> Response:
        """Ask what a plan would be with one thing different; the answer comes on the stream `plan:<id>`."""
        reader = planner(request)
        given = read_input(WhatIfIn, request)
        found = what_if.ask(
            plan_id=plan_id, question=what_if.Question(**given), reader=reader, now=clock.now()
        )
        return Response(WhatIfOut(queries.what_if_data(found)).data, status=202)
