"""Index of the floor's background tasks."""

from common.background.tasks import forget_finished_jobs, take_up_lost_jobs
from common.limits.tasks import forget_old_tallies
from common.live.tasks import forget_old_events

__all__ = ["forget_finished_jobs", "forget_old_events", "forget_old_tallies", "take_up_lost_jobs"]
