"""Index of the floor's background doors."""

from routing.plans import tasks as plans
from routing.routes import tasks as routes
from routing.travel_times import tasks as travel_times

__all__ = ["plans", "routes", "travel_times"]
