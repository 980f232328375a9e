"""What the doors of plans share: whom they let in, the version that a change states, and how a row is answered."""

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from common.accounts.readers import Reader, reader_of
from common.api.etags import etag
from common.errors.domain import NotAllowed
from routing.plans import queries

IF_MATCH = OpenApiParameter(
    "If-Match", str, OpenApiParameter.HEADER, required=True, description="The ETag you read."
)


class EditedPlan(serializers.Serializer[Any]):
    """The plan that a change by hand was made in."""

    plan = serializers.UUIDField()
    version = serializers.IntegerField(help_text="The plan's new version, for the next If-Match.")


class PriceOut(serializers.Serializer[Any]):
    """What a change costs: after less before."""

    cost = serializers.IntegerField(help_text="Micros, all terms together.")
    costs = serializers.DictField(child=serializers.IntegerField(), help_text="Micros by term.")
    metres = serializers.IntegerField()
    seconds = serializers.IntegerField(help_text="From leaving the hub to being back, all routes.")
    late_s = serializers.IntegerField(help_text="Seconds after windows, all stops.")


def planner(request: Request) -> Reader:
    """Return the reader of a request that only dispatchers may make; raise NotAllowed for others."""
    reader = reader_of(request)
    if not queries.plans_people(reader):
        raise NotAllowed
    return reader


def answered(
    shape: type[serializers.Serializer[Any]], data: Mapping[str, Any], status: int = 200
) -> Response:
    """Return data in this shape with the ETag of its `version`, for the next If-Match."""
    return Response(shape(data).data, status=status, headers={"ETag": etag(data["version"])})
