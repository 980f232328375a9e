"""The imported map: streets, house numbers, roads, areas and places of one OpenStreetMap extract.

Everything here is read-only reference data, replaced as a whole by `import_map`; nothing may point to it with a foreign key.
Geometry is stored in Web Mercator (3857) where tiles are cut from it, and in longitude and latitude (4326) where it is answered.
"""

from django.contrib.gis.db import models
from django.contrib.postgres.indexes import GinIndex, GistIndex


class MapExtract(models.Model):
    """The extract the tables were filled from: one row, replaced with them."""

    sha256 = models.CharField(max_length=64, unique=True)
    importer = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=200)
    bounds = models.PolygonField(srid=4326)
    counts = models.JSONField(default=dict)
    imported_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class MapStreet(models.Model):
    """One street in one place: the road pieces and house numbers of a name that lie together."""

    name = models.CharField(max_length=200)
    suburb = models.CharField(max_length=120, blank=True)
    city = models.CharField(max_length=120, blank=True)
    city_search = models.CharField(max_length=250, blank=True)
    postcode = models.CharField(max_length=20, blank=True)
    point = models.PointField(srid=4326)

    def __str__(self) -> str:
        return self.name


class MapStreetName(models.Model):
    """A name a street answers to, normalised: its own, other languages, old and short ones."""

    street = models.ForeignKey(MapStreet, on_delete=models.CASCADE, related_name="names")
    search = models.CharField(max_length=250)

    class Meta:
        indexes = [
            models.Index(fields=["search"], name="map_street_name_exact"),
            GinIndex(fields=["search"], opclasses=["gin_trgm_ops"], name="map_street_name_trgm"),
        ]

    def __str__(self) -> str:
        return self.search


class MapAddress(models.Model):
    """A house number on a street (or in a place that has no streets)."""

    osm = models.CharField(max_length=24)
    street = models.ForeignKey(MapStreet, on_delete=models.CASCADE, related_name="addresses")
    street_name = models.CharField(max_length=200)
    housenumber = models.CharField(max_length=60)
    number_key = models.CharField(max_length=60)
    number_low = models.IntegerField(null=True)
    number_high = models.IntegerField(null=True)
    suburb = models.CharField(max_length=120, blank=True)
    city = models.CharField(max_length=120, blank=True)
    postcode = models.CharField(max_length=20, blank=True)
    point = models.PointField(srid=4326)
    geometry = models.PointField(srid=3857, spatial_index=False)

    class Meta:
        indexes = [
            models.Index(fields=["street", "number_key"], name="map_address_number"),
            GistIndex(fields=["geometry"], name="map_address_geometry"),
        ]

    def __str__(self) -> str:
        return f"{self.street_name} {self.housenumber}"


class MapRoad(models.Model):
    """A piece of road or path."""

    osm = models.CharField(max_length=24)
    name = models.CharField(max_length=200, blank=True)
    road_class = models.CharField(max_length=40)
    rank = models.PositiveSmallIntegerField(
        help_text="0 = motorway; larger numbers are drawn later"
    )
    oneway = models.BooleanField(default=False)
    drivable = models.BooleanField(default=False)
    geometry = models.LineStringField(srid=3857, spatial_index=False)

    class Meta:
        indexes = [GistIndex(fields=["geometry"], name="map_road_geometry")]

    def __str__(self) -> str:
        return self.name or self.road_class


class MapArea(models.Model):
    """Something with a surface: building, water, park, ..."""

    osm = models.CharField(max_length=24)
    kind = models.CharField(max_length=20)
    name = models.CharField(max_length=200, blank=True)
    geometry = models.MultiPolygonField(srid=3857, spatial_index=False)

    class Meta:
        indexes = [GistIndex(fields=["geometry"], name="map_area_geometry")]

    def __str__(self) -> str:
        return self.name or self.kind


class MapPlace(models.Model):
    """A named place, or the middle of the addresses that share a postcode (kind `postcode`)."""

    kind = models.CharField(max_length=20)
    name = models.CharField(max_length=120)
    search = models.CharField(max_length=250)
    point = models.PointField(srid=4326)
    geometry = models.PointField(srid=3857, spatial_index=False)

    class Meta:
        indexes = [
            GinIndex(fields=["search"], opclasses=["gin_trgm_ops"], name="map_place_trgm"),
            models.Index(fields=["kind", "search"], name="map_place_kind"),
            GistIndex(fields=["geometry"], name="map_place_geometry"),
        ]

    def __str__(self) -> str:
        return self.name


class GeocoderPace(models.Model):
    """When a remote geocoding service may next be asked, shared by every process and machine."""

    service = models.CharField(max_length=120, primary_key=True)
    next_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.service
