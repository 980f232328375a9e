"""Index of the floor's tables."""

from common.accounts.models import ApiKey, Membership, Organization, Role, User
from common.idempotency.models import IdempotencyRecord
from common.live.models import Gauge, LiveEvent, Stream

__all__ = [
    "ApiKey",
    "Gauge",
    "IdempotencyRecord",
    "LiveEvent",
    "Membership",
    "Organization",
    "Role",
    "Stream",
    "User",
]
