"""The places of the house and who sees them in the side bar. The doors themselves check the role again."""

from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

from common.accounts.models import Role
from common.accounts.readers import NOBODY


@dataclass(frozen=True)
class Place:
    """One entry of the side bar.

    url_name: as reversed; a place whose page does not exist is not shown.
    key: the letter after `g`.
    roles: who works there (common.accounts.Role); the operator's administrator sees all of the operator's.
    """

    url_name: str
    icon: str
    label: str | Promise
    key: str
    roles: frozenset[str]


@dataclass(frozen=True)
class Link:
    """A place as one reader sees it."""

    url: str
    icon: str
    label: str
    key: str
    current: bool


PLACES = (
    Place("dispatch", "map", pgettext_lazy("place", "Dispatch"), "d", frozenset({Role.DISPATCHER})),
    Place(
        "pack",
        "package",
        pgettext_lazy("place", "Packing"),
        "k",
        frozenset({Role.PACKER, Role.DISPATCHER}),
    ),
    Place(
        "desk",
        "phone",
        pgettext_lazy("place", "Desk"),
        "s",
        frozenset({Role.SUPPORT, Role.DISPATCHER}),
    ),
    Place(
        "partner",
        "handshake",
        pgettext_lazy("place", "Partner"),
        "r",
        frozenset({Role.PARTNER_MANAGER}),
    ),
    Place("merchant", "store", pgettext_lazy("place", "Orders"), "o", frozenset({Role.MERCHANT})),
    Place("courier", "bike", pgettext_lazy("place", "My stops"), "c", frozenset({Role.COURIER})),
    Place(
        "insights",
        "chart-column",
        pgettext_lazy("place", "Insights"),
        "i",
        frozenset({Role.DISPATCHER, Role.PARTNER_MANAGER, Role.MERCHANT}),
    ),
)


def places_for(request: HttpRequest) -> list[Link]:
    """Answer the places of this reader, in the order of the side bar."""
    reader = getattr(request, "who", NOBODY)
    links = []
    for place in PLACES:
        if not reader.has_role(*place.roles):
            continue
        try:
            url = reverse(place.url_name)
        except NoReverseMatch:
            continue
        links.append(
            Link(url, place.icon, str(place.label), place.key, request.path.startswith(url))
        )
    return links


def skin_of(path: str) -> str:
    """Answer the base template whose skin fits a path, for error pages."""
    if path.startswith("/t/"):
        return "web/error_recipient.html"
    return (
        "web/error_field.html"
        if path.startswith(("/courier", "/pack"))
        else "web/error_console.html"
    )
