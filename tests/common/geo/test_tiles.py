"""Vector tiles hold what the style draws, and are asked for once."""

import math

import pytest
from django.test import Client

from common.geo.models import MapExtract

pytestmark = pytest.mark.django_db


def tile_of(z: int, lon: float = 24.945, lat: float = 60.172) -> str:
    """Return the path of the tile over a point (slippy map numbering)."""
    n = 2**z
    x = int((lon + 180) / 360 * n)
    y = int((1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * n)
    return f"/tiles/{z}/{x}/{y}.mvt"


def layers_of(body: bytes) -> dict[str, bytes]:
    """Return the layers of a tile by name: protobuf field 3 of a tile is a layer, field 1 of a layer its name (MVT 2.1)."""
    found = {}
    for field, value in fields_of(body):
        if field == 3:
            name = next(v for f, v in fields_of(value) if f == 1)
            found[name.decode()] = value
    return found


def fields_of(body: bytes) -> list[tuple[int, bytes]]:
    """Return the fields of a protobuf message that have a length, as (number, bytes)."""
    fields, at = [], 0

    def varint() -> int:
        nonlocal at
        value = shift = 0
        while True:
            byte = body[at]
            at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    while at < len(body):
        key = varint()
        if key & 7 == 0:
            varint()
            continue
        assert key & 7 == 2, "a tile has numbers and length-delimited fields only"
        length = varint()
        fields.append((key >> 3, body[at : at + length]))
        at += length
    return fields


def properties_of(layer: bytes) -> tuple[set[str], set[str]]:
    """Return a layer's property names (field 3) and the texts among its values (field 4 holding field 1)."""
    keys = {v.decode() for f, v in fields_of(layer) if f == 3}
    texts = {
        t.decode()
        for f, v in fields_of(layer)
        if f == 4 and v[:1] == b"\x0a"
        for g, t in fields_of(v)
        if g == 1
    }
    return keys, texts


def test_a_city_tile_has_every_layer(client: Client, demo_map: MapExtract) -> None:
    answer = client.get(tile_of(16))
    assert answer["Content-Type"] == "application/vnd.mapbox-vector-tile"
    layers = layers_of(answer.content)
    assert {"roads", "buildings", "areas", "addresses"} <= set(layers)
    keys, texts = properties_of(layers["roads"])
    assert {"class", "name", "rank", "oneway"} <= keys
    assert "Mikonkatu" in texts
    assert properties_of(layers["addresses"])[0] == {"housenumber"}
    assert "18" in properties_of(layers["addresses"])[1]


@pytest.mark.parametrize(
    ("z", "absent"),
    [
        (15, {"addresses"}),
        (13, {"addresses", "buildings"}),
        (7, {"addresses", "buildings", "areas"}),
    ],
)
def test_a_wider_tile_leaves_the_small_things_out(
    client: Client, demo_map: MapExtract, z: int, absent: set[str]
) -> None:
    assert not absent & set(layers_of(client.get(tile_of(z)).content))


def test_wide_tiles_show_main_roads_only(client: Client, demo_map: MapExtract) -> None:
    _, near = properties_of(layers_of(client.get(tile_of(14)).content)["roads"])
    _, wide = properties_of(layers_of(client.get(tile_of(10)).content)["roads"])
    assert "footway" in near
    assert wide & {"primary", "secondary"}
    assert not wide & {"residential", "footway", "service"}


def test_a_tile_that_is_known_is_not_sent_again(client: Client, demo_map: MapExtract) -> None:
    first = client.get(tile_of(15))
    assert "max-age=" in first["Cache-Control"]
    again = client.get(tile_of(15), headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    other = client.get(tile_of(15), headers={"If-None-Match": '"another-map"'})
    assert other.status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/tiles/17/0/0.mvt",
        "/tiles/3/8/0.mvt",
        "/tiles/3/0/8.mvt",
        "/tiles/3/-1/0.mvt",
        "/tiles/a/0/0.mvt",
    ],
)
def test_tiles_that_do_not_exist_are_not_found(
    client: Client, demo_map: MapExtract, path: str
) -> None:
    assert client.get(path).status_code == 404


def test_a_place_without_a_map_is_an_empty_tile(client: Client, demo_map: MapExtract) -> None:
    answer = client.get("/tiles/16/0/0.mvt")
    assert answer.status_code == 200
    assert layers_of(answer.content) == {}


def test_tiles_are_read_only(client: Client) -> None:
    assert client.post("/tiles/0/0/0.mvt").status_code == 405
