"""Index of the floor's background doors."""

from routing.plans import tasks as plans
from routing.routes import tasks as routes

__all__ = ["plans", "routes"]
