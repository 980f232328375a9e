"""Read an .osm.pbf with pyosmium into plain rows. Knows OpenStreetMap's tags; knows no database."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import osmium

# highway value -> rank; the rank decides from which zoom a road is drawn (tiles.py). Links count as the road they join.
ROAD_RANKS = {
    "motorway": 0,
    "trunk": 1,
    "primary": 2,
    "secondary": 3,
    "tertiary": 4,
    "unclassified": 5,
    "residential": 5,
    "living_street": 6,
    "pedestrian": 6,
    "service": 7,
    "track": 8,
    "cycleway": 8,
    "footway": 9,
    "path": 9,
    "steps": 9,
    "bridleway": 9,
    "rail": 6,
    "light_rail": 6,
    "tram": 7,
}
_DRIVABLE = {
    "motorway",
    "trunk",
    "primary",
    "secondary",
    "tertiary",
    "unclassified",
    "residential",
    "living_street",
    "service",
}
_RAILS = {"rail", "light_rail", "tram"}
_PLACES = {"city", "town", "village", "hamlet", "suburb", "neighbourhood", "quarter", "borough"}
_WATER = {"water", "bay", "wetland"}
_GREEN = {
    "grass",
    "forest",
    "meadow",
    "recreation_ground",
    "village_green",
    "allotments",
    "cemetery",
    "orchard",
    "farmland",
}
_PARK = {"park", "garden", "pitch", "playground", "nature_reserve", "golf_course", "dog_park"}
_BUILT = {"residential", "commercial", "retail", "industrial", "railway", "construction"}
_OTHER_NAMES = (
    "alt_name",
    "official_name",
    "short_name",
    "loc_name",
    "old_name",
    "int_name",
    "name:left",
    "name:right",
)


@dataclass
class Rows:
    """What was read, as rows ready for COPY; geometries are hexadecimal WKB in longitude and latitude."""

    addresses: list[tuple[Any, ...]] = field(default_factory=list)
    roads: list[tuple[Any, ...]] = field(default_factory=list)
    areas: list[tuple[Any, ...]] = field(default_factory=list)
    places: list[tuple[Any, ...]] = field(default_factory=list)


def area_kind(tags: osmium.osm.TagList) -> str | None:
    """Return how a surface is drawn, or None when it is not drawn at all."""
    if tags.get("building", "no") != "no":
        return "building"
    if (
        tags.get("natural") in _WATER
        or tags.get("landuse") in {"basin", "reservoir"}
        or tags.get("waterway") == "riverbank"
    ):
        return "water"
    if tags.get("leisure") in _PARK:
        return "park"
    if (
        tags.get("natural") in {"wood", "scrub", "heath", "grassland"}
        or tags.get("landuse") in _GREEN
    ):
        return "green"
    if tags.get("natural") in {"beach", "sand"}:
        return "sand"
    if tags.get("place") == "square" or tags.get("highway") == "pedestrian":
        return "square"
    if tags.get("amenity") in {"school", "university", "college", "hospital", "kindergarten"}:
        return "campus"
    if tags.get("amenity") == "parking":
        return "parking"
    if tags.get("landuse") in _BUILT:
        return "built"
    return None


class _Reader(osmium.SimpleHandler):
    def __init__(self, rows: Rows, progress: Callable[[str, int], None]) -> None:
        super().__init__()
        self.rows = rows
        self.wkb = osmium.geom.WKBFactory()
        self.progress = progress
        self.seen = 0

    def _count(self, what: str) -> None:
        self.seen += 1
        if self.seen % 100_000 == 0:
            self.progress(what, self.seen)

    def node(self, node: osmium.osm.Node) -> None:
        if "addr:housenumber" in node.tags:
            self._address(f"n{node.id}", node.tags, self.wkb.create_point(node))
        if node.tags.get("place") in _PLACES and node.tags.get("name"):
            self.rows.places.append(
                (node.tags["place"], node.tags["name"][:120], self.wkb.create_point(node))
            )

    def way(self, way: osmium.osm.Way) -> None:
        self._count("roads")
        tags = way.tags
        road_class = (tags.get("highway") or "").removesuffix("_link")
        is_rail = (
            tags.get("railway") in _RAILS and tags.get("tunnel", "no") == "no" and not road_class
        )
        if is_rail:
            road_class = tags["railway"] or ""
        rank = ROAD_RANKS.get(road_class)
        # A closed pedestrian area comes again as an area; its outline is no road.
        if rank is None or (way.is_closed() and tags.get("area") == "yes"):
            return
        try:
            line = self.wkb.create_linestring(way)
        except (osmium.InvalidLocationError, RuntimeError):
            # Cut at the extract's border: fewer than two of its points are in the file.
            return
        drivable = (
            road_class in _DRIVABLE
            and tags.get("access") not in {"no", "private"}
            and tags.get("motor_vehicle") != "no"
        )
        oneway = tags.get("oneway") in {"yes", "1", "true", "-1"}
        # A railway's name is no street that parcels go to.
        name = "" if is_rail else _text(tags, "name", 200)
        self.rows.roads.append(
            (
                f"w{way.id}",
                name,
                [] if is_rail else _other_names(tags),
                road_class,
                rank,
                oneway,
                drivable,
                line,
            )
        )

    def area(self, area: osmium.osm.Area) -> None:
        self._count("areas")
        kind = area_kind(area.tags)
        housenumber = "addr:housenumber" in area.tags
        if kind is None and not housenumber:
            return
        try:
            shape = self.wkb.create_multipolygon(area)
        except (osmium.InvalidLocationError, RuntimeError):
            return
        osm = f"{'w' if area.from_way() else 'r'}{area.orig_id()}"
        if kind is not None:
            self.rows.areas.append((osm, kind, _text(area.tags, "name", 200), shape))
        if housenumber:
            self._address(osm, area.tags, shape)

    def _address(self, osm: str, tags: osmium.osm.TagList, shape: str) -> None:
        street = tags.get("addr:street") or tags.get("addr:place") or ""
        if not street.strip():
            return
        suburb = tags.get("addr:suburb") or tags.get("addr:district") or ""
        others = [
            tags[key]
            for key in ("addr:street:sv", "addr:street:fi", "addr:street:en")
            if key in tags
        ]
        # One object may stand for several houses: "10;12".
        for number in tags["addr:housenumber"].replace(",", ";").split(";"):
            if number.strip():
                self.rows.addresses.append(
                    (
                        osm,
                        number.strip()[:60],
                        street.strip()[:200],
                        others,
                        suburb[:120],
                        _text(tags, "addr:city", 120),
                        _text(tags, "addr:postcode", 20),
                        shape,
                    )
                )


def _text(tags: osmium.osm.TagList, key: str, most: int) -> str:
    return (tags.get(key) or "").strip()[:most]


def _other_names(tags: osmium.osm.TagList) -> list[str]:
    found = []
    for tag in tags:
        key = tag.k
        language = key.startswith("name:") and len(key) in {7, 8}
        if language or key in _OTHER_NAMES:
            found += [name.strip()[:200] for name in tag.v.split(";") if name.strip()]
    return found


def read_extract(path: Path, progress: Callable[[str, int], None]) -> Rows:
    """Return everything the map needs from the file; `progress(what, count)` is called as it goes."""
    rows = Rows()
    _Reader(rows, progress).apply_file(str(path), locations=True)
    return rows


def extract_bounds(path: Path) -> tuple[float, float, float, float] | None:
    """Return (west, south, east, north) as the file's header states them, or None when it does not."""
    with osmium.io.Reader(str(path)) as reader:
        box = reader.header().box()
    if not box.valid():
        return None
    return box.bottom_left.lon, box.bottom_left.lat, box.top_right.lon, box.top_right.lat
