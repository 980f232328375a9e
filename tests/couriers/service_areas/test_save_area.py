"""Areas are drawn by people: what is wrong with a drawing is said, with the place."""

from typing import Any

import pytest
from django.contrib.gis.geos import Polygon
from django.db import IntegrityError, transaction

from common.errors.domain import InvalidInput, StaleVersion
from couriers.service_areas.actions import AreaCrossesItself, AreaNotPossible, save_area
from couriers.service_areas.geojson import read_polygon
from couriers.service_areas.models import ServiceArea
from tests.world import World

SQUARE = ((24.93, 60.16), (24.95, 60.16), (24.95, 60.17), (24.93, 60.17), (24.93, 60.16))
# The two diagonals of the square cross in its middle: 24.94, 60.165.
BOW_TIE = ((24.93, 60.16), (24.95, 60.17), (24.95, 60.16), (24.93, 60.17), (24.93, 60.16))


def save(world: World, ring: Any, **changes: Any) -> ServiceArea:
    polygon = Polygon(ring, srid=4326)
    fields: dict[str, Any] = {
        "partner": world.azul,
        "hub": world.hub,
        "name": "Centre",
        "polygon": polygon,
    }
    return save_area(**(fields | changes))


def test_a_simple_outline_becomes_an_area(world: World) -> None:
    area = save(world, SQUARE)

    assert area.version == 1
    assert ServiceArea.objects.get(pk=area.pk).polygon.equals(Polygon(SQUARE, srid=4326))


def test_an_outline_that_crosses_itself_is_refused_with_the_place(world: World) -> None:
    with pytest.raises(AreaCrossesItself) as refusal:
        save(world, BOW_TIE)

    assert refusal.value.extra == {"lon": pytest.approx(24.94), "lat": pytest.approx(60.165)}
    assert "60.16500, 24.94000" in str(refusal.value.message)


def test_the_database_itself_refuses_an_invalid_polygon(world: World) -> None:
    with pytest.raises(IntegrityError, match="area_is_valid"), transaction.atomic():
        ServiceArea.objects.create(
            partner=world.azul, hub=world.hub, name="x", polygon=Polygon(BOW_TIE, srid=4326)
        )


def test_swapped_coordinates_are_recognised(world: World) -> None:
    with pytest.raises(AreaNotPossible, match="longitude comes first"):
        save(world, [(lat, lon) for lon, lat in SQUARE])


@pytest.mark.parametrize(
    ("ring", "sentence"),
    [
        (((24, 60), (27, 60), (27, 61), (24, 61), (24, 60)), "couriers go up to 60 km"),
        (((0, 0), (0.01, 0), (0.01, 0.01), (0, 0.01), (0, 0)), "couriers go up to 60 km"),
        (((24.93, 95), (24.95, 95), (24.95, 96), (24.93, 96), (24.93, 95)), "not on the Earth"),
        (((24.94, 60.17), (24.9401, 60.17), (24.9401, 60.1701), (24.94, 60.17)), "smaller than"),
    ],
)
def test_an_area_nobody_could_serve_is_refused_with_the_figure(
    world: World, ring: Any, sentence: str
) -> None:
    with pytest.raises(AreaNotPossible, match=sentence):
        save(world, ring)


def test_a_redraw_of_an_old_version_is_refused(world: World) -> None:
    area = save(world, SQUARE)
    save(world, SQUARE, name="Centre 2", area_id=area.pk, version=1)

    with pytest.raises(StaleVersion):
        save(world, SQUARE, name="Centre 3", area_id=area.pk, version=1)


@pytest.mark.parametrize(
    "geometry",
    [
        None,
        {"type": "Point", "coordinates": [1, 2]},
        {"type": "Polygon"},
        {"type": "Polygon", "coordinates": [[]]},
    ],
)
def test_what_is_no_polygon_is_said_to_be_none(geometry: Any) -> None:
    with pytest.raises(InvalidInput) as refusal:
        read_polygon(geometry)

    assert refusal.value.errors[0]["pointer"] == "/geometry"


def test_heights_of_a_drawing_are_dropped(world: World) -> None:
    polygon = Polygon([(lon, lat, 12.0) for lon, lat in SQUARE], srid=4326)

    assert not save(world, SQUARE, polygon=polygon).polygon.hasz
