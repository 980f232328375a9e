"""REST door of addresses: search, look at a pin, list what waits, settle it."""

from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common import clock
from common.accounts.readers import Reader, reader_of
from common.errors.domain import NotAllowed
from common.geo.places import Accuracy, Point
from common.idempotency.door import idempotent
from delivery.intake.geocoding import actions, queries
from delivery.intake.geocoding.reasons import ReviewReason
from delivery.orders.models import Address


class CandidateOut(serializers.Serializer[Any]):
    """One possible answer, best first. score: 0 to 1."""

    label = serializers.CharField()  # type: ignore[assignment] # DRF's own word for a field's caption
    lon = serializers.FloatField(source="point.lon")
    lat = serializers.FloatField(source="point.lat")
    accuracy = serializers.ChoiceField(choices=[a.value for a in Accuracy])
    score = serializers.FloatField()
    street = serializers.CharField()
    number = serializers.CharField()
    suburb = serializers.CharField()
    postcode = serializers.CharField()
    city = serializers.CharField()
    distance_m = serializers.IntegerField(allow_null=True)


class CandidateList(serializers.Serializer[Any]):
    """Up to five candidates."""

    results = CandidateOut(many=True)


class SpotOut(serializers.Serializer[Any]):
    """What lies at a point. problem: a sentence when no parcel can go there, else empty."""

    address = CandidateOut(allow_null=True)
    problem = serializers.CharField()
    problem_code = serializers.CharField()
    road_distance_m = serializers.IntegerField(allow_null=True)


class PointIn(serializers.Serializer[Any]):
    """Where the pin is; longitude first."""

    lon = serializers.FloatField(min_value=-180, max_value=180)
    lat = serializers.FloatField(min_value=-90, max_value=90)


class StoredCandidate(serializers.Serializer[Any]):
    """A candidate as it was found when the order came in."""

    label = serializers.CharField()  # type: ignore[assignment] # DRF's own word for a field's caption
    lon = serializers.FloatField()
    lat = serializers.FloatField()
    accuracy = serializers.CharField()
    score = serializers.FloatField()


class AddressOut(serializers.ModelSerializer[Address]):
    """An address: the text as typed, and what it was understood as. reason_text: what to do, in the reader's language."""

    lon = serializers.SerializerMethodField()
    lat = serializers.SerializerMethodField()
    candidates = StoredCandidate(many=True)
    reason_text = serializers.SerializerMethodField()
    consignments = serializers.SerializerMethodField()

    class Meta:
        model = Address
        fields = (
            "id", "line1", "line2", "city", "postcode", "country", "instructions", "lon", "lat", "accuracy", "matched",
            "candidates", "review_reason", "reason_text", "road_distance_m", "consignments",
        )  # fmt: skip

    def get_lon(self, address: Address) -> float | None:
        """Return the longitude, or None for an address without a point."""
        return address.point.x if address.point else None

    def get_lat(self, address: Address) -> float | None:
        """Return the latitude, or None for an address without a point."""
        return address.point.y if address.point else None

    def get_reason_text(self, address: Address) -> str:
        """Return the sentence for the reason, or "" without one."""
        return str(ReviewReason(address.review_reason).label) if address.review_reason else ""

    def get_consignments(self, address: Address) -> list[str]:
        """Return the codes of the consignments that go there."""
        return [consignment.code for consignment in address.consignments.all()]


class AddressList(serializers.Serializer[Any]):
    """Addresses that wait for a person."""

    results = AddressOut(many=True)


class SearchIn(serializers.Serializer[Any]):
    """Query of the search."""

    q = serializers.CharField(max_length=200, allow_blank=True, trim_whitespace=True)
    lon = serializers.FloatField(min_value=-180, max_value=180, required=False)
    lat = serializers.FloatField(min_value=-90, max_value=90, required=False)
    whole = serializers.BooleanField(default=False)


def _settler(request: Request) -> Reader:
    reader = reader_of(request)
    if not queries.may_settle_addresses(reader):
        raise NotAllowed
    return reader


class AddressSearchDoor(APIView):
    """Search for an address while it is typed."""

    @extend_schema(
        operation_id="addresses_search",
        responses=CandidateList,
        parameters=[
            OpenApiParameter("q", str, required=True, description="What is typed so far."),
            OpenApiParameter(
                "lon", float, description="With lat: breaks ties between streets of one name."
            ),
            OpenApiParameter("lat", float),
            OpenApiParameter(
                "whole", bool, description="The text is complete: ask the configured service too."
            ),
        ],
    )
    def get(self, request: Request) -> Response:
        """Return up to five candidates for what is typed so far (the operator's desk and dispatchers)."""
        _settler(request)
        given = SearchIn(data=request.query_params)
        given.is_valid(raise_exception=True)
        asked = given.validated_data
        near = Point(asked["lon"], asked["lat"]) if {"lon", "lat"} <= set(asked) else None
        found = queries.search_addresses(text=asked["q"], near=near, is_whole=asked["whole"])
        return Response({"results": CandidateOut(found, many=True).data})


class AddressSpotDoor(APIView):
    """Look at a point before the pin is dropped there."""

    @extend_schema(
        operation_id="addresses_spot",
        responses=SpotOut,
        parameters=[
            OpenApiParameter("lon", float, required=True),
            OpenApiParameter("lat", float, required=True),
        ],
    )
    def get(self, request: Request) -> Response:
        """Say which house lies at a point, and whether a parcel can go there (the operator's desk and dispatchers)."""
        _settler(request)
        given = PointIn(data=request.query_params)
        given.is_valid(raise_exception=True)
        found = queries.spot(Point(**given.validated_data))
        problem, code = (found.problem.message, found.problem.code) if found.problem else ("", "")
        if found.is_too_far:
            problem, code = str(ReviewReason.FAR_FROM_ROAD.label), ReviewReason.FAR_FROM_ROAD.value
        body = {"problem": problem, "problem_code": code, "road_distance_m": found.road_distance_m}
        return Response(
            {"address": CandidateOut(found.address).data if found.address else None, **body}
        )


class AddressReviewDoor(APIView):
    """The addresses that wait for a person."""

    @extend_schema(operation_id="addresses_review", responses=AddressList)
    def get(self, request: Request) -> Response:
        """List up to 200 addresses that hold a consignment back, longest waiting first."""
        waiting = queries.addresses_to_review(_settler(request))[:200]
        return Response({"results": AddressOut(waiting, many=True).data})


class AddressPointDoor(APIView):
    """The pin of one address."""

    @extend_schema(operation_id="addresses_confirm_point", request=PointIn, responses=AddressOut)
    @idempotent
    def post(self, request: Request, address_id: UUID) -> Response:
        """Drop the pin: the address's consignments go on (the operator's desk and dispatchers)."""
        reader = reader_of(request)
        get_object_or_404(queries.addresses_visible_to(reader), pk=address_id)
        given = PointIn(data=request.data)
        given.is_valid(raise_exception=True)
        point = Point(**given.validated_data)
        address = actions.confirm_point(
            address_id=address_id, point=point, now=clock.now(), reader=reader
        )
        return Response(AddressOut(address).data)
