"""A merchant's orders: the list, one order, cancelling."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from common import clock
from common.accounts.models import Role
from common.accounts.readers import Reader
from common.errors.domain import DomainError, NotFound
from common.ids import read_code
from delivery.orders import actions, queries
from delivery.orders.models import Consignment, Order
from delivery.orders.status import CANCELLABLE, FINISHED, Status
from delivery.tracking.actions import open_link
from delivery.tracking.queries import history
from web.gate import for_roles

MERCHANT_ROLES = (Role.MERCHANT, Role.SUPPORT, Role.DISPATCHER)
PAGE = 50
# What a merchant asks its list: the statuses behind each word.
VIEWS: dict[str, frozenset[str]] = {
    "open": frozenset(set(Status.values) - FINISHED),
    "review": frozenset({Status.ADDRESS_REVIEW}),
    "failed": frozenset({Status.ATTEMPT_FAILED, Status.RETURNING, Status.RETURNED, Status.LOST}),
    "delivered": frozenset({Status.DELIVERED}),
}


def _found(reader: Reader, view: str, text: str) -> QuerySet[Order]:
    orders = queries.orders_visible_to(reader)
    if statuses := VIEWS.get(view):
        in_view = Consignment.objects.filter(order=OuterRef("pk"), status__in=statuses)
        orders = orders.filter(Exists(in_view))
    if text:
        code = read_code(text)
        orders = orders.filter(
            Q(external_ref__iexact=text)
            | Q(code=code)
            | Q(recipient__name__icontains=text)
            | Exists(Consignment.objects.filter(order=OuterRef("pk"), code=code))
        )
    return orders


@for_roles(*MERCHANT_ROLES)
def show_orders(request: HttpRequest, reader: Reader) -> HttpResponse:
    """List orders, newest first, PAGE at a time."""
    view, text = request.GET.get("view", ""), request.GET.get("q", "").strip()[:80]
    orders = _found(reader, view, text).prefetch_related(
        Prefetch("consignments", queryset=Consignment.objects.order_by("pk"))
    )
    if before := _uuid(request.GET.get("before", "")):
        orders = orders.filter(pk__lt=before)
    shown = list(orders[: PAGE + 1])
    context = {
        "orders": shown[:PAGE],
        "next": shown[PAGE - 1].pk if len(shown) > PAGE else None,
        "view": view if view in VIEWS else "",
        "q": text,
        "views": [
            ("", _("All")),
            ("open", _("On the way")),
            ("review", _("Address to check")),
            ("failed", _("Did not work out")),
            ("delivered", _("Delivered")),
        ],
    }
    return render(request, "web/merchant/orders.html", context)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _order(reader: Reader, order_id: UUID) -> Order:
    parts = (
        Consignment.objects.select_related("address", "recipient", "approach", "hub")
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


@for_roles(*MERCHANT_ROLES)
def show_order(request: HttpRequest, reader: Reader, order_id: UUID) -> HttpResponse:
    """Show one order: where each part is, its history, the recipient's link."""
    order = _order(reader, order_id)
    now = clock.now()
    parts: list[dict[str, Any]] = [
        {
            "consignment": c,
            "link": request.build_absolute_uri(f"/t/{open_link(consignment=c, now=now)}/"),
            "events": history(c.pk),
        }
        for c in order.consignments.all()
    ]
    can_cancel = any(p["consignment"].status in CANCELLABLE for p in parts)
    context = {"order": order, "parts": parts, "can_cancel": can_cancel}
    return render(request, "web/merchant/order.html", context)


@require_POST
@for_roles(*MERCHANT_ROLES)
def cancel_order(request: HttpRequest, reader: Reader, order_id: UUID) -> HttpResponse:
    """Cancel a whole order."""
    order = _order(reader, order_id)
    try:
        actions.cancel_order(order_id=order.pk, now=clock.now(), reader=reader)
    except DomainError as error:
        messages.error(request, str(error.message))
    else:
        messages.success(request, _("Order %(ref)s is cancelled.") % {"ref": order.external_ref})
    return redirect("merchant-order", order_id=order.pk)
