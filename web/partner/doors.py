"""The partner's pages: today, offers, people, areas, money. Only a partner's manager comes in, and sees their partner."""

from collections.abc import Callable
from datetime import date
from functools import wraps
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from common import clock
from common.accounts.readers import Reader, reader_of
from common.days import wanted_day
from common.errors.domain import DomainError, InvalidInput
from couriers.assignment import actions as assignment
from couriers.models import Partner
from couriers.roster import actions as roster
from couriers.roster.actions import PartnerChange
from couriers.roster.queries import manages_partner, partners_managed_by
from couriers.shifts import actions as shifts
from couriers.shifts.queries import shifts_visible_to
from delivery.hubs.models import Hub
from web.partner import reading
from web.partner.forms import CapacityForm, CourierForm, ShiftForm
from web.partner.words import area_words, offer_words

Page = Callable[..., HttpResponse]


def for_managers(page: Page) -> Page:
    """Let a partner's manager in, with their partner, in the partner's time zone; others are told they may not."""

    @login_required
    @wraps(page)
    def door(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        reader = reader_of(request)
        partner = partners_managed_by(reader).first() if manages_partner(reader) else None
        if partner is None:
            raise PermissionDenied
        with timezone.override(ZoneInfo(partner.organization.timezone)):
            return page(request, partner, reader, *args, **kwargs)

    return door


def _day(request: HttpRequest) -> date:
    """Return the day asked for by `?day=`, or today where the partner is."""
    return wanted_day(request.GET.get("day", ""), timezone.localtime(clock.now()).date())


def _page(
    request: HttpRequest, name: str, partner: Partner, status: int = 200, **more: Any
) -> HttpResponse:
    now = clock.now()
    context = {
        "partner": partner,
        "place": name,
        "today": timezone.localtime(now).date(),
        "now": now,
    }
    return render(request, f"web/partner/{name}.html", context | more, status=status)


def _refuse(form: Form, refusal: DomainError) -> None:
    """Put a refusal where it belongs: at its fields, or above the form."""
    placed = False
    if isinstance(refusal, InvalidInput):
        for problem in refusal.errors:
            name = problem["pointer"].strip("/")
            if name in form.fields:
                form.add_error(name, problem["detail"])
                placed = True
    if not placed:
        form.add_error(None, str(refusal.message))


@require_safe
@for_managers
def show_today(request: HttpRequest, partner: Partner, reader: Reader) -> HttpResponse:
    """Show the day at a glance."""
    return _today(request, partner, None)


def _today(request: HttpRequest, partner: Partner, form: CapacityForm | None) -> HttpResponse:
    fields = ("daily_capacity", "auto_accepts", "version")
    return _page(
        request,
        "today",
        partner,
        status=422 if form else 200,
        shown=reading.today(partner, _day(request), clock.now()),
        form=form or CapacityForm(initial={name: getattr(partner, name) for name in fields}),
    )


@require_POST
@for_managers
def change_capacity(request: HttpRequest, partner: Partner, reader: Reader) -> HttpResponse:
    """Change how much the partner takes a day."""
    form = CapacityForm(request.POST)
    if form.is_valid():
        given = form.cleaned_data
        change = PartnerChange(
            daily_capacity=given["daily_capacity"], auto_accepts=given["auto_accepts"]
        )
        try:
            roster.update_partner(
                partner=partner, change=change, version=given["version"], now=clock.now()
            )
        except DomainError as refusal:
            _refuse(form, refusal)
        else:
            messages.success(request, _("Saved. New offers follow it at once."))
            return redirect("partner")
    return _today(request, partner, form)


@require_safe
@for_managers
def show_offers(request: HttpRequest, partner: Partner, reader: Reader) -> HttpResponse:
    """Show the offers that wait for an answer."""
    rows = list(reading.offers(reader, clock.now())[:500])
    total = sum(row.price for row in rows)
    return _page(request, "offers", partner, offers=rows, total=total, words=offer_words())


@require_POST
@for_managers
def answer_offers(request: HttpRequest, partner: Partner, reader: Reader) -> HttpResponse:
    """Accept or decline: the ticked ones, or all."""
    answer, is_all = (
        request.POST.get("answer", "").removesuffix("_all"),
        request.POST.get("answer", "").endswith("_all"),
    )
    ids = None if is_all else [UUID(i) for i in request.POST.getlist("offers") if _is_uuid(i)]
    if ids == []:
        messages.warning(request, _("Tick at least one offer first."))
        return redirect("partner-offers")
    try:
        if answer == "accept":
            done = assignment.accept_offers(
                partner=partner, offer_ids=ids, now=clock.now(), reader=reader
            )
            told = ngettext("%d offer accepted.", "%d offers accepted.", len(done)) % len(done)
        else:
            done = assignment.decline_offers(
                partner=partner,
                offer_ids=ids,
                reason=request.POST.get("reason", "")[:200],
                now=clock.now(),
                reader=reader,
            )
            told = ngettext(
                "%d offer declined. Somebody else will be asked.",
                "%d offers declined. Somebody else will be asked.",
                len(done),
            ) % len(done)
        messages.success(request, told)
    except DomainError as refusal:
        messages.error(request, str(refusal.message))
    return redirect("partner-offers")


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


@require_safe
@for_managers
def show_people(request: HttpRequest, partner: Partner, reader: Reader) -> HttpResponse:
    """Show couriers, vehicles and the shifts to come."""
    return _people(request, partner)


def _people(
    request: HttpRequest,
    partner: Partner,
    *,
    shift_form: ShiftForm | None = None,
    courier_form: CourierForm | None = None,
) -> HttpResponse:
    now = clock.now()
    return _page(
        request,
        "people",
        partner,
        status=422 if shift_form or courier_form else 200,
        couriers=partner.couriers.select_related("user"),
        vehicles=partner.vehicles.filter(is_active=True).order_by("name"),
        shifts=reading.coming_shifts(partner, now),
        shift_form=shift_form
        or ShiftForm(partner=partner, initial={"day": timezone.localtime(now).date()}),
        courier_form=courier_form or CourierForm(),
        asks_for_courier=courier_form is not None,
    )


@require_POST
@for_managers
def plan_shift(request: HttpRequest, partner: Partner, reader: Reader) -> HttpResponse:
    """Plan a shift; what was typed stays when it is refused."""
    form = ShiftForm(request.POST, partner=partner)
    if form.is_valid():
        try:
            shift = shifts.create_shift(new=form.shift(), now=clock.now())
        except DomainError as refusal:
            _refuse(form, refusal)
        else:
            messages.success(request, _("%(courier)s is planned.") % {"courier": shift.courier})
            return redirect("partner-people")
    return _people(request, partner, shift_form=form)


@require_POST
@for_managers
def end_shift(
    request: HttpRequest, partner: Partner, reader: Reader, shift_id: UUID
) -> HttpResponse:
    """Cancel a shift that has not begun, or take the courier off duty."""
    shift = get_object_or_404(shifts_visible_to(reader), pk=shift_id)
    shifts.end_shift(shift=shift, now=clock.now())
    messages.success(request, _("%(courier)s's shift is ended.") % {"courier": shift.courier})
    return redirect("partner-people")


@require_POST
@for_managers
def add_courier(request: HttpRequest, partner: Partner, reader: Reader) -> HttpResponse:
    """Add a courier, who can sign in at once."""
    form = CourierForm(request.POST)
    if form.is_valid():
        try:
            courier = roster.create_courier(
                partner=partner, new=form.courier(partner.organization.language)
            )
        except DomainError as refusal:
            _refuse(form, refusal)
        else:
            messages.success(request, _("%(courier)s can sign in now.") % {"courier": courier})
            return redirect("partner-people")
    return _people(request, partner, courier_form=form)


@require_safe
@for_managers
def show_areas(request: HttpRequest, partner: Partner, reader: Reader) -> HttpResponse:
    """Show where the partner delivers, and let its manager draw."""
    hubs = Hub.objects.filter(is_active=True)
    data = {
        "hubs": [
            {"id": str(h.pk), "name": h.name, "lon": h.point.x, "lat": h.point.y} for h in hubs
        ]
    }
    return _page(
        request,
        "areas",
        partner,
        areas=reading.areas(partner, _day(request)),
        hubs=hubs,
        data=data,
        words=area_words(),
    )


@require_safe
@for_managers
def show_money(request: HttpRequest, partner: Partner, reader: Reader) -> HttpResponse:
    """Show what a day and the week up to it bring."""
    return _page(request, "money", partner, shown=reading.money(partner, _day(request)))
