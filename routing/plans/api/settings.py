"""REST door of how a hub's days are planned."""

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
from routing.plans.models import PlanningSettings


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
    return answered(PlanningSettingsOut, data)
