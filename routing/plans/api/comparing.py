"""REST door of two plans side by side."""

from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from routing.plans import comparing, queries
from routing.plans.api.plans import PlanOut
from routing.plans.api.shared import planner


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


class ComparePlansDoor(APIView):
    """Two plans side by side."""

    @extend_schema(operation_id="plans_compare", responses=Comparison)
    def get(self, request: Request, plan_id: UUID, other_id: UUID) -> Response:
        """Compare two plans: figures, cost by term, each courier's route, which stops move, and whose phone would hear of it."""
        plans = queries.plans_visible_to(planner(request))
        one, other = get_object_or_404(plans, pk=plan_id), get_object_or_404(plans, pk=other_id)
        return Response(Comparison(comparing.comparison(one, other)).data)
