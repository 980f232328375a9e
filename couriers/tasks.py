"""Index of the floor's background tasks."""

from couriers.assignment.tasks import carry_out_run, expire_offers

__all__ = ["carry_out_run", "expire_offers"]
