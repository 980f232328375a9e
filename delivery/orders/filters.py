"""What a list of orders can be narrowed to."""

from typing import Any, ClassVar

import django_filters
from django.db.models import Exists, OuterRef, QuerySet

from delivery.orders.models import Consignment, Order
from delivery.orders.status import Status


class OrderFilter(django_filters.FilterSet):  # type: ignore[misc]  # the library has no types
    """What a list of orders can be narrowed to."""

    status = django_filters.MultipleChoiceFilter(
        choices=Status.choices,
        method="with_status",
        label="Orders with a consignment in one of these statuses",
    )
    channel = django_filters.ChoiceFilter(choices=Order.Channel.choices)
    external_ref = django_filters.CharFilter(help_text="Exactly this reference")
    merchant = django_filters.CharFilter(field_name="merchant__organization__slug")
    placed_after = django_filters.IsoDateTimeFilter(field_name="placed_at", lookup_expr="gte")
    placed_before = django_filters.IsoDateTimeFilter(field_name="placed_at", lookup_expr="lt")
    due_on = django_filters.DateFilter(
        method="due_that_day", label="Orders with a consignment due on this day"
    )

    class Meta:
        model = Order
        fields: ClassVar = [
            "status",
            "channel",
            "external_ref",
            "merchant",
            "placed_after",
            "placed_before",
            "due_on",
        ]

    def with_status(self, orders: QuerySet[Order], name: str, value: list[str]) -> QuerySet[Order]:
        """Keep orders with such a consignment, each once."""
        if not value:
            return orders
        return orders.filter(
            Exists(Consignment.objects.filter(order=OuterRef("pk"), status__in=value))
        )

    def due_that_day(self, orders: QuerySet[Order], name: str, value: Any) -> QuerySet[Order]:
        """Keep orders with a consignment due that day, each once."""
        return orders.filter(Exists(Consignment.objects.filter(order=OuterRef("pk"), due_on=value)))
