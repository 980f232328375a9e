"""A typed address becomes a point, or a question to a person; the text is never lost."""

from typing import Any

import pytest

from common.geo.models import MapExtract
from common.geo.places import AddressQuery, Candidate, GeocoderUnavailable, Point
from common.geo.points import distance_m
from delivery.intake.geocoding import tasks
from delivery.intake.geocoding.actions import (
    PointNotPossible,
    confirm_point,
    locate_address,
    locate_addresses,
)
from delivery.models import Address, Consignment, TrackingEvent
from delivery.orders.actions import NewAddress
from delivery.orders.status import Status
from tests.world import NOW, World

MIKONKATU_18 = Point(24.94502, 60.17225)


@pytest.fixture
def mapped(world: World, demo_map: MapExtract) -> World:
    return world


def ordered(world: World, line1: str, **changes: Any) -> Consignment:
    """Return the consignment of an order to a Helsinki address typed as given."""
    fields: dict[str, Any] = {
        "line1": line1,
        "city": "Helsinki",
        "postcode": "",
        "country": "FI",
    } | changes
    return world.order(address=NewAddress(**fields)).consignments.get()


def located(consignment: Consignment) -> tuple[Consignment, Address]:
    """Return the consignment and its address after the house has looked the address up."""
    address = locate_address(address_id=consignment.address_id, now=NOW)
    consignment.refresh_from_db()
    return consignment, address


def test_a_house_that_is_found_makes_its_consignment_ready(mapped: World) -> None:
    consignment, address = located(ordered(mapped, "Mikonkatu 18", postcode="00100"))
    assert (consignment.status, address.accuracy, address.review_reason) == (
        Status.READY,
        "HOUSE",
        "",
    )
    assert address.matched.startswith("Mikonkatu 18")
    assert address.point is not None
    assert distance_m(Point(address.point.x, address.point.y), MIKONKATU_18) < 60
    assert address.road_distance_m is not None
    assert consignment.hub == mapped.hub


@pytest.mark.parametrize(
    ("line1", "reason", "accuracy"),
    [
        ("Mikonkatu 999", "only_street", "STREET"),
        ("Mikonkatu", "only_street", "STREET"),
        ("Kaartinkaupunki", "only_place", "PLACE"),
        ("xyzzy qwrtp", "only_place", "PLACE"),  # the city alone is known
    ],
)
def test_less_than_a_house_waits_for_a_person(
    mapped: World, line1: str, reason: str, accuracy: str
) -> None:
    consignment, address = located(ordered(mapped, line1))
    assert (consignment.status, address.review_reason, address.accuracy) == (
        Status.ADDRESS_REVIEW,
        reason,
        accuracy,
    )
    assert address.line1 == line1
    assert address.candidates[0]["label"]


def test_an_address_that_nothing_fits_keeps_its_text_and_waits(mapped: World) -> None:
    consignment, address = located(ordered(mapped, "xyzzy 5", city=""))
    assert (consignment.status, address.review_reason) == (Status.ADDRESS_REVIEW, "not_found")
    assert (address.line1, address.point, address.candidates) == ("xyzzy 5", None, [])


def test_a_guess_that_is_spelt_quite_differently_waits(mapped: World) -> None:
    consignment, address = located(ordered(mapped, "Mikaelsokatua 18"))
    assert (consignment.status, address.accuracy, address.review_reason) == (
        Status.ADDRESS_REVIEW,
        "HOUSE",
        "unsure",
    )


def test_the_history_says_how_exact_and_never_where(mapped: World) -> None:
    consignment, _ = located(ordered(mapped, "Mikonkatu 999"))
    event = TrackingEvent.objects.filter(consignment=consignment).latest("seq")
    assert (event.status_to, event.data) == (
        "ADDRESS_REVIEW",
        {"accuracy": "STREET", "review_reason": "only_street"},
    )


