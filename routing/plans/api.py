"""REST door of plans: dispatchers only."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.shortcuts import get_object_or_404
from django.urls import reverse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common import clock
from common.accounts.readers import Reader, reader_of
from common.api.etags import etag, version_from
from common.errors.domain import NotAllowed
from common.idempotency.door import idempotent
from couriers.roster.doors import read_input
from routing.plans import (
    actions,
    comparing,
    edits,
    explaining,
    holding,
    publishing,
    queries,
    what_if,
)
from routing.plans.models import Plan, PlanningSettings, WhatIf
from routing.routes import queries as routes

IF_MATCH = OpenApiParameter(
    "If-Match", str, OpenApiParameter.HEADER, required=True, description="The ETag you read."
)


class PlanIn(serializers.Serializer[Any]):
    """A plan to be made. seconds: time limit of the solver; seed: another seed, another search."""

    hub = serializers.UUIDField()
    day = serializers.DateField()
    seconds = serializers.IntegerField(
        required=False, min_value=1, max_value=actions.LONGEST_SOLVE_S
    )
    seed = serializers.IntegerField(required=False, default=1, min_value=0, max_value=2**31 - 1)
    changes_little = serializers.BooleanField(
        required=False,
        default=False,
        help_text="Each stop that changes courier or order against the plan before has a price.",
    )


class PlanOut(serializers.Serializer[Any]):
    """A plan: how far it is, its figures once it is solved, and what it left out with reasons."""

    id = serializers.UUIDField()
    hub = serializers.UUIDField()
    day = serializers.DateField()
    state = serializers.ChoiceField(choices=Plan.State.choices)
    version = serializers.IntegerField()
    base = serializers.UUIDField(
        allow_null=True, help_text="The plan it was made beside, whose pins and locks it keeps."
    )
    changes_little = serializers.BooleanField()
    seconds = serializers.IntegerField()
    seed = serializers.IntegerField()
    progress = serializers.JSONField(
        help_text="stage, seconds, cost (micros), unserved, bound (micros, null where none is known), at"
    )
    figures = serializers.JSONField(
        help_text=(
            "cost and costs by term (micros), metres, seconds, routes, stops, planned, unplanned, source; how it was "
            "found: engine, regions, solver_s, model_s, steps; locked, pinned, by_hand; once it is published: "
            "phones_told, phones_unchanged"
        )
    )
    problem = serializers.CharField(help_text="Why it failed, in a sentence.")
    created_at = serializers.DateTimeField()
    solved_at = serializers.DateTimeField(allow_null=True)
    published_at = serializers.DateTimeField(allow_null=True)


class PlanDetail(PlanOut):
    """A plan with what it left out; its routes with `?routes=1`."""

    left_out = serializers.ListField(child=serializers.JSONField())
    routes = serializers.ListField(child=serializers.JSONField(), required=False)


class PlanList(serializers.Serializer[Any]):
    """Plans, newest first."""

    results = PlanOut(many=True)


class PlanFilter(serializers.Serializer[Any]):
    """Which plans."""

    hub = serializers.UUIDField(required=False)
    day = serializers.DateField(required=False)


class PlanFigures(serializers.Serializer[Any]):
    """A plan's routes in figures, as they stand."""

    routes = serializers.IntegerField()
    stops = serializers.IntegerField()
    metres = serializers.IntegerField()
    seconds = serializers.IntegerField(help_text="From leaving the hub to being back, all routes.")
    late_s = serializers.IntegerField(help_text="Seconds after windows, all stops.")
    unplanned = serializers.IntegerField()
    cost = serializers.IntegerField(help_text="Micros, all terms together.")
    costs = serializers.DictField(child=serializers.IntegerField(), help_text="Micros by term.")


class TermOut(serializers.Serializer[Any]):
    """One term of the cost in both plans, micros."""

    first = serializers.IntegerField()
    second = serializers.IntegerField()
    difference = serializers.IntegerField()


class RouteFigures(serializers.Serializer[Any]):
    """One route in figures."""

    id = serializers.UUIDField()
    number = serializers.IntegerField()
    state = serializers.CharField()
    courier = serializers.CharField()
    partner = serializers.CharField()
    stops = serializers.IntegerField()
    consignments = serializers.IntegerField()
    metres = serializers.IntegerField()
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    late_s = serializers.IntegerField()
    cost = serializers.IntegerField(help_text="Micros.")
    locked = serializers.BooleanField()
    pinned = serializers.IntegerField()


class RoutePair(serializers.Serializer[Any]):
    """What one courier's shift drives in each plan."""

    shift = serializers.UUIDField()
    courier = serializers.CharField()
    first = RouteFigures(allow_null=True)
    second = RouteFigures(allow_null=True)


class PlaceOfStop(serializers.Serializer[Any]):
    """Where a consignment is in a plan."""

    route = serializers.IntegerField()
    courier = serializers.CharField()
    position = serializers.IntegerField()
    planned_at = serializers.DateTimeField()


class MovedStop(serializers.Serializer[Any]):
    """A consignment that rides with another courier."""

    consignment = serializers.UUIDField()
    code = serializers.CharField()
    first = PlaceOfStop()
    second = PlaceOfStop()


