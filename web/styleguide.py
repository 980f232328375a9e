"""The sample that the styleguide shows: every part of the kit with words like the real ones."""

from datetime import timedelta
from typing import Any

from django import forms

from common import clock
from web import nav, states

SKINS = {
    "console": "web/console.html",
    "field": "web/field.html",
    "recipient": "web/recipient.html",
}


class SampleForm(forms.Form):
    """Each kind of field, one of them wrong."""

    street = forms.CharField(label="Street and number", help_text="As it stands on the door.")
    phone = forms.CharField(label="Phone", required=False)
    hub = forms.ChoiceField(label="Hub", choices=[("kallio", "Kallio"), ("pasila", "Pasila")])
    note = forms.CharField(
        label="Note for the courier", required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    fragile = forms.BooleanField(label="Handle with care: glass", required=False)


def sample(skin: str) -> dict[str, Any]:
    """Return what web/styleguide.html needs."""
    now = clock.now()
    form = SampleForm({"street": "", "phone": "+358 40 123 4567", "hub": "kallio", "note": ""})
    form.is_valid()
    return {
        "skin": skin,
        "nav": [
            nav.Link(
                f"#{place.url_name}", place.icon, str(place.label), place.key, place.key == "d"
            )
            for place in nav.PLACES
        ],
        "base": SKINS[skin],
        "skins": list(SKINS),
        "form": form,
        "kinds": states.KINDS.items(),
        "meanings": states.MEANINGS.items(),
        "greys": range(1, 13),
        "start": now + timedelta(minutes=40),
        "end": now + timedelta(minutes=70),
        "past": now - timedelta(seconds=12),
        "facts": [("Price", "4.20 EUR"), ("Free today", "23 of 60"), ("On time, 28 days", "96 %")],
        "merchant": {"name": "Kallio Ceramics"},
    }
