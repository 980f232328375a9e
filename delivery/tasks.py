"""Index of the floor's background tasks."""

from delivery.intake import tasks as intake_tasks
from delivery.intake.geocoding import tasks as geocoding_tasks

__all__ = ["geocoding_tasks", "intake_tasks"]
