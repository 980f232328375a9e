"""Why an address waits for a person, in codes that are stored and sentences that are shown."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class ReviewReason(TextChoices):
    """What keeps an address from being delivered to as it is."""

    NOT_FOUND = "not_found", _("Nothing on the map fits what was typed. Drop the pin by hand.")
    ONLY_PLACE = (
        "only_place",
        _("Only the town or quarter is known. Choose the house, or drop the pin."),
    )
    ONLY_POSTCODE = (
        "only_postcode",
        _("Only the postcode is known. Choose the house, or drop the pin."),
    )
    ONLY_STREET = (
        "only_street",
        _("The street is known, the house number is not. Choose the house, or drop the pin."),
    )
    UNSURE = (
        "unsure",
        _(
            "The nearest match is spelt quite differently. Is it the one? Choose it, or drop the pin."
        ),
    )
    AMBIGUOUS = (
        "ambiguous",
        _("Several addresses fit what was typed. Choose the one that is meant, or drop the pin."),
    )
    FAR_FROM_ROAD = (
        "far_from_road",
        _(
            "The point is too far from any road a vehicle may use. Drop the pin where the courier can stop."
        ),
    )
    FAR_FROM_TEXT = (
        "far_from_text",
        _(
            "The coordinates that came with the order are not where its address is. Choose one of the two."
        ),
    )
    SWAPPED = "coordinates_swapped", _("Longitude and latitude came swapped. Confirm the point.")
    ZERO = (
        "coordinates_zero",
        _("The coordinates that came with the order are 0, 0. Drop the pin by hand."),
    )
    IMPOSSIBLE = (
        "coordinates_impossible",
        _("The coordinates that came with the order are no place on earth. Drop the pin by hand."),
    )
    OUTSIDE = (
        "coordinates_outside",
        _("The point lies outside the area of the map. Check the address."),
    )
