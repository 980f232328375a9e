"""What a partner's manager fills in. Rules are the actions' own; forms only read."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from couriers.models import Certificate, Courier, Partner, Vehicle, VehicleKind
from couriers.roster.actions import NewCourier, NewPerson
from couriers.shifts.actions import NewShift
from delivery.hubs.models import Hub


class CapacityForm(forms.Form):
    """How much the partner takes."""

    daily_capacity = forms.IntegerField(
        min_value=0, max_value=100_000, label=_("Consignments a day"), help_text=_("From today on.")
    )
    auto_accepts = forms.BooleanField(
        required=False, label=_("Accept offers at once, without asking")
    )
    version = forms.IntegerField(widget=forms.HiddenInput)


def _picker(kind: str) -> dict[str, Any]:
    return {
        "widget": forms.DateTimeInput(
            attrs={"type": kind}, format="%Y-%m-%d" if kind == "date" else "%H:%M"
        )
    }


class ShiftForm(forms.Form):
    """A shift to plan, in the hub's time."""

    courier = forms.ModelChoiceField(Courier.objects.none(), label=_("Courier"))
    vehicle = forms.ModelChoiceField(Vehicle.objects.none(), label=_("Vehicle"))
    hub = forms.ModelChoiceField(
        Hub.objects.none(), label=pgettext_lazy("where routes start", "Hub")
    )
    day = forms.DateField(label=pgettext_lazy("date", "Day"), **_picker("date"))
    starts = forms.TimeField(label=pgettext_lazy("of a shift", "Starts"), **_picker("time"))
    ends = forms.TimeField(label=pgettext_lazy("of a shift", "Ends"), **_picker("time"))

    def __init__(self, *args: Any, partner: Partner, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices: dict[str, Any] = {
            "courier": Courier.objects.filter(partner=partner, is_active=True),
            "vehicle": Vehicle.objects.filter(partner=partner, is_active=True).order_by("name"),
            "hub": Hub.objects.filter(is_active=True),
        }
        for name, rows in choices.items():
            field: Any = self.fields[name]
            field.queryset = rows
            field.empty_label = None if rows.count() == 1 else field.empty_label

    def shift(self) -> NewShift:
        """Return the shift that was asked for."""
        given = self.cleaned_data
        zone = ZoneInfo(given["hub"].timezone)
        return NewShift(
            courier=given["courier"],
            vehicle=given["vehicle"],
            hub=given["hub"],
            starts_at=datetime.combine(given["day"], given["starts"], zone),
            ends_at=datetime.combine(given["day"], given["ends"], zone),
        )


class CourierForm(forms.Form):
    """Somebody who will deliver."""

    alias = forms.CharField(
        max_length=40, label=_("First name"), help_text=_("Recipients see this name and no other.")
    )
    name = forms.CharField(max_length=120, label=_("Full name"))
    email = forms.EmailField(label=_("Email"), help_text=_("They sign in with it."))
    password = forms.CharField(
        max_length=128,
        label=_("First password"),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    phone = forms.CharField(max_length=20, required=False, label=_("Phone"))
    rides = forms.ChoiceField(
        choices=VehicleKind.choices, label=pgettext_lazy("which vehicle", "Rides")
    )
    certificates = forms.MultipleChoiceField(
        choices=Certificate.choices,
        required=False,
        label=_("Certificates"),
        widget=forms.CheckboxSelectMultiple,
    )

    def courier(self, language: str) -> NewCourier:
        """Return the courier that was asked for."""
        given = self.cleaned_data
        return NewCourier(
            person=NewPerson(
                email=given["email"],
                name=given["name"],
                password=given["password"],
                language=language,
            ),
            alias=given["alias"],
            phone=given["phone"],
            rides=given["rides"],
            certificates=tuple(given["certificates"]),
        )
