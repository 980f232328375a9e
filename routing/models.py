"""Index of the floor's tables."""

from routing.plans.models import Plan, PlanningSettings, PlanPart, Unplanned, WhatIf
from routing.routes.models import CourierCommand, Route, Stop, StopConsignment
from routing.travel_times.models import KeptRow, SnappedPoint, TravelFactors

__all__ = [
    "CourierCommand",
    "KeptRow",
    "Plan",
    "PlanPart",
    "PlanningSettings",
    "Route",
    "SnappedPoint",
    "Stop",
    "StopConsignment",
    "TravelFactors",
    "Unplanned",
    "WhatIf",
]