def test_looking_again_changes_nothing(mapped: World) -> None:
    consignment, first = located(ordered(mapped, "Mikonkatu 18"))
    events = TrackingEvent.objects.filter(consignment=consignment).count()
    again, second = located(consignment)
    assert (again.status, second.point) == (Status.READY, first.point)
    assert TrackingEvent.objects.filter(consignment=consignment).count() == events


def test_many_addresses_are_located_at_once(mapped: World) -> None:
    waiting = [
        ordered(mapped, line1) for line1 in ("Mikonkatu 18", "Mikonkatu 999", "Hakaniemenranta 3")
    ]
    locate_addresses(address_ids=[c.address_id for c in waiting], now=NOW)
    statuses = [Consignment.objects.get(pk=c.pk).status for c in waiting]
    assert statuses == [Status.READY, Status.ADDRESS_REVIEW, Status.READY]


# Coordinates that came with the order


def test_given_coordinates_near_the_typed_address_are_taken(mapped: World) -> None:
    consignment, address = located(ordered(mapped, "Mikonkatu 18", lon=24.9452, lat=60.1721))
    assert (consignment.status, address.accuracy) == (Status.READY, "GIVEN")
    assert address.point is not None
    assert (address.point.x, address.point.y) == (24.9452, 60.1721)


def test_given_coordinates_of_an_unknown_text_are_taken(mapped: World) -> None:
    consignment, address = located(
        ordered(mapped, "The blue door behind the station", lon=24.9452, lat=60.1721)
    )
    assert (consignment.status, address.accuracy) == (Status.READY, "GIVEN")


def test_coordinates_far_from_what_was_typed_are_asked_about(mapped: World) -> None:
    # Hakaniemenranta 3 is at 60.1780 N, 24.9529 E: 0.0135 * 111.2 km = 1,501 m and 0.0159 * 111.2 * cos 60.17 = 879 m
    # away, 1,740 m in all; the limit is 1,000 m.
    consignment, address = located(
        ordered(mapped, "Hakaniemenranta 3", postcode="00530", lon=24.937, lat=60.1645)
    )
    assert (consignment.status, address.review_reason) == (Status.ADDRESS_REVIEW, "far_from_text")
    assert address.candidates[0]["label"].startswith("Hakaniemenranta 3")


def test_swapped_coordinates_beside_a_sure_text_do_not_stop_the_order(mapped: World) -> None:
    consignment, address = located(ordered(mapped, "Mikonkatu 18", lon=60.1721, lat=24.9452))
    assert (consignment.status, address.accuracy) == (Status.READY, "HOUSE")


def test_swapped_coordinates_alone_are_offered_the_right_way_round(mapped: World) -> None:
    consignment, address = located(ordered(mapped, "The blue door", lon=60.1721, lat=24.9452))
    assert (consignment.status, address.review_reason) == (
        Status.ADDRESS_REVIEW,
        "coordinates_swapped",
    )
    assert (address.candidates[0]["lon"], address.candidates[0]["lat"]) == (24.9452, 60.1721)


@pytest.mark.parametrize(
    ("lon", "lat", "reason"), [(0.0, 0.0, "coordinates_zero"), (10.0, 10.0, "coordinates_outside")]
)
def test_impossible_coordinates_wait_and_a_second_look_does_not_wave_them_through(
    mapped: World, lon: float, lat: float, reason: str
) -> None:
    consignment, address = located(ordered(mapped, "The blue door", lon=lon, lat=lat))
    assert (consignment.status, address.review_reason) == (Status.ADDRESS_REVIEW, reason)
    consignment, address = located(consignment)
    assert (consignment.status, address.review_reason) == (Status.ADDRESS_REVIEW, reason)


def test_a_point_far_from_every_road_is_a_reason(mapped: World) -> None:
    # 60.163 N, 24.9051 E is 1.6 km west of the extract's streets and within the 0.05 degrees the check allows beyond its edge.
    consignment, address = located(ordered(mapped, "The boat", lon=24.9051, lat=60.163))
    assert (consignment.status, address.review_reason) == (Status.ADDRESS_REVIEW, "far_from_road")
    assert address.road_distance_m is not None
    assert address.road_distance_m > 1_000


