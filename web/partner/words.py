"""The words that the partner's scripts speak (kit/i18n.js), in the reader's language."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext


def offer_words() -> dict[str, str | list[str]]:
    """Return the words of the offers page."""
    return {
        "offers-accept-n": [_("Accept {n}"), _("Accept {n}")],
        "offers-decline-n": [_("Decline {n}"), _("Decline {n}")],
        "offers-changed": _("Your offers changed while you were looking."),
        "offers-over": _("too late"),
        "offers-ask": _("Decline all offers?"),
        "offers-ask-text": [
            ngettext(
                "{n} consignment will be offered to somebody else.",
                "{n} consignments will be offered to somebody else.",
                1,
            ),
            ngettext(
                "{n} consignment will be offered to somebody else.",
                "{n} consignments will be offered to somebody else.",
                2,
            ),
        ],
        "offers-ask-yes": _("Decline all"),
    }


def area_words() -> dict[str, str | list[str]]:
    """Return the words of the areas page."""
    return {
        "area-lon": _("Longitude of corner {n}"),
        "area-lat": _("Latitude of corner {n}"),
        "area-remove-corner": _("Remove corner {n}"),
        "area-new-area": _("New area"),
        "area-redraw": _("Redraw {name}"),
        "area-saved": _("{name} is saved. The next assignment follows it."),
        "area-closed": _("{name} is closed. What was assigned in it stays assigned."),
        "area-close-title": _("Close {name}?"),
        "area-close-text": _(
            "Nothing new will be assigned there. You can draw it again at any time."
        ),
        "area-close": _("Close the area"),
        "area-three": _("Draw at least three corners."),
    }