class PhoneChange(serializers.Serializer[Any]):
    """How one courier's list would change, counted in consignments."""

    courier = serializers.CharField()
    added = serializers.IntegerField()
    removed = serializers.IntegerField()
    moved = serializers.IntegerField()
    retimed = serializers.IntegerField()


class Phones(serializers.Serializer[Any]):
    """Whom publishing the second plan would tell."""

    told = PhoneChange(many=True)
    unchanged = serializers.IntegerField()


class Comparison(serializers.Serializer[Any]):
    """Two plans side by side; differences are the second less the first."""

    plans = PlanOut(many=True)
    figures = PlanFigures(many=True)
    differences = serializers.DictField(child=serializers.IntegerField())
    costs = serializers.DictField(child=TermOut())
    routes = RoutePair(many=True)
    stays = RouteFigures(
        many=True, help_text="Routes of the first on the road: they stay whichever is chosen."
    )
    moved = MovedStop(many=True)
    changed_courier = serializers.ListField(child=serializers.UUIDField())
    changed_place = serializers.IntegerField()
    only_in_first = serializers.ListField(child=serializers.UUIDField())
    only_in_second = serializers.ListField(child=serializers.UUIDField())
    phones = Phones(allow_null=True, help_text="Null where the second is no proposal.")


def planner(request: Request) -> Reader:
    """Return the reader of a request that only dispatchers may make; raise NotAllowed for others."""
    reader = reader_of(request)
    if not queries.plans_people(reader):
        raise NotAllowed
    return reader


def _answer(plan: Plan, status: int = 200) -> Response:
    return Response(
        PlanOut(queries.plan_data(plan)).data, status=status, headers={"ETag": etag(plan.version)}
    )


class PlansDoor(APIView):
    """Plans: list and ask for one."""

    @extend_schema(
        operation_id="plans_list",
        responses=PlanList,
        parameters=[
            OpenApiParameter("hub", str, description="A hub's id."),
            OpenApiParameter("day", str, description="YYYY-MM-DD"),
        ],
    )
    def get(self, request: Request) -> Response:
        """List the newest 50 plans."""
        wanted = PlanFilter(data=request.query_params)
        wanted.is_valid(raise_exception=True)
        plans = queries.plans_visible_to(planner(request))
        if hub := wanted.validated_data.get("hub"):
            plans = plans.filter(hub_id=hub)
        if day := wanted.validated_data.get("day"):
            plans = plans.filter(day=day)
        return Response({"results": [PlanOut(queries.plan_data(p)).data for p in plans[:50]]})

    @extend_schema(operation_id="plans_create", request=PlanIn, responses={202: PlanOut})
    @idempotent
    def post(self, request: Request) -> Response:
        """Ask for a plan of a hub and day; follow it at Location or on the stream `plan:<id>`."""
        reader = planner(request)
        given = read_input(PlanIn, request)
        plan = actions.request_plan(
            hub_id=given["hub"],
            day=given["day"],
            seconds=given.get("seconds", settings.SOLVER_SECONDS),
            seed=given["seed"],
            changes_little=given["changes_little"],
            reader=reader,
            now=clock.now(),
        )
        response = _answer(plan, 202)
        response["Location"] = reverse("api-plan", args=[plan.pk])
        return response


class PlanDoor(APIView):
    """One plan."""

    @extend_schema(
        operation_id="plans_read",
        responses=PlanDetail,
        parameters=[OpenApiParameter("routes", bool, description="1: with its routes and stops.")],
    )
    def get(self, request: Request, plan_id: UUID) -> Response:
        """Show a plan with its progress and figures, and each consignment it left out with reasons."""
        plan = get_object_or_404(queries.plans_visible_to(planner(request)), pk=plan_id)
        data: dict[str, Any] = queries.plan_data(plan) | {"left_out": queries.left_out_of(plan)}
        if request.query_params.get("routes"):
            rows = routes.with_stops(plan.routes.all())
            data["routes"] = [routes.route_data(route) for route in rows]
        return Response(PlanDetail(data).data, headers={"ETag": etag(plan.version)})


class PublishPlanDoor(APIView):
    """Publishing a plan."""

    @extend_schema(
        operation_id="plans_publish", request=None, responses=PlanOut, parameters=[IF_MATCH]
    )
    @idempotent
    def post(self, request: Request, plan_id: UUID) -> Response:
        """Make a proposal the plan that is driven; refused when something changed since it was made."""
        reader = planner(request)
        plan = publishing.publish_plan(
            plan_id=plan_id, version=version_from(request), reader=reader, now=clock.now()
        )
        return _answer(plan)


class DiscardPlanDoor(APIView):
    """Putting a proposal away."""

    @extend_schema(
        operation_id="plans_discard", request=None, responses=PlanOut, parameters=[IF_MATCH]
    )
    @idempotent
    def post(self, request: Request, plan_id: UUID) -> Response:
        """Put a proposal away."""
        reader = planner(request)
        return _answer(
            actions.discard_plan(
                plan_id=plan_id, version=version_from(request), reader=reader, now=clock.now()
            )
        )


