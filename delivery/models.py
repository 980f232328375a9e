"""Index of the floor's tables."""

from delivery.feedback.models import Rating
from delivery.hubs.models import Hub
from delivery.intake.models import CsvImport, CsvRow
from delivery.orders.models import Address, Consignment, Merchant, Order, Recipient
from delivery.packaging.models import ChecklistRule, ChecklistStep, PackagingOverride
from delivery.parcels.models import CustodyScan, Item, Parcel
from delivery.proof_of_delivery.models import Attempt, Proof
from delivery.tracking.models import Approach, DeliveryWish, TrackingEvent, TrackingLink

__all__ = [
    "Address",
    "Approach",
    "Attempt",
    "ChecklistRule",
    "ChecklistStep",
    "Consignment",
    "CsvImport",
    "CsvRow",
    "CustodyScan",
    "DeliveryWish",
    "Hub",
    "Item",
    "Merchant",
    "Order",
    "PackagingOverride",
    "Parcel",
    "Proof",
    "Rating",
    "Recipient",
    "TrackingEvent",
    "TrackingLink",
]