# The pin


def test_a_pin_makes_the_consignment_ready_and_is_kept(mapped: World) -> None:
    consignment, _ = located(ordered(mapped, "Mikonkatu 999"))
    reader = mapped.reader(mapped.agent)
    address = confirm_point(
        address_id=consignment.address_id, point=MIKONKATU_18, now=NOW, reader=reader
    )
    consignment.refresh_from_db()
    assert (consignment.status, consignment.hub) == (Status.READY, mapped.hub)
    assert (address.accuracy, address.review_reason, address.line1) == ("PIN", "", "Mikonkatu 999")
    event = TrackingEvent.objects.filter(consignment=consignment).latest("seq")
    assert (event.type, event.user_id) == ("ADDRESS_CONFIRMED", mapped.agent.pk)
    # A late look-up does not move a pin.
    _, address = located(consignment)
    assert (address.accuracy, address.point and address.point.x) == ("PIN", MIKONKATU_18.lon)


def test_choosing_a_candidate_keeps_what_it_was(mapped: World) -> None:
    _, address = located(ordered(mapped, "Mikaelsokatua 18"))
    chosen = address.candidates[0]
    address = confirm_point(
        address_id=address.pk, point=Point(chosen["lon"], chosen["lat"]), now=NOW
    )
    assert address.matched == chosen["label"]


def test_a_pin_on_a_consignment_under_way_is_history_and_moves_nothing(mapped: World) -> None:
    consignment = mapped.consignment(Status.OUT_FOR_DELIVERY)
    confirm_point(address_id=consignment.address_id, point=MIKONKATU_18, now=NOW)
    consignment.refresh_from_db()
    assert consignment.status == Status.OUT_FOR_DELIVERY
    assert (
        TrackingEvent.objects.filter(consignment=consignment, type="ADDRESS_CONFIRMED").count() == 1
    )


@pytest.mark.parametrize(
    ("point", "reason"),
    [
        (Point(0, 0), "coordinates_zero"),
        (Point(60.172, 24.945), "coordinates_swapped"),
        (Point(-46.63, -23.55), "coordinates_outside"),
        (Point(24.9051, 60.163), "far_from_road"),
    ],
)
def test_a_pin_where_nobody_can_deliver_is_refused_and_nothing_moves(
    mapped: World, point: Point, reason: str
) -> None:
    consignment, _ = located(ordered(mapped, "Mikonkatu 999"))
    with pytest.raises(PointNotPossible) as refusal:
        confirm_point(address_id=consignment.address_id, point=point, now=NOW)
    assert refusal.value.extra["reason"] == reason
    consignment.refresh_from_db()
    assert consignment.status == Status.ADDRESS_REVIEW


# The service


class Down:
    """A geocoder whose service is away: the part that leaves the process."""

    def geocode_many(self, queries: list[AddressQuery]) -> list[list[Candidate]]:
        raise GeocoderUnavailable("away")

    geocode = reverse = None


def test_a_service_that_is_away_changes_nothing(mapped: World) -> None:
    consignment = ordered(mapped, "Mikonkatu 18")
    with pytest.raises(GeocoderUnavailable):
        locate_address(address_id=consignment.address_id, now=NOW, search=Down())  # type: ignore[arg-type]
    consignment.refresh_from_db()
    assert (consignment.status, consignment.address.accuracy) == (Status.RECEIVED, "UNKNOWN")


def test_the_task_locates_and_forgives_an_erased_address(mapped: World) -> None:
    consignment = ordered(mapped, "Mikonkatu 18")
    tasks.locate_address(address_id=str(consignment.address_id))
    consignment.refresh_from_db()
    assert consignment.status == Status.READY
    tasks.locate_address(address_id="018f0000-0000-7000-8000-000000000000")


def test_the_task_is_known_to_the_worker_and_tries_again() -> None:
    task = tasks.locate_address
    assert task.name == "delivery.intake.geocoding.tasks.locate_address"
    assert task.retry_strategy is not None
