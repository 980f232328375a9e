"""The embedded geocoder on the real demo city."""

import random
import string

import pytest

from common.geo.embedded import EmbeddedGeocoder
from common.geo.models import MapAddress, MapExtract
from common.geo.places import Accuracy, AddressQuery, Point
from common.geo.points import distance_m

pytestmark = pytest.mark.django_db
MIKONKATU_18 = Point(24.94502, 60.17225)


@pytest.fixture
def geocoder(demo_map: MapExtract) -> EmbeddedGeocoder:
    return EmbeddedGeocoder("FI")


def with_one_slip(name: str, chance: random.Random) -> str:
    """Return the name with one letter left out, doubled, swapped with the next, or replaced."""
    place = chance.randrange(1, len(name) - 1)
    letter = chance.choice(string.ascii_lowercase)
    return chance.choice(
        [
            name[:place] + name[place + 1 :],
            name[:place] + name[place] + name[place:],
            name[:place] + name[place + 1] + name[place] + name[place + 2 :],
            name[:place] + letter + name[place + 1 :],
        ]
    )


@pytest.mark.parametrize("form", ["one line", "number apart", "with city"])
def test_290_of_300_misspelt_addresses_are_found_first(
    geocoder: EmbeddedGeocoder, form: str
) -> None:
    chance = random.Random(20261121)
    houses = list(MapAddress.objects.select_related("street").order_by("osm", "housenumber"))
    sample = chance.sample(houses, 300)
    queries = []
    for house in sample:
        street = with_one_slip(house.street_name, chance)
        queries.append(
            {
                "one line": AddressQuery(
                    f"{street} {house.housenumber}, {house.postcode} {house.city}"
                ),
                "number apart": AddressQuery(street, number=house.housenumber, city=house.city),
                "with city": AddressQuery(
                    f"{street} {house.housenumber}", city=house.city, postcode=house.postcode
                ),
            }[form]
        )
    right = 0
    for house, candidates in zip(sample, geocoder.geocode_many(queries), strict=True):
        best = candidates[0] if candidates else None
        right += (
            best is not None
            and best.accuracy == Accuracy.HOUSE
            and best.street == house.street.name
            and best.number.replace(" ", "").lower() == house.number_key
        )
    assert right >= 290


@pytest.mark.parametrize(
    ("line", "label"),
    [
        ("Mikonkatu 18", "Mikonkatu 18"),
        ("mikonkatu 18 A 12, 00100 Helsinki", "Mikonkatu 18"),
        ("18 Mikonkatu", "Mikonkatu 18"),
        ("Mikaelsgatan 18", "Mikonkatu 18"),  # the street's Swedish name
        ("c/o Virtanen, Mikonkatu 18", "Mikonkatu 18"),
        ("Hakaniemenrnata 3", "Hakaniemenranta 3"),
    ],
)
def test_known_answers(geocoder: EmbeddedGeocoder, line: str, label: str) -> None:
    best = geocoder.geocode(AddressQuery(line))[0]
    assert best.accuracy == Accuracy.HOUSE
    assert best.label.startswith(label)


def test_a_house_lies_where_the_map_has_it(geocoder: EmbeddedGeocoder) -> None:
    best = geocoder.geocode(AddressQuery("Mikonkatu 18"))[0]
    # The number is on the map several times (a house and the shops in it), all within the building.
    assert distance_m(best.point, MIKONKATU_18) < 60


def test_an_unknown_number_gives_the_street_not_a_house(geocoder: EmbeddedGeocoder) -> None:
    best = geocoder.geocode(AddressQuery("Mikonkatu 999"))[0]
    assert (best.accuracy, best.street, best.number) == (Accuracy.STREET, "Mikonkatu", "")


def test_a_street_alone_gives_the_street(geocoder: EmbeddedGeocoder) -> None:
    best = geocoder.geocode(AddressQuery("Mikonkatu"))[0]
    assert (best.accuracy, best.street) == (Accuracy.STREET, "Mikonkatu")


def test_a_postcode_alone_gives_its_middle(geocoder: EmbeddedGeocoder) -> None:
    best = geocoder.geocode(AddressQuery("00530"))[0]
    assert (best.accuracy, best.postcode) == (Accuracy.POSTCODE, "00530")


