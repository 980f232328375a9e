"""The map comes in whole, once, and is replaced at one stroke."""

from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command

from common.geo import extract
from common.geo.models import (
    MapAddress,
    MapArea,
    MapExtract,
    MapPlace,
    MapRoad,
    MapStreet,
    MapStreetName,
)
from common.geo.osm_import import import_map
from common.geo.places import Point
from common.geo.queries import addresses, road_distance_m
from tests.world import NOW

pytestmark = pytest.mark.django_db


def test_the_demo_extract_is_found_and_fills_every_table(demo_map: MapExtract) -> None:
    assert extract.extract_path().name == "Helsinki.osm.pbf"
    assert demo_map.sha256 == extract.extract_hash()
    # Counted in the file itself: 1,460 objects with a house number, of which 1,441 name a street; 2,2xx ways of the kinds drawn.
    assert MapAddress.objects.count() == pytest.approx(1_453, abs=20)
    assert MapRoad.objects.count() > 2_000
    assert MapArea.objects.filter(kind="building").count() > 400
    assert MapPlace.objects.filter(kind="postcode", search="00100").exists()
    assert demo_map.counts["mapstreet"] == MapStreet.objects.count()


def test_a_second_import_changes_nothing(demo_map: MapExtract) -> None:
    before = set(MapStreet.objects.values_list("pk", flat=True))
    again, written = import_map(now=NOW)
    assert (again.pk, written) == (demo_map.pk, False)
    assert set(MapStreet.objects.values_list("pk", flat=True)) == before


def test_a_forced_import_leaves_the_same_map(demo_map: MapExtract) -> None:
    before = (MapAddress.objects.count(), MapStreetName.objects.count(), MapRoad.objects.count())
    _, written = import_map(force=True, now=NOW)
    assert written
    assert (
        MapAddress.objects.count(),
        MapStreetName.objects.count(),
        MapRoad.objects.count(),
    ) == before
    assert MapExtract.objects.count() == 1


def test_a_broken_file_leaves_the_old_map_standing(demo_map: MapExtract, tmp_path: Path) -> None:
    broken = tmp_path / "broken.osm.pbf"
    broken.write_bytes(extract.extract_path().read_bytes()[:200_000])
    with pytest.raises(RuntimeError):
        import_map(path=broken, now=NOW)
    assert MapExtract.objects.get().sha256 == demo_map.sha256
    assert MapAddress.objects.exists()


def test_pieces_of_one_street_are_one_street(demo_map: MapExtract) -> None:
    # Mannerheimintie is dozens of ways in the file.
    assert MapRoad.objects.filter(name="Mannerheimintie").count() > 10
    assert MapStreet.objects.filter(name="Mannerheimintie").count() == 1
    assert MapStreetName.objects.filter(
        street__name="Mannerheimintie", search="mannerheimvagen"
    ).exists()


def test_the_command_says_what_it_did(no_map: None, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("import_map")
    call_command("import_map")
    out = capsys.readouterr().out
    assert "Imported Helsinki.osm.pbf" in out
    assert "Already in: Helsinki.osm.pbf" in out


def test_a_missing_file_is_one_sentence(settings: object, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="is not a file"):
        call_command("import_map", path=tmp_path / "nowhere.osm.pbf")
    settings.OSM_EXTRACT = str(tmp_path / "nowhere.osm.pbf")  # type: ignore[attr-defined]
    with pytest.raises(ImproperlyConfigured, match="CARTEIRO_OSM_EXTRACT"):
        extract.extract_path()


def test_demo_addresses_are_real_complete_repeatable_and_near_a_road(demo_map: MapExtract) -> None:
    drawn = addresses(120, seed=7)
    assert drawn == addresses(120, seed=7)
    assert drawn != addresses(120, seed=8)
    assert len({(a.street, a.number) for a in drawn}) == 120
    assert all(a.postcode and a.city for a in drawn)
    for address in drawn[:20]:
        away = road_distance_m(address.point)
        assert away is not None
        assert away <= 80
        assert MapAddress.objects.filter(
            street_name=address.street, housenumber=address.number
        ).exists()


def test_the_road_is_measured_in_metres(demo_map: MapExtract) -> None:
    # Senate Square's edge lies east of the extract: 24.9525 E is inside it, 25.05 E about 5.4 km beyond its border.
    near, far = road_distance_m(Point(24.9410, 60.1690)), road_distance_m(Point(25.05, 60.17))
    assert near is not None
    assert far is not None
    assert near < 100
    assert 5_000 < far < 6_000


def test_without_a_map_there_is_no_road(no_map: None) -> None:
    assert road_distance_m(Point(24.94, 60.17)) is None
