"""Index of the floor's tables."""

from routing.plans.models import Plan, Unplanned
from routing.routes.models import CourierCommand, Route, Stop, StopConsignment

__all__ = ["CourierCommand", "Plan", "Route", "Stop", "StopConsignment", "Unplanned"]
