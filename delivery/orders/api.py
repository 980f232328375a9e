"""The REST door of orders: in once and only once, looked up, changed and cancelled."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Prefetch, QuerySet, prefetch_related_objects
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
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
from delivery.orders.answers import ConsignmentOut, EventOut, OrderBrief, OrderOut, OrderTaken
from delivery.orders.examples import ORDER, ORDER_ANSWER
from delivery.orders.filters import OrderFilter
from delivery.orders.models import Consignment, Merchant, Order
from delivery.orders.reading import OrderIn, OrderReader, WindowIn
from delivery.tracking.actions import open_link
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
