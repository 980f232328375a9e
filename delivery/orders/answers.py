"""What the REST door of orders answers with."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from delivery.orders.models import Consignment, Order
from delivery.orders.status import Status
from delivery.tracking.models import TrackingEvent


class WarningOut(serializers.Serializer[Any]):
    """Something that was taken in but looks wrong."""

    pointer = serializers.CharField()
    code = serializers.CharField()
    detail = serializers.CharField()


class ItemOut(serializers.Serializer[Any]):
    """One line of what is in a parcel."""

    sku = serializers.CharField()
    name = serializers.CharField()
    quantity = serializers.IntegerField()
    is_fragile = serializers.BooleanField()
    is_cold = serializers.BooleanField()
    min_age = serializers.IntegerField()
    gift_message = serializers.CharField()


class ParcelOut(serializers.Serializer[Any]):
    """One labelled box."""

    id = serializers.UUIDField()
    code = serializers.CharField(help_text="As its label shows it")
    reference = serializers.CharField()
    weight_g = serializers.IntegerField()
    length_mm = serializers.IntegerField()
    width_mm = serializers.IntegerField()
    height_mm = serializers.IntegerField()
    packaging = serializers.CharField()
    items = ItemOut(many=True)


class WindowOut(serializers.Serializer[Any]):
    """When the recipient wants it."""

    start = serializers.DateTimeField()
    end = serializers.DateTimeField()


class ConsignmentBrief(serializers.Serializer[Any]):
    """A consignment as it is now."""

    id = serializers.UUIDField()
    code = serializers.CharField()
    seller = serializers.CharField()
    status = serializers.ChoiceField(choices=Status.choices)
    status_at = serializers.DateTimeField()
    due_on = serializers.DateField()
    window = serializers.SerializerMethodField()
    version = serializers.IntegerField(help_text="Also its ETag")

    @extend_schema_field(WindowOut(allow_null=True))
    def get_window(self, consignment: Consignment) -> dict[str, Any] | None:
        """Return both ends, or null."""
        if consignment.window_start is None:
            return None
        return WindowOut({"start": consignment.window_start, "end": consignment.window_end}).data


class ConsignmentOut(ConsignmentBrief):
    """A consignment with its parcels, where it goes, and the recipient's link."""

    order = serializers.UUIDField(source="order_id")
    parcels = ParcelOut(many=True)
    instructions = serializers.CharField(source="address.instructions")
    address = serializers.CharField(source="address.one_line", help_text="As typed, on one line")
    recipient = serializers.CharField(source="recipient.name")
    eta_at = serializers.SerializerMethodField()
    tracking_url = serializers.SerializerMethodField(
        help_text="For keys with tracking:read; a capability, so keep it private"
    )

    @extend_schema_field(serializers.DateTimeField(allow_null=True))
    def get_eta_at(self, consignment: Consignment) -> Any:
        """Return when it is expected, or null."""
        approach = getattr(consignment, "approach", None)
        return approach.eta_at if approach else None

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_tracking_url(self, consignment: Consignment) -> str | None:
        """Return the recipient's link; null for whoever may not read tracking."""
        links: dict[UUID, str] = self.context["links"]
        return links.get(consignment.pk)


class OrderBrief(serializers.Serializer[Any]):
    """An order in a list."""

    id = serializers.UUIDField()
    code = serializers.CharField()
    merchant = serializers.CharField(source="merchant.organization.slug")
    external_ref = serializers.CharField()
    channel = serializers.ChoiceField(choices=Order.Channel.choices)
    placed_at = serializers.DateTimeField()
    received_at = serializers.DateTimeField()
    consignments = ConsignmentBrief(many=True)


class OrderTaken(OrderBrief):
    """The answer to a new order. Its links are in GET: this answer is kept for retries, and a kept link would be a leak."""

    warnings = WarningOut(many=True)


class OrderOut(OrderBrief):
    """One order in full."""

    consignments = ConsignmentOut(many=True)
    gift_message = serializers.CharField()


class EventOut(serializers.Serializer[Any]):
    """One thing that happened. Ids and figures only."""

    seq = serializers.IntegerField()
    type = serializers.ChoiceField(choices=TrackingEvent.Type.choices)
    status_from = serializers.CharField()
    status_to = serializers.CharField()
    why = serializers.CharField()
    answerable = serializers.CharField()
    occurred_at = serializers.DateTimeField(help_text="Device or source time")
    received_at = serializers.DateTimeField(help_text="Server time")
    data = serializers.JSONField()  # type: ignore[assignment]  # the event's own word
