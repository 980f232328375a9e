"""Addresses that a person has to settle: what was typed, what it may be, and a pin."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from common import clock
from common.accounts.readers import Reader
from common.errors.domain import DomainError, NotFound
from common.geo.places import Point
from delivery.hubs.models import Hub
from delivery.intake.geocoding import actions
from delivery.intake.geocoding.queries import addresses_to_review, addresses_visible_to
from delivery.intake.geocoding.reasons import ReviewReason
from delivery.orders.models import Address
from web.desk.doors import DESK_ROLES
from web.gate import for_roles

MOST = 50


class PinForm(forms.Form):
    """Where the pin is, or which candidate is meant ("lon,lat")."""

    choice = forms.CharField(required=False, max_length=60)
    lon = forms.FloatField(
        label=gettext_lazy("Longitude"), min_value=-180, max_value=180, required=False
    )
    lat = forms.FloatField(
        label=gettext_lazy("Latitude"), min_value=-90, max_value=90, required=False
    )

    def clean(self) -> dict[str, object]:
        """Take the pin where there is one, else the chosen candidate."""
        given = super().clean() or self.cleaned_data
        if given.get("lon") is None and given.get("choice"):
            try:
                given["lon"], given["lat"] = (float(part) for part in given["choice"].split(","))
            except ValueError:
                given["lon"] = None
        if given.get("lon") is None or given.get("lat") is None:
            raise forms.ValidationError(_("Choose one of the places, or drop the pin on the map."))
        return given


@for_roles(*DESK_ROLES)
def show_addresses(request: HttpRequest, reader: Reader) -> HttpResponse:
    """List the addresses that hold a consignment back, longest waiting first."""
    waiting = list(addresses_to_review(reader)[:MOST])
    hub = Hub.objects.filter(is_active=True).order_by("code").first()
    context = {
        "addresses": [
            {
                "a": a,
                "reason": _reason(a),
                "candidates": _marked(a),
                "form": PinForm(auto_id=f"{a.pk}_%s"),
            }
            for a in waiting
        ],
        "to_review": addresses_to_review(reader).count(),
        "here": "addresses",
        "centre": f"{hub.point.x},{hub.point.y}" if hub else "",
        "pins": {str(a.pk): _marked(a) for a in waiting},
    }
    return render(request, "web/desk/addresses.html", context)


def _reason(address: Address) -> str:
    try:
        return str(ReviewReason(address.review_reason).label)
    except ValueError:
        return _("Somebody should look at this address.")


def _marked(address: Address) -> list[dict[str, object]]:
    """Return the candidates with the value that the form sends for each; the point that came with the order is one."""
    found = [c | {"value": f"{c['lon']},{c['lat']}"} for c in address.candidates]
    if address.point is not None and not any(
        (c["lon"], c["lat"]) == (address.point.x, address.point.y) for c in found
    ):
        here = {"lon": address.point.x, "lat": address.point.y}
        label = address.matched or _("The point that came with the order")
        found.append(here | {"label": label, "value": f"{address.point.x},{address.point.y}"})
    return found


@require_POST
@for_roles(*DESK_ROLES)
def settle_address(request: HttpRequest, reader: Reader, address_id: UUID) -> HttpResponse:
    """Take the pin; the address's consignments go on."""
    address = addresses_visible_to(reader).filter(pk=address_id).first()
    if address is None:
        raise NotFound
    form = PinForm(request.POST)
    if not form.is_valid():
        messages.error(request, " ".join(str(e) for errors in form.errors.values() for e in errors))
        return redirect("desk-addresses")
    point = Point(form.cleaned_data["lon"], form.cleaned_data["lat"])
    try:
        actions.confirm_point(address_id=address.pk, point=point, now=clock.now(), reader=reader)
    except DomainError as error:
        messages.error(request, str(error.message))
    else:
        messages.success(request, _("%(line)s is settled.") % {"line": address.line1})
    return redirect("desk-addresses")
