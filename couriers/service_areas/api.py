"""REST door of service areas: GeoJSON in, GeoJSON out."""

from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common import clock
from common.accounts.readers import reader_of
from common.api.etags import etag, version_from
from common.idempotency.door import idempotent
from couriers.roster.api import IF_MATCH
from couriers.roster.doors import partner_of, read_input
from couriers.service_areas import actions, queries
from couriers.service_areas.geojson import feature, read_polygon
from couriers.service_areas.models import ServiceArea
from delivery.hubs.models import Hub


class AreaIn(serializers.Serializer[Any]):
    """An area to be, or as it shall be."""

    partner = serializers.UUIDField(required=False, help_text="A partner manager may leave it out.")
    hub = serializers.UUIDField(help_text="From which hub it is served.")
    name = serializers.CharField(max_length=80)
    geometry = serializers.JSONField(help_text="A GeoJSON Polygon, longitude first.")


class AreaProperties(serializers.Serializer[Any]):
    """What is known of an area."""

    name = serializers.CharField()
    partner = serializers.UUIDField()
    partner_name = serializers.CharField()
    hub = serializers.UUIDField()
    is_active = serializers.BooleanField()
    version = serializers.IntegerField()


class AreaFeature(serializers.Serializer[Any]):
    """An area as a GeoJSON Feature."""

    type = serializers.CharField()
    id = serializers.UUIDField()
    geometry = serializers.JSONField()
    properties = AreaProperties()


class AreaCollection(serializers.Serializer[Any]):
    """Areas as a GeoJSON FeatureCollection."""

    type = serializers.CharField()
    features = AreaFeature(many=True)


def _answer(area: ServiceArea, status: int = 200) -> Response:
    return Response(feature(area), status=status, headers={"ETag": etag(area.version)})


def _save(request: Request, area: ServiceArea | None) -> ServiceArea:
    given = read_input(AreaIn, request)
    named = given.get("partner")
    partner = partner_of(
        request, area.partner_id if area else named if isinstance(named, UUID) else None
    )
    return actions.save_area(
        partner=partner,
        hub=get_object_or_404(Hub, pk=given["hub"], is_active=True),
        name=str(given["name"]),
        polygon=read_polygon(given["geometry"]),
        area_id=area.pk if area else None,
        version=version_from(request) if area else 0,
    )


class AreasDoor(APIView):
    """Areas: list and draw."""

    @extend_schema(operation_id="areas_list", responses=AreaCollection)
    def get(self, request: Request) -> Response:
        """Return the active areas you may see as one FeatureCollection."""
        areas = queries.areas_visible_to(reader_of(request)).filter(is_active=True)
        return Response(
            {"type": "FeatureCollection", "features": [feature(a) for a in areas[:1000]]}
        )

    @extend_schema(operation_id="areas_create", request=AreaIn, responses={201: AreaFeature})
    @idempotent
    def post(self, request: Request) -> Response:
        """Draw an area of a partner. One that crosses itself is refused with the place where."""
        return _answer(_save(request, None), 201)


class AreaDoor(APIView):
    """One area."""

    @extend_schema(operation_id="areas_retrieve", responses=AreaFeature)
    def get(self, request: Request, area_id: UUID) -> Response:
        """Return an area with its ETag."""
        return _answer(get_object_or_404(queries.areas_visible_to(reader_of(request)), pk=area_id))

    @extend_schema(
        operation_id="areas_update", request=AreaIn, responses=AreaFeature, parameters=[IF_MATCH]
    )
    @idempotent
    def put(self, request: Request, area_id: UUID) -> Response:
        """Redraw an area."""
        area = get_object_or_404(queries.areas_visible_to(reader_of(request)), pk=area_id)
        return _answer(_save(request, area))

    @extend_schema(operation_id="areas_close", responses={204: None}, parameters=[IF_MATCH])
    @idempotent
    def delete(self, request: Request, area_id: UUID) -> Response:
        """Stop serving an area; what was assigned in it stays assigned."""
        area = get_object_or_404(queries.areas_visible_to(reader_of(request)), pk=area_id)
        partner_of(request, area.partner_id)
        actions.close_area(area=area, version=version_from(request), now=clock.now())
        return Response(status=204)
