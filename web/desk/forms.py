"""The desk's order form: what is said on the phone, in the order in which it is said."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from common.accounts.readers import Reader
from delivery.hubs.models import Hub
from delivery.hubs.slots import FIRST_HOUR, HOURS, LAST_HOUR
from delivery.orders.models import Merchant, Order
from delivery.orders.queries import merchants_visible_to
from web.templatetags import house

DAYS_AHEAD = 7
SPOKEN = (Order.Channel.PHONE, Order.Channel.WHATSAPP, Order.Channel.STORE)
# Sides in mm and weight in g of what people call small to large; the middle values of DESIGN's parcel figures.
SIZES = {
    "S": (pgettext_lazy("parcel size", "Small, like a book"), (250, 180, 60), 500),
    "M": (pgettext_lazy("parcel size", "Medium, like a shoe box"), (340, 220, 130), 2_000),
    "L": (pgettext_lazy("parcel size", "Large, like a moving box"), (600, 400, 400), 8_000),
    "FLOWERS": (pgettext_lazy("parcel size", "A bunch of flowers"), (600, 250, 250), 1_200),
}
# Which field of the form a pointer of the order's problems means.
_FIELD_OF = {
    "recipient/name": "name",
    "recipient/phone": "phone",
    "recipient/email": "email",
    "address/line1": "line1",
    "address/line2": "line2",
    "address/postcode": "postcode",
    "address/city": "city",
    "address/country": "country",
    "address/instructions": "instructions",
    "due_on": "day",
    "window": "slot",
    "gift_message": "gift_message",
    "name": "item",
}


class SpokenOrderForm(forms.Form):
    """One order as it is told; the answers go to the same rules as the API's."""

    command = forms.CharField(max_length=80, widget=forms.HiddenInput)
    channel = forms.ChoiceField(
        label=gettext_lazy("How did it come?"),
        choices=[(c.value, c.label) for c in SPOKEN],
        widget=forms.RadioSelect,
        initial=Order.Channel.PHONE,
    )
    merchant = forms.ModelChoiceField(
        label=gettext_lazy("Which shop?"), queryset=Merchant.objects.none(), empty_label=None
    )
    name = forms.CharField(label=gettext_lazy("Who receives it?"), max_length=120)
    phone = forms.CharField(
        label=gettext_lazy("Their phone"),
        max_length=40,
        widget=forms.TextInput(attrs={"type": "tel", "inputmode": "tel"}),
    )
    email = forms.EmailField(label=gettext_lazy("Their e-mail"), required=False)
    line1 = forms.CharField(
        label=gettext_lazy("Street and number"),
        max_length=200,
        widget=forms.TextInput(attrs={"data-address": ""}),
    )
    line2 = forms.CharField(
        label=gettext_lazy("Flat, floor, company"), max_length=120, required=False
    )
    postcode = forms.CharField(label=gettext_lazy("Postcode"), max_length=16, required=False)
    city = forms.CharField(label=gettext_lazy("Town"), max_length=80, required=False)
    country = forms.CharField(
        label=gettext_lazy("Country code"), max_length=2, initial=settings.COUNTRY
    )
    instructions = forms.CharField(
        label=gettext_lazy("How to get in, where to leave it"), max_length=280, required=False
    )
    item = forms.CharField(label=gettext_lazy("What is it?"), max_length=120)
    parcels = forms.IntegerField(
        label=gettext_lazy("How many parcels?"), min_value=1, max_value=9, initial=1
    )
    size = forms.ChoiceField(
        label=gettext_lazy("How large?"), choices=[(key, size[0]) for key, size in SIZES.items()]
    )
    is_fragile = forms.BooleanField(label=gettext_lazy("Fragile"), required=False)
    is_cold = forms.BooleanField(label=gettext_lazy("Keep cold"), required=False)
    is_adult = forms.BooleanField(label=gettext_lazy("From 18 years"), required=False)
    gift_message = forms.CharField(
        label=gettext_lazy("Words on the card"), max_length=280, required=False
    )
    day = forms.ChoiceField(label=gettext_lazy("Which day?"))
    slot = forms.ChoiceField(label=gettext_lazy("What time?"), required=False)

    def __init__(self, *args: Any, reader: Reader, hub: Hub, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.hub = hub
        merchant = self.fields["merchant"]
        assert isinstance(merchant, forms.ModelChoiceField)  # noqa: S101 - declared above
        merchant.queryset = merchants_visible_to(reader)
        _offer(self, "day", day_choices(hub, now))
        _offer(self, "slot", [("", _("Any time")), *slot_choices()])

    def body(self) -> dict[str, Any]:
        """Return the order in the shape of the API's body."""
        given = self.cleaned_data
        _label, (length, width, height), weight = SIZES[given["size"]]
        box = {"weight_g": weight, "length_mm": length, "width_mm": width, "height_mm": height}
        item = {
            "name": given["item"],
            "is_fragile": given["is_fragile"],
            "is_cold": given["is_cold"],
            "min_age": 18 if given["is_adult"] else 0,
        }
        return {
            "external_ref": given["command"],
            "channel": given["channel"],
            "recipient": {key: given[key] for key in ("name", "phone", "email")},
            "address": {
                key: given[key]
                for key in ("line1", "line2", "postcode", "city", "country", "instructions")
            },
            "due_on": given["day"],
            "gift_message": given["gift_message"],
            "consignments": [
                {"window": self._window(), "parcels": [box | {"items": [item]}] * given["parcels"]}
            ],
        }

    def _window(self) -> dict[str, str] | None:
        if not self.cleaned_data["slot"]:
            return None
        start, end = chosen_window(self.hub, self.cleaned_data["day"], self.cleaned_data["slot"])
        return {"start": start.isoformat(), "end": end.isoformat()}

    def add_problem(self, pointer: str, detail: str) -> None:
        """Show one problem of the order beside the field it belongs to."""
        path = pointer.strip("/")
        last = path.rsplit("/", 1)[-1]
        name = _FIELD_OF.get(path) or _FIELD_OF.get(last)
        if name is None and "window" in path:
            name = "slot"
        self.add_error(name, detail)


class NewTimeForm(forms.Form):
    """Another window for a consignment that the agent saw at `version`."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    day = forms.ChoiceField(label=gettext_lazy("Which day?"))
    slot = forms.ChoiceField(label=gettext_lazy("What time?"))

    def __init__(self, *args: Any, hub: Hub, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.hub = hub
        _offer(self, "day", day_choices(hub, now))
        _offer(self, "slot", slot_choices())

    def window(self) -> tuple[datetime, datetime]:
        """Return both ends of the chosen window."""
        return chosen_window(self.hub, self.cleaned_data["day"], self.cleaned_data["slot"])


def _offer(form: forms.Form, name: str, choices: list[tuple[str, str]]) -> None:
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
    field.choices = choices


def day_choices(hub: Hub, now: datetime) -> list[tuple[str, str]]:
    """Return the days that the desk may promise, today first, in the hub's zone."""
    today = now.astimezone(ZoneInfo(hub.timezone)).date()
    days = [today + timedelta(days=n) for n in range(DAYS_AHEAD)]
    return [(d.isoformat(), _day_label(d, today)) for d in days]


def slot_choices() -> list[tuple[str, str]]:
    """Return the hub's windows by their hours; which of them are over depends on the day chosen."""
    hours = range(FIRST_HOUR, LAST_HOUR, HOURS)
    return [(f"{h}-{h + HOURS}", f"{h}:00-{h + HOURS}:00") for h in hours]


def chosen_window(hub: Hub, day: str, slot: str) -> tuple[datetime, datetime]:
    """Return both ends of a window, aware, in the hub's zone."""
    zone, on = ZoneInfo(hub.timezone), date.fromisoformat(day)
    first, last = (
        datetime(on.year, on.month, on.day, int(h), tzinfo=zone) for h in slot.split("-")
    )
    return first, last


def _day_label(day: date, today: date) -> str:
    near = {0: _("Today"), 1: _("Tomorrow")}
    written = house.long_day(day)
    first = near.get((day - today).days)
    return f"{first}, {written}" if first else written
