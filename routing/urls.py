"""Index of the floor's doors."""

from django.urls import path

from routing.plans.api.asking import ExplainStopDoor, WhatIfDoor
from routing.plans.api.comparing import ComparePlansDoor
from routing.plans.api.edits import InsertDoor, MoveStopDoor
from routing.plans.api.holding import LockRouteDoor, PinStopDoor, SwapCouriersDoor
from routing.plans.api.plans import (
    CancelPlanDoor,
    DiscardPlanDoor,
    PlanDoor,
    PlansDoor,
    PublishPlanDoor,
)
from routing.plans.api.settings import PlanningSettingsDoor
from routing.routes.api import BoardDoor, CommandsDoor, ManifestDoor, ProofsDoor, RouteDoor
from routing.travel_times.api import TravelFactorsDoor

urlpatterns = [
    path("api/v1/plans/", PlansDoor.as_view(), name="api-plans"),
    path("api/v1/plans/<uuid:plan_id>/", PlanDoor.as_view(), name="api-plan"),
    path(
        "api/v1/plans/<uuid:plan_id>/publish/", PublishPlanDoor.as_view(), name="api-plan-publish"
    ),
    path(
        "api/v1/plans/<uuid:plan_id>/discard/", DiscardPlanDoor.as_view(), name="api-plan-discard"
    ),
    path("api/v1/plans/<uuid:plan_id>/cancel/", CancelPlanDoor.as_view(), name="api-plan-cancel"),
    path(
        "api/v1/plans/<uuid:plan_id>/compare/<uuid:other_id>/",
        ComparePlansDoor.as_view(),
        name="api-plan-compare",
    ),
    path("api/v1/plans/<uuid:plan_id>/insert/", InsertDoor.as_view(), name="api-plan-insert"),
    path("api/v1/stops/<uuid:stop_id>/move/", MoveStopDoor.as_view(), name="api-stop-move"),
    path("api/v1/plans/<uuid:plan_id>/what-if/", WhatIfDoor.as_view(), name="api-plan-what-if"),
    path(
        "api/v1/stops/<uuid:stop_id>/explain/", ExplainStopDoor.as_view(), name="api-stop-explain"
    ),
    path("api/v1/stops/<uuid:stop_id>/pin/", PinStopDoor.as_view(), name="api-stop-pin"),
    path("api/v1/routes/<uuid:route_id>/lock/", LockRouteDoor.as_view(), name="api-route-lock"),
    path("api/v1/routes/<uuid:route_id>/swap/", SwapCouriersDoor.as_view(), name="api-route-swap"),
    path(
        "api/v1/hubs/<uuid:hub_id>/travel-factors/",
        TravelFactorsDoor.as_view(),
        name="api-travel-factors",
    ),
    path(
        "api/v1/hubs/<uuid:hub_id>/planning/",
        PlanningSettingsDoor.as_view(),
        name="api-hub-planning",
    ),
    path("api/v1/routes/<uuid:route_id>/", RouteDoor.as_view(), name="api-route"),
    path("api/v1/board/<uuid:hub_id>/", BoardDoor.as_view(), name="api-board"),
    path("api/v1/couriers/me/commands/", CommandsDoor.as_view(), name="api-courier-commands"),
    path("api/v1/couriers/me/proofs/", ProofsDoor.as_view(), name="api-courier-proofs"),
    path("api/v1/couriers/me/manifest/", ManifestDoor.as_view(), name="api-courier-manifest"),
]
