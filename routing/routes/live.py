"""The socket vocabulary of routes: the courier's phone, one route, and what the board hears of routes."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from common.accounts.readers import Reader
from common.live.actions import publish, publish_many
from common.live.queries import is_uuid
from common.live.registry import StreamKind, register
from couriers.models import Courier
from delivery.tracking.live import board_stream
from routing.routes import board, queries
from routing.routes.models import Route


def courier_stream(courier_id: UUID) -> str:
    """Return the name of a courier's inbox."""
    return f"courier:{courier_id}"


def route_stream(route_id: UUID) -> str:
    """Return the name of a route's stream."""
    return f"route:{route_id}"


def tell_manifests(
    courier_ids: Iterable[UUID],
    *,
    why: str,
    now: datetime,
    changes: Mapping[UUID, Mapping[str, int]] | None = None,
) -> None:
    """Tell couriers' phones that their list changed, so that they load it again. changes: in numbers, where known."""
    events: list[tuple[str, str, dict[str, Any]]] = [
        (
            courier_stream(c),
            "manifest.changed",
            {"courier": c, "why": why} | ({"change": changes[c]} if changes else {}),
        )
        for c in sorted(courier_ids)
    ]
    publish_many(events=events, now=now)


def tell_routes(routes: Iterable[Route], *, now: datetime) -> None:
    """Tell the boards and the routes' own screens how these routes are now, with their stops."""
    told: list[tuple[str, str, dict[str, Any]]] = []
    for data, hub_id in queries.routes_data([r.pk for r in routes]):
        told.append((route_stream(data["id"]), "route.changed", data))
        told.append((board_stream(hub_id), "route.changed", data))
    publish_many(events=told, now=now)


def tell_progress(route: Route, data: dict[str, Any], *, hub_id: UUID, now: datetime) -> None:
    """Tell the board and the route's screens how far it is and how late it will be."""
    publish(stream=route_stream(route.pk), type="route.progress", data=data, now=now)
    publish(stream=board_stream(hub_id), type="route.progress", data=data, now=now)


def _courier_snapshot(reader: Reader, identity: str) -> dict[str, Any] | None:
    if not is_uuid(identity):
        return None
    courier = Courier.objects.filter(pk=identity).first()
    if courier is None or not queries.is_this_courier(reader, courier):
        return None
    return {"courier": courier.pk, "manifest": queries.manifest_mark(courier)}


def _route_snapshot(reader: Reader, identity: str) -> dict[str, Any] | None:
    if not is_uuid(identity):
        return None
    route = queries.routes_visible_to(reader).filter(pk=identity).first()
    return None if route is None else queries.routes_data([route.pk])[0][0]


COURIER = register(
    StreamKind(
        name="courier",
        snapshot=_courier_snapshot,
        events={
            "manifest.changed": (
                "The courier's list changed (why: published, moved, window, cancelled, progress): load "
                "/api/v1/couriers/me/manifest/ again. The snapshot's `manifest` is the list's ETag. A newly published plan "
                "is told only to couriers whose list it changes, with `change`: consignments added, removed, moved (another "
                "order), retimed (another time only)."
            ),
        },
    )
)
_ROUTE_PROGRESS = (
    "How far a route is: route, state, version, done, total, late_s (seconds behind its plan), next_eta, at_risk (ids "
    "of stops expected after their window), stops ({stop id: {state, eta_at}})."
)
_ROUTE_CHANGED = (
    "The route as it is now, with its stops in order; it takes the place of what the screen had."
)
ROUTE = register(
    StreamKind(
        name="route",
        snapshot=_route_snapshot,
        events={"route.changed": _ROUTE_CHANGED, "route.progress": _ROUTE_PROGRESS},
    )
)


def _board_snapshot(reader: Reader, identity: str) -> dict[str, Any] | None:
    return board.board_of_today(reader, identity) if is_uuid(identity) else None


BOARD = register(
    StreamKind(
        name="board",
        snapshot=_board_snapshot,
        events={
            "consignment.changed": (
                "One consignment as it is now: id, code, status, status_at, hub, partner, due_on, window_start, "
                "window_end, attempts_made, version; and what happened: event, why, news."
            ),
            "consignments.changed": "Many consignments moved at once: consignments, each with id, status, status_at, hub, partner, version.",
            "plan.changed": (
                "A plan as it is now (as on its own stream). When it becomes PUBLISHED, the board's routes are to be "
                "fetched again."
            ),
            "plan.progress": "How far a plan's search is: id and progress.",
            "route.changed": _ROUTE_CHANGED,
            "route.progress": _ROUTE_PROGRESS,
        },
    )
)
