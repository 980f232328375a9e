"""REST door of how a hub's days are planned."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common.api.etags import version_from
from common.idempotency.door import idempotent
from couriers.roster.doors import read_input
from routing.plans import actions, queries
from routing.plans.api.shared import IF_MATCH, answered, planner
from routing.plans.models import DEAREST, PRICES, PlanningSettings


class PriceField(serializers.DecimalField):
    """A charge for one stop, in the currency of the house; it serves the search, a plan costs what driving costs."""

    def __init__(self, help_text: str, least: str = "0") -> None:
        super().__init__(
            max_digits=5, decimal_places=2, min_value=Decimal(least), max_value=Decimal(DEAREST),
            required=False, help_text=help_text,
        )  # fmt: skip


class PlanningSettingsIn(serializers.Serializer[Any]):
    """How a hub's days are planned. engine: auto (the best for each problem) or ortools (OR-Tools alone).

    A charge that is left out stays as it is.
    """

    engine = serializers.ChoiceField(choices=PlanningSettings.Engine.choices)
    unknown_area = PriceField("A stop whose courier does not know the area while another does.")
    uneven_hours = PriceField("A stop whose courier drove more hours of late than the others.")
    changed_courier = PriceField(
        "A stop that changes courier, in a plan that changes little.", "0.01"
    )
    changed_order = PriceField("A stop that follows another one than before, in such a plan.")


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
                prices={name: given[name] for name in PRICES if name in given},
                version=version_from(request),
                reader=reader,
            )
        )


def _settings(found: PlanningSettings) -> Response:
    data = {"hub": found.hub_id, "engine": found.engine, "version": found.version}
    data |= {name: getattr(found, name) for name in PRICES}
    return answered(PlanningSettingsOut, data)
