"""What the pages of the plans room share: whose they are, and in whose time they speak."""

from datetime import date
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from common.accounts.readers import Reader
from delivery.hubs.models import Hub
from routing.routes.board import hubs_on_board
from web.dispatch.doors import dispatching_reader


def hub_of(request: HttpRequest, code: str) -> tuple[Reader, Hub]:
    """Return the dispatcher and the hub; raise PermissionDenied or Http404."""
    reader = dispatching_reader(request)
    # Compared here: what somebody types into an address may be no text for the database.
    hub = next((one for one in hubs_on_board(reader) if one.code == code), None)
    if hub is None:
        raise Http404
    return reader, hub


def page(request: HttpRequest, template: str, hub: Hub, context: dict[str, Any]) -> HttpResponse:
    """Render a page in the hub's time, never kept by the browser."""
    with timezone.override(hub.timezone):
        response = render(request, template, context)
    response["Cache-Control"] = "no-store"
    return response


def setup_of(hub: Hub, day: date) -> dict[str, Any]:
    """Return what the scripts of the room know of its hub and day."""
    return {
        "hub": str(hub.pk),
        "code": hub.code,
        "zone": hub.timezone,
        "day": day.isoformat(),
        "currency": settings.CURRENCY,
        "lon": hub.point.x,
        "lat": hub.point.y,
        "name": hub.name,
    }
