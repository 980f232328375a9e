"""From a typed address to a point: the house's answer, or a person's pin."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.contrib.gis.geos import Point as GeoPoint
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from common.accounts.readers import NOBODY, Reader
from common.errors.domain import DomainError, NotFound
from common.geo.geocoder import geocoder
from common.geo.places import AddressQuery, Candidate, Geocoder, Point
from common.geo.points import Bounds, check_point, map_bounds
from common.geo.queries import road_distance_m
from delivery.hubs.queries import nearest_hub
from delivery.intake.geocoding.verdict import (
    ROAD_LIMIT_M,
    Verdict,
    candidate_data,
    judge_given,
    judge_text,
)
from delivery.orders.models import Address, Consignment
from delivery.orders.status import Status
from delivery.tracking.actions import Happening, record_progress
from delivery.tracking.models import TrackingEvent

_WAITING = (Status.RECEIVED, Status.ADDRESS_REVIEW)


class PointNotPossible(DomainError):
    """The pin is where no parcel can go."""

    code = "point_not_possible"
    status = 422
    title = _("The pin can't be there")


def locate_address(*, address_id: UUID, now: datetime, search: Geocoder | None = None) -> Address:
    """Find the point of an address and let its consignments go on, or send them to a person.

    Called by the background task of each new address. May ask a remote service, so never inside a transaction.
    Raises NotFound; GeocoderUnavailable when the service does not answer (nothing is changed: ask again).
    """
    located = locate_addresses(address_ids=[address_id], now=now, search=search)
    if not located:
        raise NotFound
    return located[0]


def locate_addresses(
    *, address_ids: Sequence[UUID], now: datetime, search: Geocoder | None = None
) -> list[Address]:
    """Locate many addresses with one search, and return those that exist, in the order of their ids.

    The typed text is never changed. An address a person has pinned meanwhile is left alone.
    Raises GeocoderUnavailable before anything is changed.
    """
    search = search or geocoder()
    addresses = list(Address.objects.filter(pk__in=address_ids).order_by("pk"))
    found = search.geocode_many([_query(address) for address in addresses])
    bounds = map_bounds()
    return [
        _settle(address, candidates, bounds, now)
        for address, candidates in zip(addresses, found, strict=True)
    ]


def _query(address: Address) -> AddressQuery:
    return AddressQuery(
        line=address.line1, postcode=address.postcode, city=address.city, country=address.country
    )


@transaction.atomic
def _settle(
    read: Address, candidates: list[Candidate], bounds: Bounds | None, now: datetime
) -> Address:
    address = Address.objects.select_for_update(no_key=True).get(pk=read.pk)
    if address.accuracy == Address.Accuracy.PIN or address.review_reason.startswith("coordinates_"):
        # A person has spoken, or is asked to: the coordinates that came with the order are judged once.
        return address
    if address.accuracy == Address.Accuracy.GIVEN and address.point is not None:
        verdict = judge_given(Point(address.point.x, address.point.y), candidates, bounds)
    else:
        verdict = judge_text(candidates, bounds)
    _store(address, verdict)
    status = Status.ADDRESS_REVIEW if verdict.reason else Status.READY
    for consignment in _waiting_for(address):
        if consignment.status != status:
            happening = Happening(occurred_at=now, to=status, data=_facts(address))
            record_progress(consignment_id=consignment.pk, happening=happening, now=now)
    return address


def _store(address: Address, verdict: Verdict) -> None:
    address.point = (
        GeoPoint(verdict.point.lon, verdict.point.lat, srid=4326) if verdict.point else None
    )
    address.accuracy = verdict.accuracy
    address.matched = verdict.matched[:200]
    address.candidates = [candidate_data(candidate) for candidate in verdict.candidates]
    address.review_reason = verdict.reason
    address.road_distance_m = verdict.road_distance_m
    address.save(
        update_fields=[
            "point",
            "accuracy",
            "matched",
            "candidates",
            "review_reason",
            "road_distance_m",
        ]
    )


def _waiting_for(address: Address) -> list[Consignment]:
    """Return the address's consignments that wait for it, given the nearest hub if they have none."""
    waiting = Consignment.objects.filter(address=address, status__in=_WAITING).order_by("pk")
    if address.point is not None and not address.review_reason:
        waiting.filter(hub=None).update(hub=nearest_hub(address.point))
    return list(waiting)


def _facts(address: Address) -> dict[str, object]:
    """Return what the history may keep: how exact, and why not; never where."""
    facts: dict[str, object] = {"accuracy": address.accuracy}
    if address.review_reason:
        facts["review_reason"] = address.review_reason
    return facts


@transaction.atomic
def confirm_point(
    *, address_id: UUID, point: Point, now: datetime, reader: Reader = NOBODY
) -> Address:
    """Take a person's pin as the point of an address and let its consignments go on.

    Called by the desk and the dispatcher when they drop the pin or choose a candidate. The typed text stays.
    Raises NotFound, and PointNotPossible for a pin outside the map, at 0, 0, or more than ROAD_LIMIT_M from a road.
    """
    address = Address.objects.select_for_update(no_key=True).filter(pk=address_id).first()
    if address is None:
        raise NotFound
    bounds = map_bounds()
    if (problem := check_point(point.lon, point.lat, bounds)) is not None:
        raise PointNotPossible(problem.message, reason=problem.code)
    away = road_distance_m(point) if bounds else None
    if away is not None and away > ROAD_LIMIT_M:
        raise PointNotPossible(
            _(
                "The pin is %(away)s m from the nearest road a vehicle may use. Put it where the courier can stop."
            )
            % {"away": away},
            reason="far_from_road",
            road_distance_m=away,
        )
    chosen = next(
        (c["label"] for c in address.candidates if (c["lon"], c["lat"]) == (point.lon, point.lat)),
        "",
    )
    _store(address, Verdict(point, Address.Accuracy.PIN, chosen, [], road_distance_m=away))
    waiting = {consignment.pk for consignment in _waiting_for(address)}
    for consignment in Consignment.objects.filter(address=address).order_by("pk"):
        happening = Happening(
            occurred_at=now,
            type=TrackingEvent.Type.ADDRESS_CONFIRMED,
            to=Status.READY if consignment.pk in waiting else "",
            data=_facts(address),
        )
        record_progress(consignment_id=consignment.pk, happening=happening, now=now, reader=reader)
    return address
