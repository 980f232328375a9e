"""A geopy service behind our door, asked over real HTTP."""

import time
from collections.abc import Iterator
from threading import Event
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from common.geo.embedded import EmbeddedGeocoder
from common.geo.geocoder import geocoder
from common.geo.models import GeocoderPace
from common.geo.places import Accuracy, AddressQuery, GeocoderUnavailable, Point
from common.geo.remote import _PARTS, GeopyGeocoder
from tests.common.geo.nominatim import (
    CITY,
    HOUSE,
    POSTCODE,
    SHOP,
    STREET,
    Nominatim,
    running_nominatim,
)

pytestmark = pytest.mark.django_db
QUERY = AddressQuery("Mikonkatu 18", postcode="00100", city="Helsinki", country="FI")


@pytest.fixture
def nominatim() -> Iterator[Nominatim]:
    with running_nominatim() as state:
        yield state


def geopy(nominatim: Nominatim, **options: Any) -> GeopyGeocoder:
    return GeopyGeocoder(
        "nominatim", {"domain": nominatim.domain, "scheme": "http", "timeout": 5, **options}, "FI"
    )


def test_a_house_comes_back_as_a_house(nominatim: Nominatim) -> None:
    nominatim.answer = [HOUSE]
    (found,) = geopy(nominatim).geocode(QUERY)
    assert (found.accuracy, found.street, found.number, found.postcode, found.city) == (
        Accuracy.HOUSE, "Mikonkatu", "18", "00100", "Helsinki",
    )  # fmt: skip
    assert found.point == Point(24.9450, 60.1722)
    assert found.score == pytest.approx(1.0)
    path, asked, agent = nominatim.asked[0]
    assert (path, asked["q"], asked["countrycodes"]) == (
        "/search",
        ["Mikonkatu 18, 00100 Helsinki"],
        ["fi"],
    )
    assert agent == "carteiro"


@pytest.mark.parametrize(
    ("answer", "accuracy"),
    [
        (STREET, Accuracy.STREET),
        (SHOP, Accuracy.STREET),
        (POSTCODE, Accuracy.POSTCODE),
        (CITY, Accuracy.PLACE),
    ],
)
def test_anything_less_says_how_exact_it_is(
    nominatim: Nominatim, answer: dict[str, Any], accuracy: Accuracy
) -> None:
    nominatim.answer = [answer]
    assert geopy(nominatim).geocode(QUERY)[0].accuracy == accuracy


def test_the_best_answer_comes_first_and_five_are_enough(nominatim: Nominatim) -> None:
    nominatim.answer = [CITY, STREET, HOUSE, SHOP, POSTCODE, CITY, CITY]
    found = geopy(nominatim).geocode(QUERY)
    assert (len(found), found[0].accuracy) == (5, Accuracy.HOUSE)


def test_another_house_number_scores_less(nominatim: Nominatim) -> None:
    nominatim.answer = [HOUSE]
    right, wrong = geopy(nominatim).geocode_many(
        [QUERY, AddressQuery("Mikonkatu 20", postcode="00100")]
    )
    assert right[0].score - wrong[0].score == pytest.approx(0.2)


def test_nothing_found_is_an_empty_list(nominatim: Nominatim) -> None:
    assert geopy(nominatim).geocode(QUERY) == []
    assert geopy(nominatim).geocode(AddressQuery("")) == []
    assert len(nominatim.asked) == 1


def test_reverse_gives_the_house_and_refuses_a_far_one(nominatim: Nominatim) -> None:
    nominatim.answer = HOUSE
    near = geopy(nominatim).reverse(Point(24.9451, 60.1722))
    assert near is not None
    # 0.0001 degrees of longitude at 60.17 N = 11.12 m * 0.497 = 5.5 m
    assert (near.number, near.distance_m) == ("18", 6)
    # 0.002 degrees of latitude = 222 m, over the 150 m limit.
    assert geopy(nominatim).reverse(Point(24.9450, 60.1742)) is None


@pytest.mark.parametrize("status", [401, 403, 500, 502, 503, 504])
def test_a_service_that_refuses_or_breaks_is_unavailable(nominatim: Nominatim, status: int) -> None:
    nominatim.status = status
    with pytest.raises(GeocoderUnavailable, match="nominatim did not answer"):
        geopy(nominatim).geocode(QUERY)


def test_an_answer_that_is_no_json_is_nothing_found(nominatim: Nominatim) -> None:
    nominatim.answer = "<html>maintenance</html>"
    assert geopy(nominatim).geocode(QUERY) == []


def test_a_slow_service_is_given_up_on(nominatim: Nominatim) -> None:
    nominatim.hold = Event()
    with pytest.raises(GeocoderUnavailable):
        geopy(nominatim, timeout=0.2).geocode(QUERY)


def test_a_service_that_is_down_is_unavailable() -> None:
    with pytest.raises(GeocoderUnavailable):
        GeopyGeocoder("nominatim", {"domain": "127.0.0.1:9", "scheme": "http"}, "FI").geocode(QUERY)


def test_a_service_that_asks_to_wait_is_left_alone_by_everybody(nominatim: Nominatim) -> None:
    nominatim.status, nominatim.headers = 429, {"Retry-After": "90"}
    with pytest.raises(GeocoderUnavailable) as refusal:
        geopy(nominatim).geocode(QUERY)
    assert refusal.value.retry_in_s == 90
    nominatim.status, nominatim.answer = 200, [HOUSE]
    # Another process's geocoder: it learns of the wait from the database.
    with pytest.raises(GeocoderUnavailable, match="Too many"):
        geopy(nominatim).geocode(QUERY)
    assert len(nominatim.asked) == 1


