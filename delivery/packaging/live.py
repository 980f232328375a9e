"""The socket vocabulary of the packing bench: one stream a hub."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from common import clock
from common.accounts.models import Membership, Role
from common.accounts.readers import Reader
from common.live.actions import publish, publish_many, set_gauge
from common.live.models import Gauge
from common.live.queries import is_uuid
from common.live.registry import StreamKind, register
from delivery.hubs.models import Hub
from delivery.orders.models import Consignment
from delivery.orders.status import Status
from delivery.packaging import queries
from delivery.packaging.models import ChecklistStep, PackagingOverride
from delivery.parcels.models import Parcel
from delivery.tracking.models import Approach, TrackingEvent

# What brings a parcel to the bench, takes it away, or changes when it leaves; other moves don't concern packers.
_NEWS = frozenset({Status.READY, Status.LOADED, Status.CANCELLED, Status.RESCHEDULED, Status.LOST})


def bench_stream(hub_id: UUID | None) -> str:
    """Return the name of a hub's bench stream."""
    return f"bench:{hub_id}"


def step_data(step: ChecklistStep) -> dict[str, Any]:
    """Return a step as the bench shows it."""
    return {
        "id": step.pk,
        "position": step.position,
        "title": step.title,
        "help": step.help,
        "icon": step.icon,
        "note": step.note,
        "needs_photo": step.needs_photo,
        "has_photo": bool(step.photo),
        "state": step.state,
        "flaw": step.flaw,
        "flaw_note": step.flaw_note,
        "by": step.done_by_id,
        "at": step.done_at,
    }


def _timing(consignment: Consignment, approach: Approach | None) -> dict[str, Any]:
    return {
        "status": consignment.status,
        "due_on": consignment.due_on,
        "window_start": consignment.window_start,
        "window_end": consignment.window_end,
        "departs_at": approach.departs_at if approach else None,
    }


def parcel_data(parcel: Parcel) -> dict[str, Any]:
    """Return a parcel with its steps as the bench shows it. No recipient: who packs needs no name and no address."""
    consignment = parcel.consignment
    override: PackagingOverride | None = getattr(parcel, "override", None)
    return {
        "id": parcel.pk,
        "code": parcel.code,
        "consignment": consignment.code,
        "merchant": str(consignment.order.merchant),
        "seller": consignment.seller,
        "hub": consignment.hub_id,
        "position": parcel.position,
        "weight_g": parcel.weight_g,
        "length_mm": parcel.length_mm,
        "width_mm": parcel.width_mm,
        "height_mm": parcel.height_mm,
        "is_fragile": parcel.is_fragile,
        "is_cold": parcel.is_cold,
        "min_age": parcel.min_age,
        "packaging": parcel.packaging,
        "items": [
            {"name": i.name, "sku": i.sku, "quantity": i.quantity} for i in parcel.items.all()
        ],
        "steps": [step_data(step) for step in parcel.steps.all()],
        "let_through": {"by": override.by_id, "reason": override.reason} if override else None,
    } | _timing(consignment, getattr(consignment, "approach", None))


def _people(hub: Hub) -> dict[str, str]:
    """Return the names of those who may work at the hub's bench, so that events need ids only."""
    members = Membership.objects.filter(
        organization_id=hub.operator_id,
        is_active=True,
        role__in=(Role.PACKER, Role.DISPATCHER, Role.ADMIN),
    ).select_related("user")
    return {str(m.user_id): m.user.name for m in members}


def bench_data(reader: Reader, hub: Hub, now: datetime) -> dict[str, Any]:
    """Return the whole bench: today's parcels of the hub with their steps, who works there, and on what."""
    working = Gauge.objects.filter(stream=bench_stream(hub.pk)).order_by("tick")
    return {
        "hub": {"id": hub.pk, "code": hub.code, "name": hub.name, "timezone": hub.timezone},
        "day": now.astimezone(ZoneInfo(hub.timezone)).date(),
        "parcels": [parcel_data(p) for p in queries.parcels_at_bench(reader, hub, now)],
        "people": _people(hub),
        "working": [gauge.data | {"at": gauge.at} for gauge in working],
    }


def _snapshot(reader: Reader, identity: str) -> dict[str, Any] | None:
    if not is_uuid(identity):
        return None
    hub = queries.hubs_visible_to(reader).filter(pk=identity).first()
    return bench_data(reader, hub, clock.now()) if hub else None


BENCH = register(
    StreamKind(
        name="bench",
        snapshot=_snapshot,
        allows=lambda reader, identity: (
            queries.hubs_visible_to(reader).filter(pk=identity).exists()
        ),
        events={
            "step.changed": (
                "A step was done, rejected or reopened: parcel, step, state, flaw, has_photo, by, at; and the parcel's "
                "packaging after it."
            ),
            "parcel.changed": (
                "A parcel came, left or has another time: parcel, packaging, status, due_on, window_start, window_end, "
                "departs_at. A screen that does not know it fetches it from GET /api/v1/parcels/{parcel}/; one whose "
                "status is past the bench is taken off."
            ),
        },
    )
)


def tell_step(step: ChecklistStep, parcel: Parcel, hub_id: UUID | None, *, now: datetime) -> None:
    """Tell every bench screen of the hub what a step is now (inside the caller's transaction, last)."""
    if hub_id is None:
        return
    publish(
        stream=bench_stream(hub_id),
        type="step.changed",
        data={
            "parcel": parcel.pk,
            "step": step.pk,
            "state": step.state,
            "flaw": step.flaw,
            "has_photo": bool(step.photo),
            "by": step.done_by_id,
            "at": step.done_at,
            "packaging": parcel.packaging,
        },
        now=now,
    )


def tell_parcels(consignment: Consignment, *, now: datetime) -> None:
    """Tell every bench screen of the hub how a consignment's parcels stand (inside the caller's transaction, last)."""
    if consignment.hub_id is None:
        return
    timing = _timing(consignment, Approach.objects.filter(pk=consignment.pk).first())
    for parcel_id, packaging in consignment.parcels.order_by("position").values_list(
        "pk", "packaging"
    ):
        publish(
            stream=bench_stream(consignment.hub_id),
            type="parcel.changed",
            data={"parcel": parcel_id, "packaging": packaging} | timing,
            now=now,
        )


def tell_many(consignments: Collection[Consignment], *, now: datetime) -> None:
    """Tell the benches how the parcels of many consignments stand, in a handful of statements."""
    at_hub = {c.pk: c for c in consignments if c.hub_id}
    approaches = Approach.objects.in_bulk(list(at_hub))
    rows = Parcel.objects.filter(consignment__in=at_hub).order_by("consignment_id", "position")
    publish_many(
        events=[
            (
                bench_stream(at_hub[consignment_id].hub_id),
                "parcel.changed",
                {"parcel": parcel_id, "packaging": packaging}
                | _timing(at_hub[consignment_id], approaches.get(consignment_id)),
            )
            for parcel_id, packaging, consignment_id in rows.values_list(
                "pk", "packaging", "consignment_id"
            )
        ],
        now=now,
    )


def concerns_bench(event: TrackingEvent) -> bool:
    """Tell whether packers must hear of what happened to a consignment."""
    return event.status_to in _NEWS or event.type == TrackingEvent.Type.WINDOW_CHANGED


def set_working(hub_id: UUID, user_id: UUID, parcel_id: UUID | None, *, at: datetime) -> None:
    """Show on every bench screen of the hub which parcel a packer has before them; None for none."""
    set_gauge(
        stream=bench_stream(hub_id),
        key=f"packer:{user_id}",
        data={"user": user_id, "parcel": parcel_id},
        at=at,
    )
