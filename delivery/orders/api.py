"""The REST door of orders: in once and only once, looked up, changed and cancelled."""

from typing import Any, ClassVar
from uuid import UUID

import django_filters
from django.conf import settings
from django.db.models import Exists, OuterRef, Prefetch, QuerySet, prefetch_related_objects
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from drf_spectacular.utils import (
    OpenApiExample,
    OpenApiParameter,
    extend_schema,
    extend_schema_field,
)
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common import clock
from common.accounts.models import ApiKey, Role
from common.accounts.readers import Reader, reader_of
from common.api.etags import answer_with_etag, etag, version_from
from common.api.strict import StrictSerializer
from common.errors.domain import InvalidInput, NotFound
from common.errors.handler import flatten
from common.idempotency.door import idempotent
from delivery.orders import actions, queries
from delivery.orders.actions import ConsignmentEdit
from delivery.orders.examples import ORDER, ORDER_ANSWER
from delivery.orders.models import Consignment, Merchant, Order
from delivery.orders.reading import OrderIn, OrderReader, WindowIn
from delivery.orders.status import Status
from delivery.tracking.actions import open_link
from delivery.tracking.models import TrackingEvent
from delivery.tracking.queries import history

Scope = ApiKey.Scope
IN_ORDER = Prefetch("consignments", queryset=Consignment.objects.order_by("pk"))
# Who may place and change orders; a merchant's and the operator's machines are limited by their scopes.
WRITERS = (Role.ADMIN, Role.DISPATCHER, Role.SUPPORT, Role.MERCHANT)


def require_writer(reader: Reader) -> None:
    """Raise NotAllowed unless this reader may place and change orders."""
    reader.require_scope(Scope.ORDERS_WRITE)
    if reader.api_key_id is None:
        reader.require_role(*WRITERS)


def merchant_for(reader: Reader, slug: str) -> Merchant:
    """Return the merchant an order is for: the named one, or the only one this reader acts for.

    Raises InvalidInput when it must be named, or is none of the reader's.
    """
    merchants = queries.merchants_visible_to(reader)
    if slug:
        merchants = merchants.filter(organization__slug=slug)
    elif not reader.is_merchant:
        merchants = merchants.none()
    found = merchants.first()
    if found is None:
        sentence = _("Name the merchant by its short name, such as florista-lua.")
        raise InvalidInput(
            errors=[{"pointer": "/merchant", "code": "merchant_unknown", "detail": sentence}]
        )
    return found


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


def _links(reader: Reader, consignments: list[Consignment]) -> dict[UUID, str]:
    if not reader.can(Scope.TRACKING_READ):
        return {}
    now = clock.now()
    return {
        c.pk: f"{settings.PUBLIC_URL}/t/{open_link(consignment=c, now=now)}" for c in consignments
    }


def checked(form: type[serializers.Serializer[Any]], data: Any) -> dict[str, Any]:
    """Return validated values. Raises InvalidInput with pointers."""
    serializer = form(data=data)
    if not serializer.is_valid():
        raise InvalidInput(errors=flatten(serializer.errors))
    return dict(serializer.validated_data)