class CancelPlanDoor(APIView):
    """Stopping a search."""

    @extend_schema(operation_id="plans_cancel", request=None, responses=PlanOut)
    @idempotent
    def post(self, request: Request, plan_id: UUID) -> Response:
        """Stop a plan that waits or is being solved."""
        return _answer(
            actions.cancel_plan(plan_id=plan_id, reader=planner(request), now=clock.now())
        )


class ComparePlansDoor(APIView):
    """Two plans side by side."""

    @extend_schema(operation_id="plans_compare", responses=Comparison)
    def get(self, request: Request, plan_id: UUID, other_id: UUID) -> Response:
        """Compare two plans: figures, cost by term, each courier's route, which stops move, and whose phone would hear of it."""
        plans = queries.plans_visible_to(planner(request))
        one, other = get_object_or_404(plans, pk=plan_id), get_object_or_404(plans, pk=other_id)
        return Response(Comparison(comparing.comparison(one, other)).data)


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


class PriceOut(serializers.Serializer[Any]):
    """What a change costs: after less before."""

    cost = serializers.IntegerField(help_text="Micros, all terms together.")
    costs = serializers.DictField(child=serializers.IntegerField(), help_text="Micros by term.")
    metres = serializers.IntegerField()
    seconds = serializers.IntegerField(help_text="From leaving the hub to being back, all routes.")
    late_s = serializers.IntegerField(help_text="Seconds after windows, all stops.")


class MoveOut(serializers.Serializer[Any]):
    """Where the stop is now, and what moves it back."""

    plan = serializers.UUIDField()
    version = serializers.IntegerField(help_text="The plan's new version, for the next If-Match.")
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
    return Response(MoveOut(data).data, headers={"ETag": etag(move.plan.version)})


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


class PinIn(serializers.Serializer[Any]):
    """Whether a stop stays with its courier."""

    pinned = serializers.BooleanField()


class PinOut(serializers.Serializer[Any]):
    """The stop as it is kept."""

    plan = serializers.UUIDField()
    version = serializers.IntegerField(help_text="The plan's new version, for the next If-Match.")
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
        return Response(PinOut(data).data, headers={"ETag": etag(plan.version)})


class LockIn(serializers.Serializer[Any]):
    """Whether a route keeps its stops and their order."""

    locked = serializers.BooleanField()


class LockOut(serializers.Serializer[Any]):
    """The route as it is kept."""

    plan = serializers.UUIDField()
    version = serializers.IntegerField(help_text="The plan's new version, for the next If-Match.")
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
        return Response(LockOut(data).data, headers={"ETag": etag(plan.version)})


class SwapIn(serializers.Serializer[Any]):
    """The route whose courier takes over; this route's courier takes over that one's stops."""

    other = serializers.UUIDField()


class SwapOut(serializers.Serializer[Any]):
    """The two routes, and what it costs; the same swap again takes it back."""

    plan = serializers.UUIDField()
    version = serializers.IntegerField(help_text="The plan's new version, for the next If-Match.")
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
        return Response(SwapOut(data).data, headers={"ETag": etag(swap.plan.version)})


class PlanningSettingsIn(serializers.Serializer[Any]):
    """How a hub's days are planned. engine: auto (the best for each problem) or ortools (OR-Tools alone)."""

    engine = serializers.ChoiceField(choices=PlanningSettings.Engine.choices)


class PlanningSettingsOut(PlanningSettingsIn):
    """How a hub's days are planned."""

    hub = serializers.UUIDField()
    version = serializers.IntegerField()


class PlanningSettingsDoor(APIView):
    """How a hub's days are planned."""

    @extend_schema(operation_id="planning_settings_read", responses=PlanningSettingsOut)
    def get(self, request: Request, hub_id: UUID) -> Response:
        """Show how a hub's days are planned."""
        hub = get_object_or_404(queries.hubs_planned_by(planner(request)), pk=hub_id)
        return _settings(queries.settings_of(hub.pk))

    @extend_schema(
        operation_id="planning_settings_change",
        request=PlanningSettingsIn,
        responses=PlanningSettingsOut,
        parameters=[IF_MATCH],
    )
    @idempotent
    def put(self, request: Request, hub_id: UUID) -> Response:
        """Choose how a hub's days are planned from the next plan on."""
        reader = planner(request)
        given = read_input(PlanningSettingsIn, request)
        return _settings(
            actions.change_settings(
                hub_id=hub_id,
                engine=given["engine"],
                version=version_from(request),
                reader=reader,
            )
        )


def _settings(found: PlanningSettings) -> Response:
    data = {"hub": found.hub_id, "engine": found.engine, "version": found.version}
    return Response(PlanningSettingsOut(data).data, headers={"ETag": etag(found.version)})


class OptionOut(serializers.Serializer[Any]):
    """Another place for a stop: what it would cost more than here, or why it can't be there."""

    route = serializers.UUIDField()
    number = serializers.IntegerField()
    courier = serializers.CharField()
    position = serializers.IntegerField(allow_null=True)
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
        rows = [queries.what_if_data(row) for row in plan.what_ifs.order_by("-id")[:20]]
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
