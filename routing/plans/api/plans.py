"""REST door of plans: asked for, read, published, put away, stopped."""

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
from common.api.days import DayField
from common.api.etags import etag, version_from
from common.idempotency.door import idempotent
from couriers.roster.doors import read_input
from routing.plans import actions, publishing, queries
from routing.plans.api.shared import IF_MATCH, answered, planner
from routing.plans.models import Plan
from routing.routes import queries as routes


class PlanIn(serializers.Serializer[Any]):
    """A plan to be made. seconds: time limit of the solver; seed: another seed, another search."""

    hub = serializers.UUIDField()
    day = DayField()
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
        help_text=(
            "stage, seconds, cost (micros), unserved, bound (micros, null where none is known), tries, at; at first "
            "jobs and shifts"
        )
    )
    figures = serializers.JSONField(
        help_text=(
            "cost and costs by term (micros), metres, seconds, waiting_s, routes, stops, planned, unplanned, source "
            "(of travel times), checked; how it was found: engine, path, regions, solver_s, first_s (until all were "
            "served), bound (micros, null where none is known), steps; familiar (stops whose courier knows the area), "
            "locked, pinned, by_hand (changes); once it is published: phones_told, phones_unchanged"
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
    day = DayField(required=False)


def _answer(plan: Plan, status: int = 200) -> Response:
    return answered(PlanOut, queries.plan_data(plan), status)


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