def test_the_pace_is_kept_in_the_database(
    nominatim: Nominatim, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []
    monkeypatch.setattr("common.geo.remote.time.sleep", slept.append)
    nominatim.answer = [HOUSE]
    began = time.monotonic()
    for _ in range(3):
        geopy(nominatim, min_delay_s=2.0).geocode(QUERY)
    took = time.monotonic() - began
    # The first goes at once, the second 2 s later, the third 4 s later: nobody really slept, so the turns lie ahead
    # by that, less what the asking itself took.
    second, third = slept
    assert 2.0 - took <= second <= 2.0
    assert 4.0 - took <= third <= 4.0
    assert GeocoderPace.objects.count() == 1


def test_a_turn_too_far_away_is_not_waited_for(
    nominatim: Nominatim, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("common.geo.remote.time.sleep", lambda _: None)
    nominatim.answer = [HOUSE]
    ours = geopy(nominatim, min_delay_s=6.0)
    ours.geocode(QUERY)
    ours.geocode(QUERY)
    with pytest.raises(GeocoderUnavailable, match="Too many"):
        ours.geocode(QUERY)


def test_the_public_nominatim_is_never_asked_more_than_once_a_second() -> None:
    assert GeopyGeocoder("nominatim", {}, "FI").min_delay_s == 1.0
    assert GeopyGeocoder("nominatim", {"domain": "maps.example.com"}, "FI").min_delay_s == 0.0


# The other services' answers, as their documentation shows them (read 2026-11)


GOOGLE = [
    {"long_name": "18", "types": ["street_number"]},
    {"long_name": "Mikonkatu", "types": ["route"]},
]
ROOFTOP = {
    "types": ["street_address"],
    "geometry": {"location_type": "ROOFTOP"},
    "address_components": GOOGLE,
}
HERE = {"street": "Mikonkatu", "houseNumber": "18"}
PELIAS = {"layer": "address", "street": "Mikonkatu", "housenumber": "18"}
ANSWERS: list[tuple[str, dict[str, Any], str, str, str]] = [
    (
        "photon",
        {"properties": {"type": "house", "housenumber": "18", "street": "Mikonkatu"}},
        "HOUSE",
        "Mikonkatu",
        "18",
    ),
    ("photon", {"properties": {"type": "street", "name": "Mikonkatu"}}, "STREET", "Mikonkatu", ""),
    ("photon", {"properties": {"type": "city", "name": "Helsinki"}}, "PLACE", "", ""),
    ("pelias", {"properties": {**PELIAS, "accuracy": "point"}}, "HOUSE", "Mikonkatu", "18"),
    ("pelias", {"properties": {**PELIAS, "accuracy": "interpolated"}}, "STREET", "Mikonkatu", "18"),
    ("pelias", {"properties": {"layer": "postalcode", "postalcode": "00100"}}, "POSTCODE", "", ""),
    ("googlev3", ROOFTOP, "HOUSE", "Mikonkatu", "18"),
    ("googlev3", {**ROOFTOP, "partial_match": True}, "STREET", "Mikonkatu", "18"),
    (
        "herev7",
        {"resultType": "houseNumber", "houseNumberType": "PA", "address": HERE},
        "HOUSE",
        "Mikonkatu",
        "18",
    ),
    (
        "herev7",
        {"resultType": "houseNumber", "houseNumberType": "interpolated", "address": HERE},
        "STREET",
        "Mikonkatu",
        "18",
    ),
    (
        "herev7",
        {"resultType": "locality", "localityType": "postalCode", "address": {}},
        "POSTCODE",
        "",
        "",
    ),
]


@pytest.mark.parametrize(("service", "raw", "accuracy", "street", "number"), ANSWERS)
def test_each_services_answer_says_how_exact_it_is(
    service: str, raw: dict[str, Any], accuracy: str, street: str, number: str
) -> None:
    parts = _PARTS[service](raw)
    assert (parts.accuracy, parts.street, parts.number) == (accuracy, street, number)


def test_a_service_nobody_has_mapped_is_never_taken_for_a_house() -> None:
    from common.geo.remote import _unknown

    assert _unknown({"anything": 1}).accuracy == Accuracy.STREET


# The setting


def test_the_setting_chooses(settings: Any) -> None:
    settings.GEOCODER, settings.GEOCODER_OPTIONS = "embedded", {}
    assert isinstance(geocoder(), EmbeddedGeocoder)
    settings.GEOCODER, settings.GEOCODER_OPTIONS = "photon", {"domain": "photon.example.com"}
    chosen = geocoder()
    assert isinstance(chosen, GeopyGeocoder)
    assert chosen.name == "photon"


@pytest.mark.parametrize(
    ("name", "options"), [("nowhere", {}), ("nominatim", {"colour": "blue"}), ("googlev3", {})]
)
def test_a_setting_that_can_not_work_is_one_sentence(
    settings: Any, name: str, options: dict[str, Any]
) -> None:
    settings.GEOCODER, settings.GEOCODER_OPTIONS = name, options
    with pytest.raises(ImproperlyConfigured, match=f"GEOCODER={name} can't be used"):
        geocoder()