def test_a_quarter_alone_gives_the_place(geocoder: EmbeddedGeocoder) -> None:
    found = geocoder.geocode(AddressQuery("Kaartinkaupunki"))
    assert (found[0].accuracy, found[0].label) == (Accuracy.PLACE, "Kaartinkaupunki")


@pytest.mark.parametrize(
    "line", ["", "   ", "xyzzy", "18", "%_\\'; DROP TABLE", "\N{PILE OF POO}", "1" * 200, "ж" * 200]
)
def test_nonsense_finds_nothing_and_breaks_nothing(geocoder: EmbeddedGeocoder, line: str) -> None:
    assert geocoder.geocode(AddressQuery(line)) == []


def test_the_right_number_on_another_street_loses_to_the_right_street(
    geocoder: EmbeddedGeocoder,
) -> None:
    # Yrjönkatu and Annankatu have a number 18 too.
    streets = [candidate.street for candidate in geocoder.geocode(AddressQuery("Mikonkat 18"))]
    assert streets[0] == "Mikonkatu"


def test_a_wrong_postcode_costs_score_but_not_the_answer(geocoder: EmbeddedGeocoder) -> None:
    right, wrong = geocoder.geocode_many(
        [
            AddressQuery("Hakaniemenranta 3", postcode="00530"),
            AddressQuery("Hakaniemenranta 3", postcode="00100"),
        ]
    )
    assert right[0].label == wrong[0].label
    assert right[0].score > wrong[0].score


def test_many_queries_are_answered_in_their_order(geocoder: EmbeddedGeocoder) -> None:
    lines = ["Mikonkatu 18", "", "Hakaniemenranta 3", "Mikonktu 18"]
    found = geocoder.geocode_many([AddressQuery(line) for line in lines])
    assert [c[0].street if c else None for c in found] == [
        "Mikonkatu",
        None,
        "Hakaniemenranta",
        "Mikonkatu",
    ]


def test_two_thousand_queries_take_a_few_statements(
    geocoder: EmbeddedGeocoder, django_assert_max_num_queries: object
) -> None:
    houses = list(MapAddress.objects.filter(number_low__isnull=False)[:500])
    queries = [
        AddressQuery(f"{h.street_name} {h.housenumber}", postcode=h.postcode, city=h.city)
        for h in houses
    ] * 4
    # 4 chunks of 500: savepoint, threshold, exact, fuzzy, release; places only for what is no house.
    with django_assert_max_num_queries(40):  # type: ignore[operator]
        found = geocoder.geocode_many(queries)
    assert sum(bool(c) and c[0].accuracy == Accuracy.HOUSE for c in found) >= 1_980


def test_reverse_gives_the_nearest_house(geocoder: EmbeddedGeocoder) -> None:
    found = geocoder.reverse(MIKONKATU_18)
    assert found is not None
    assert found.label.startswith("Mikonkatu 18")
    assert found.distance_m is not None
    assert found.distance_m < 5


def test_reverse_refuses_what_is_too_far_away(geocoder: EmbeddedGeocoder) -> None:
    assert geocoder.reverse(Point(24.90, 60.16)) is None
    assert geocoder.reverse(Point(0.0, 0.0)) is None


def test_an_empty_map_answers_nothing(no_map: None) -> None:
    geocoder = EmbeddedGeocoder("FI")
    assert geocoder.geocode(AddressQuery("Mikonkatu 18, 00100 Helsinki")) == []
    assert geocoder.reverse(MIKONKATU_18) is None


def test_a_street_whose_numbers_nobody_mapped_is_still_found(geocoder: EmbeddedGeocoder) -> None:
    # As in the Brazilian extracts: streets by name, hardly a house number.
    MapAddress.objects.all().delete()
    found = geocoder.geocode(AddressQuery("Mikonkatu 18, Helsinki"))
    assert (found[0].accuracy, found[0].street, found[0].number) == (
        Accuracy.STREET,
        "Mikonkatu",
        "",
    )
    assert geocoder.geocode(AddressQuery("Mikonktu 18"))[0].street == "Mikonkatu"
