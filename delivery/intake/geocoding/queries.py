"""Reads of addresses: search as one types, what lies at a pin, and which addresses wait for a person."""

from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from common.accounts.models import Role
from common.accounts.readers import Reader
from common.errors.domain import DomainError
from common.geo.embedded import EmbeddedGeocoder
from common.geo.geocoder import geocoder
from common.geo.places import AddressQuery, Candidate, GeocoderUnavailable, Point
from common.geo.points import PointProblem, check_point, map_bounds
from common.geo.queries import road_distance_m
from delivery.intake.geocoding.verdict import ROAD_LIMIT_M
from delivery.orders.models import Address
from delivery.orders.status import Status


class AddressSearchAway(DomainError):
    """The geocoding service does not answer."""

    code = "address_search_away"
    status = 503
    title = _(
        "The address search does not answer just now. Drop the pin by hand, or try again in a minute."
    )


@dataclass(frozen=True)
class Spot:
    """What is known of a point. problem: why no parcel can go there. road_distance_m: None without a map."""

    address: Candidate | None
    problem: PointProblem | None
    road_distance_m: int | None
    is_too_far: bool


def may_settle_addresses(reader: Reader) -> bool:
    """Tell whether a reader may search for addresses and drop pins: the operator's desk and dispatchers."""
    return reader.is_operator and reader.has_role(Role.ADMIN, Role.DISPATCHER, Role.SUPPORT)


def addresses_visible_to(reader: Reader) -> QuerySet[Address]:
    """Return the addresses a reader may settle."""
    return (
        Address.objects.order_by("pk") if may_settle_addresses(reader) else Address.objects.none()
    )


def addresses_to_review(reader: Reader) -> QuerySet[Address]:
    """Return the addresses that hold a consignment back, longest waiting first, with those consignments (2 queries)."""
    waiting = addresses_visible_to(reader).filter(consignments__status=Status.ADDRESS_REVIEW)
    return waiting.distinct().prefetch_related("consignments")


def search_addresses(
    *, text: str, near: Point | None = None, is_whole: bool = False
) -> list[Candidate]:
    """Return up to five addresses for what is typed so far, best first: one to three SQL statements.

    The map answers each keystroke; a remote service, whose terms forbid that, is asked only for a whole text that the
    map does not know. Raises AddressSearchAway when that service does not answer.
    """
    query = AddressQuery(line=text, near=near)
    search = geocoder()
    found = (search if isinstance(search, EmbeddedGeocoder) else EmbeddedGeocoder()).geocode(query)
    if found or isinstance(search, EmbeddedGeocoder) or not is_whole:
        return found
    try:
        return search.geocode(query)
    except GeocoderUnavailable as error:
        raise AddressSearchAway from error


def spot(point: Point) -> Spot:
    """Return what lies at a pin: the house it stands on, if any, and why it can't be delivered to, if so."""
    bounds = map_bounds()
    problem = check_point(point.lon, point.lat, bounds)
    if problem is not None or bounds is None:
        return Spot(None, problem, None, is_too_far=False)
    away = road_distance_m(point)
    return Spot(
        EmbeddedGeocoder().reverse(point),
        None,
        away,
        is_too_far=away is not None and away > ROAD_LIMIT_M,
    )
