"""Index of the floor's background doors."""

from routing.plans import tasks as plans

__all__ = ["plans"]
