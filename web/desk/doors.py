"""The desk: where is it, and a spoken order taken in under a minute."""

from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from common import clock
from common.accounts.models import Role
from common.accounts.readers import Reader
from common.errors.domain import DomainError, InvalidInput, NotFound
from common.geo.embedded import EmbeddedGeocoder
from common.geo.geocoder import geocoder
from common.ids import human_code
from delivery.hubs.models import Hub
from delivery.intake.geocoding import actions as geocoding
from delivery.intake.geocoding.queries import addresses_to_review
from delivery.orders import actions, queries
from delivery.orders.actions import ConsignmentEdit
from delivery.orders.models import Order
from delivery.orders.reading import OrderReader
from delivery.tracking.actions import open_link
from web.desk.finding import answers
from web.desk.forms import NewTimeForm, SpokenOrderForm
from web.gate import for_roles

DESK_ROLES = (Role.SUPPORT, Role.DISPATCHER)


@for_roles(*DESK_ROLES)
def show_desk(request: HttpRequest, reader: Reader) -> HttpResponse:
    """Show the desk: the search, and what waits."""
    text = request.GET.get("q", "").strip()[:120]
    context = {"to_review": addresses_to_review(reader).count(), "here": "desk"}
    return render(request, "web/desk/desk.html", context | answers(reader, text))


def _hub() -> Hub:
    """Return the hub whose days and hours the desk speaks of. Raises NotFound before there is one."""
    hub = Hub.objects.filter(is_active=True).order_by("code").first()
    if hub is None:
        raise NotFound
    return hub


@for_roles(*DESK_ROLES)
def take_order(request: HttpRequest, reader: Reader) -> HttpResponse:
    """Take a spoken order in; a form that is sent twice makes one order."""
    now = clock.now()
    hub = _hub()
    if request.method != "POST":
        first = {"command": human_code("D", 10), "channel": request.GET.get("channel", "PHONE")}
        form = SpokenOrderForm(reader=reader, hub=hub, now=now, initial=first)
        return _form_page(request, reader, form)
    form = SpokenOrderForm(request.POST, reader=reader, hub=hub, now=now)
    if form.is_valid():
        merchant = form.cleaned_data["merchant"]
        try:
            new = OrderReader(merchant=merchant, now=now).read(form.body()).new
            order = actions.create_order(merchant=merchant, new=new, now=now, reader=reader)
        except actions.OrderAlreadyExists as error:
            return redirect("desk-read-back", order_id=error.extra["order"])
        except DomainError as error:
            _show(form, error)
        else:
            _locate_at_once(order, now)
            return redirect("desk-read-back", order_id=order.pk)
    return _form_page(request, reader, form)


def _locate_at_once(order: Order, now: datetime) -> None:
    """Look the address up while the caller is on the line, where the map answers in milliseconds; else a worker does."""
    if isinstance(geocoder(), EmbeddedGeocoder):
        address_id = order.consignments.all()[0].address_id
        geocoding.locate_address(address_id=address_id, now=now)


def _show(form: SpokenOrderForm, error: DomainError) -> None:
    for problem in error.errors:
        form.add_problem(problem["pointer"], problem["detail"])
    if not error.errors or (isinstance(error, InvalidInput) and not form.errors):
        form.add_error(None, str(error.message))


def _form_page(request: HttpRequest, reader: Reader, form: SpokenOrderForm) -> HttpResponse:
    context = {"form": form, "here": "new", "to_review": addresses_to_review(reader).count()}
    return render(request, "web/desk/new.html", context, status=422 if form.errors else 200)


@for_roles(*DESK_ROLES)
def read_back(request: HttpRequest, reader: Reader, order_id: UUID) -> HttpResponse:
    """Show what was promised, to be read aloud: who, where, when, the code and the link."""
    order = (
        queries.orders_visible_to(reader)
        .filter(pk=order_id)
        .prefetch_related("consignments__parcels__items", "consignments__address")
        .first()
    )
    if order is None:
        raise NotFound
    now = clock.now()
    consignment = order.consignments.all()[0]
    hub = consignment.hub or _hub()
    context = {
        "order": order,
        "c": consignment,
        "zone": hub.timezone,
        "link": f"{settings.PUBLIC_URL}/t/{open_link(consignment=consignment, now=now)}/",
        "here": "new",
        "to_review": addresses_to_review(reader).count(),
        "heading": _("Read this back"),
    }
    return render(request, "web/desk/read_back.html", context)


@require_POST
@for_roles(*DESK_ROLES)
def change_window(request: HttpRequest, reader: Reader, consignment_id: UUID) -> HttpResponse:
    """Promise another time to a caller, unless somebody changed the consignment since it was shown."""
    consignment = queries.consignments_visible_to(reader).filter(pk=consignment_id).first()
    if consignment is None:
        raise NotFound
    now = clock.now()
    form = NewTimeForm(request.POST, hub=consignment.hub or _hub(), now=now)
    if form.is_valid():
        start, end = form.window()
        try:
            actions.edit_consignment(
                consignment_id=consignment.pk,
                version=form.cleaned_data["version"],
                edit=ConsignmentEdit(window_start=start, window_end=end),
                now=now,
                reader=reader,
            )
        except DomainError as error:
            messages.error(request, str(error.message))
        else:
            messages.success(request, _("The new time is promised."))
    else:
        messages.error(request, _("Choose a day and a time."))
    return redirect(f"{reverse('desk')}?q={consignment.code}")
