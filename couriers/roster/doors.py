"""What the doors of this floor share: whom a request acts for, and lists in pages."""

from typing import Any
from uuid import UUID

from django.db.models import Model, QuerySet
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer

from common.accounts.readers import Reader, reader_of
from common.errors.domain import InvalidInput, NotAllowed
from couriers.roster import queries
from couriers.roster.models import Partner


def operator_of(request: Request) -> Reader:
    """Return the reader of a request that only the operator's dispatchers may make; raise NotAllowed for others."""
    reader = reader_of(request)
    if not queries.runs_network(reader):
        raise NotAllowed
    return reader


def partner_of(request: Request, partner_id: UUID | None) -> Partner:
    """Return the partner a write is for: the one named, or a partner manager's own where none is named.

    Raises NotAllowed for readers who manage nothing, Http404 for a partner that is not theirs.
    """
    reader = reader_of(request)
    if not (queries.runs_network(reader) or queries.manages_partner(reader)):
        raise NotAllowed
    if partner_id is None and queries.manages_partner(reader):
        partner_id = reader.organization_id
    if partner_id is None:
        detail = _("Say for which partner.")
        raise InvalidInput(errors=[{"pointer": "/partner", "code": "required", "detail": detail}])
    return get_object_or_404(queries.partners_managed_by(reader), pk=partner_id)


def read_input(serializer: type[Serializer[Any]], request: Request) -> dict[str, Any]:
    """Return the body's checked values; what is wrong with it is answered with pointers (422)."""
    given = serializer(data=request.data)
    given.is_valid(raise_exception=True)
    return dict(given.validated_data)


def all_of[M: Model](rows: QuerySet[M], serializer: type[Serializer[Any]]) -> Response:
    """Return a short list whole: `{"results": [...]}`, at most 1,000 rows."""
    return Response({"results": serializer(rows[:1000], many=True).data})