class OrdersView(generics.GenericAPIView[Order]):
    """Orders of the merchant whose key or session this is; the operator's staff sees all."""

    filterset_class = OrderFilter
    serializer_class = OrderBrief

    def get_queryset(self) -> QuerySet[Order]:
        """Return what this reader may see."""
        if getattr(self, "swagger_fake_view", False):
            return Order.objects.none()
        return queries.orders_visible_to(reader_of(self.request)).prefetch_related(IN_ORDER)

    @extend_schema(operation_id="orders_list", summary="List orders, newest first")
    def get(self, request: Request) -> Response:
        """List orders, newest first. Follow `next` for the following page."""
        reader_of(request).require_scope(Scope.ORDERS_READ)
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(OrderBrief(page, many=True).data)

    @extend_schema(
        operation_id="orders_create",
        summary="Send an order",
        request=OrderIn,
        responses={201: OrderTaken},
        examples=[
            OpenApiExample("Two sellers, three parcels", ORDER, request_only=True),
            OpenApiExample("Taken in", ORDER_ANSWER, response_only=True, status_codes=["201"]),
        ],
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Take an order in, whole or not at all.

        A retry with the same Idempotency-Key gets the same answer. Another key with a reference you used already gets 409
        `order_already_exists`, which names the order. `warnings` lists what was taken in but looks wrong.
        """
        reader = reader_of(request)
        require_writer(reader)
        now = clock.now()
        sent = request.data
        slug = sent.get("merchant") if isinstance(sent, dict) else None
        merchant = merchant_for(reader, slug if isinstance(slug, str) else "")
        understood = OrderReader(merchant=merchant, now=now).read(sent)
        order = actions.create_order(merchant=merchant, new=understood.new, now=now, reader=reader)
        prefetch_related_objects([order], IN_ORDER)
        body = {**OrderBrief(order).data, "warnings": understood.warnings}
        return Response(body, status=201, headers={"Location": f"/api/v1/orders/{order.pk}/"})


def _order(reader: Reader, order_id: UUID) -> Order:
    parts = (
        Consignment.objects.select_related("address", "recipient", "approach")
        .prefetch_related("parcels__items")
        .order_by("pk")
    )
    order = (
        queries.orders_visible_to(reader)
        .filter(pk=order_id)
        .prefetch_related(Prefetch("consignments", queryset=parts))
        .first()
    )
    if order is None:
        raise NotFound
    return order


class OrderView(APIView):
    """One order."""

    @extend_schema(
        operation_id="orders_retrieve", summary="Look an order up", responses={200: OrderOut}
    )
    def get(self, request: Request, order_id: UUID) -> HttpResponseBase:
        """Return one order with its parcels and its recipients' links. Send If-None-Match to poll cheaply."""
        reader = reader_of(request)
        reader.require_scope(Scope.ORDERS_READ)
        order = _order(reader, order_id)
        consignments = list(order.consignments.all())
        links = _links(reader, consignments)
        tag = f'"{sum(c.version for c in consignments)}{"-t" if links else ""}"'
        return answer_with_etag(
            request, Response(OrderOut(order, context={"links": links}).data), tag
        )


class CancelIn(StrictSerializer):
    """What to cancel."""

    consignment = serializers.UUIDField(
        required=False, allow_null=True, help_text="Left out: the whole order"
    )


class CancelView(APIView):
    """Cancelling."""

    @extend_schema(
        operation_id="orders_cancel",
        summary="Cancel an order or one consignment of it",
        request=CancelIn,
        responses={200: OrderBrief},
        examples=[OpenApiExample("The whole order", {}, request_only=True)],
    )
    @idempotent
    def post(self, request: Request, order_id: UUID) -> Response:
        """Cancel while no courier has it. A whole order is cancelled entirely or, with 409 `too_late_to_cancel`, not at all."""
        reader = reader_of(request)
        require_writer(reader)
        order = _order(reader, order_id)
        wanted = checked(CancelIn, request.data or {}).get("consignment")
        now = clock.now()
        if wanted is None:
            actions.cancel_order(order_id=order.pk, now=now, reader=reader)
        elif any(c.pk == wanted for c in order.consignments.all()):
            actions.cancel_consignment(consignment_id=wanted, now=now, reader=reader)
        else:
            raise NotFound
        return Response(OrderBrief(_order(reader, order_id)).data)


class EditIn(StrictSerializer):
    """What may change on the way. A field left out stays as it is."""

    instructions = serializers.CharField(max_length=280, allow_blank=True, required=False)
    window = WindowIn(required=False)


class ConsignmentView(APIView):
    """One consignment."""

    @extend_schema(
        operation_id="consignments_retrieve",
        summary="Look a consignment up",
        responses={200: ConsignmentOut},
    )
    def get(self, request: Request, consignment_id: UUID) -> HttpResponseBase:
        """Return one consignment; its ETag is what an edit sends back in If-Match."""
        reader = reader_of(request)
        reader.require_scope(Scope.ORDERS_READ)
        consignment = self._find(reader, consignment_id)
        # A partner carries it; the recipient's link is not the partner's.
        links = {} if reader.is_partner else _links(reader, [consignment])
        body = ConsignmentOut(consignment, context={"links": links}).data
        return answer_with_etag(request, Response(body), etag(consignment.version))

    @extend_schema(
        operation_id="consignments_edit",
        summary="Change the window or the instructions",
        request=EditIn,
        responses={200: ConsignmentOut},
        parameters=[
            OpenApiParameter(
                "If-Match",
                str,
                OpenApiParameter.HEADER,
                required=True,
                description="The ETag that was read",
            )
        ],
        examples=[
            OpenApiExample(
                "Another time",
                {
                    "window": {
                        "start": "2026-11-23T14:00:00+02:00",
                        "end": "2026-11-23T16:00:00+02:00",
                    },
                    "instructions": "Ring twice.",
                },
                request_only=True,
            )
        ],
    )
    @idempotent
    def patch(self, request: Request, consignment_id: UUID) -> Response:
        """Change what the recipient asked for. Needs If-Match with the ETag that was read; 412 says somebody was faster."""
        reader = reader_of(request)
        require_writer(reader)
        self._find(reader, consignment_id)
        version = version_from(request)
        values = checked(EditIn, request.data)
        window = values.get("window") or {}
        edit = ConsignmentEdit(values.get("instructions"), window.get("start"), window.get("end"))
        consignment = actions.edit_consignment(
            consignment_id=consignment_id,
            version=version,
            edit=edit,
            now=clock.now(),
            reader=reader,
        )
        body = ConsignmentOut(self._find(reader, consignment_id), context={"links": {}}).data
        return Response(body, headers={"ETag": etag(consignment.version)})

    def _find(self, reader: Reader, consignment_id: UUID) -> Consignment:
        found = (
            queries.consignments_visible_to(reader)
            .select_related("approach")
            .prefetch_related("parcels__items")
            .filter(pk=consignment_id)
            .first()
        )
        if found is None:
            raise NotFound
        return found


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


class EventsView(APIView):
    """A consignment's history."""

    @extend_schema(
        operation_id="consignments_events",
        summary="What happened to a consignment",
        responses={200: EventOut(many=True)},
    )
    def get(self, request: Request, consignment_id: UUID) -> HttpResponseBase:
        """Return what happened, oldest first."""
        reader = reader_of(request)
        reader.require_scope(Scope.TRACKING_READ)
        consignment = queries.consignments_visible_to(reader).filter(pk=consignment_id).first()
        if consignment is None:
            raise NotFound
        body = EventOut(history(consignment.pk), many=True).data
        return answer_with_etag(request, Response(body), etag(consignment.last_seq))
