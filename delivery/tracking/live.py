"""The socket vocabulary of consignments, and what each hub's board hears of them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.gis.geos import Point

from common.accounts.readers import Reader
from common.live.actions import publish, set_gauge
from common.live.queries import is_uuid
from common.live.registry import StreamKind, register
from delivery.orders import queries as orders
from delivery.orders.models import Consignment
from delivery.orders.status import ON_THE_ROAD
from delivery.packaging import live as bench
from delivery.tracking.models import Approach, TrackingEvent


def consignment_stream(consignment_id: UUID) -> str:
    """Return the name of a consignment's stream."""
    return f"consignment:{consignment_id}"


def board_stream(hub_id: UUID) -> str:
    """Return the name of a hub's board stream."""
    return f"board:{hub_id}"


def consignment_data(consignment: Consignment) -> dict[str, Any]:
    """Return what a screen knows of a consignment: no name, no phone, no address."""
    return {
        "id": consignment.pk,
        "code": consignment.code,
        "status": consignment.status,
        "status_at": consignment.status_at,
        "hub": consignment.hub_id,
        "partner": consignment.partner_id,
        "due_on": consignment.due_on,
        "window_start": consignment.window_start,
        "window_end": consignment.window_end,
        "attempts_made": consignment.attempts_made,
        "version": consignment.version,
    }


def approach_data(approach: Approach | None) -> dict[str, Any]:
    """Return how near the courier is, as a recipient's screen shows it."""
    if approach is None:
        return {"eta_at": None, "stops_before": None, "departs_at": None, "courier": None}
    point = approach.courier_point
    return {
        "eta_at": approach.eta_at,
        "stops_before": approach.stops_before,
        "departs_at": approach.departs_at,
        "courier": {"lon": point.x, "lat": point.y, "seen_at": approach.courier_seen_at}
        if point
        else None,
    }


def tell(consignment: Consignment, event: TrackingEvent, *, now: datetime) -> None:
    """Tell the consignment's own screens and its hub's board what happened (inside the caller's transaction)."""
    data = consignment_data(consignment) | {
        "event": event.type,
        "why": event.why,
        "news": event.data,
    }
    publish(
        stream=consignment_stream(consignment.pk), type="consignment.changed", data=data, now=now
    )
    if consignment.hub_id:
        publish(
            stream=board_stream(consignment.hub_id), type="consignment.changed", data=data, now=now
        )
    if bench.concerns_bench(event):
        bench.tell_parcels(consignment, now=now)


def tell_courier(consignment_id: UUID, point: Point | None, seen_at: datetime) -> None:
    """Set where the recipient's page draws the courier; no point takes it off the map."""
    data = (
        {"lon": point.x, "lat": point.y, "seen_at": seen_at}
        if point
        else {"lon": None, "lat": None, "seen_at": seen_at}
    )
    set_gauge(stream=consignment_stream(consignment_id), key="courier", data=data, at=seen_at)


def _snapshot(reader: Reader, identity: str) -> dict[str, Any] | None:
    if not is_uuid(identity):
        return None
    if (
        consignment_stream(UUID(identity)) in reader.scopes
    ):  # a recipient's link is good for exactly this stream
        consignment = Consignment.objects.filter(pk=UUID(identity)).first()
    else:
        consignment = orders.consignments_visible_to(reader).filter(pk=UUID(identity)).first()
    if consignment is None:
        return None
    approach = approach_data(Approach.objects.filter(pk=UUID(identity)).first())
    if consignment.status not in ON_THE_ROAD:
        approach["courier"] = None
    return consignment_data(consignment) | approach


def _allows(reader: Reader, identity: str) -> bool:
    is_own_link = f"consignment:{identity}" in reader.scopes
    return is_own_link or orders.consignments_visible_to(reader).filter(pk=identity).exists()


CONSIGNMENT = register(
    StreamKind(
        name="consignment",
        snapshot=_snapshot,
        allows=_allows,
        events={
            "consignment.changed": "The consignment as it is now: id, code, status, status_at, hub, partner, due_on, window_start, window_end, attempts_made, version; and what happened: event, why, news.",
            "approach.changed": "How near the courier is: eta_at, stops_before, departs_at, courier.",
        },
    )
)

_RECIPIENT_KEYS = (
    "status",
    "status_at",
    "window_start",
    "window_end",
    "eta_at",
    "stops_before",
    "departs_at",
    "courier",
    "lon",
    "lat",
    "seen_at",
)


def for_recipient(frame: dict[str, Any]) -> dict[str, Any]:
    """Return the frame without what is not the recipient's business (hub, partner, codes, reasons)."""
    if "data" not in frame:
        return frame
    return frame | {"data": {k: v for k, v in frame["data"].items() if k in _RECIPIENT_KEYS}}
