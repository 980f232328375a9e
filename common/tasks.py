"""Index of the floor's background tasks."""

from common.background.tasks import forget_finished_jobs, take_up_lost_jobs

__all__ = ["forget_finished_jobs", "take_up_lost_jobs"]
