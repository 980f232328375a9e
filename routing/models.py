"""Index of the floor's tables."""

from routing.plans.models import Plan, PlanningSettings, Unplanned, WhatIf
from routing.routes.models import CourierCommand, Route, Stop, StopConsignment

__all__ = [
    "CourierCommand",
    "Plan",
    "PlanningSettings",
    "Route",
    "Stop",
    "StopConsignment",
    "Unplanned",
    "WhatIf",
]
