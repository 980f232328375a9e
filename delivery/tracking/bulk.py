"""The funnel for many consignments at once: the same table of moves, the same events, a handful of statements.

A plan of 2,000 consignments is published in one transaction; one by one that would be some 40,000 statements.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Greatest
from django.utils.translation import gettext as _

from common.accounts.readers import NOBODY, Reader
from common.live.actions import publish_many
from delivery.orders.models import Consignment
from delivery.orders.status import Status, is_allowed
from delivery.packaging import live as bench
from delivery.tracking import live
from delivery.tracking.actions import ETA_MOVE_WORTH_TELLING, IllegalMove, check_packed
from delivery.tracking.models import Approach, TrackingEvent


def lock_consignments(ids: Collection[UUID]) -> dict[UUID, Consignment]:
    """Lock consignments in the order of their ids, so that two changes of many never wait for each other in a ring."""
    rows = (
        Consignment.objects.select_for_update(of=("self",), no_key=True)
        .filter(pk__in=ids)
        .order_by("pk")
    )
    return {row.pk: row for row in rows}


@transaction.atomic
def move_many(
    *,
    consignment_ids: Collection[UUID],
    to: str,
    now: datetime,
    reader: Reader = NOBODY,
    data: Mapping[UUID, dict[str, Any]] | None = None,
) -> list[Consignment]:
    """Move many consignments to one status, each with its event; those that are there already stay as they are.

    Called by routing when a plan is published or replaced. `data`: what each event keeps (ids and figures).
    Raises IllegalMove, naming the first ones, when the table of moves does not allow it for some, and NotPackedYet
    when one of them can't be loaded yet; then none is moved.
    """
    locked = lock_consignments(consignment_ids)
    moving = [c for c in locked.values() if c.status != to]
    stuck = [c for c in moving if not is_allowed(c.status, to)]
    if stuck:
        raise IllegalMove(
            _("%(count)d of them can't become “%(wanted)s” any more, the first is %(code)s.")
            % {"count": len(stuck), "wanted": Status(to).label, "code": stuck[0].code},
            consignments=[c.code for c in stuck[:20]],
        )
    if to == Status.LOADED:
        for consignment in moving:
            check_packed(consignment)
    events = [
        TrackingEvent(
            consignment=c,
            seq=c.last_seq + 1,
            type=TrackingEvent.Type.STATUS,
            status_from=c.status,
            status_to=to,
            organization_id=reader.organization_id,
            user_id=reader.user_id,
            occurred_at=now,
            received_at=now,
            data=(data or {}).get(c.pk, {}),
        )
        for c in moving
    ]
    TrackingEvent.objects.bulk_create(events)
    Consignment.objects.filter(pk__in=[c.pk for c in moving]).update(
        status=to,
        status_at=Greatest("status_at", now),
        last_seq=F("last_seq") + 1,
        version=F("version") + 1,
    )
    for c in moving:
        c.status, c.status_at, c.last_seq, c.version = (
            to,
            max(c.status_at, now),
            c.last_seq + 1,
            c.version + 1,
        )
    _tell(moving, events, now)
    bench.tell_many(
        [c for c, e in zip(moving, events, strict=True) if bench.concerns_bench(e)], now=now
    )
    return moving


def _tell(moved: Sequence[Consignment], events: Sequence[TrackingEvent], now: datetime) -> None:
    """Tell each consignment's screens; a board hears once of all of them, not 2,000 times."""
    told: list[tuple[str, str, dict[str, Any]]] = []
    boards: dict[UUID, list[dict[str, Any]]] = {}
    for consignment, event in zip(moved, events, strict=True):
        data = live.consignment_data(consignment)
        told.append(
            (
                live.consignment_stream(consignment.pk),
                "consignment.changed",
                data | {"event": event.type, "why": "", "news": event.data},
            )
        )
        if consignment.hub_id:
            boards.setdefault(consignment.hub_id, []).append(
                {
                    name: data[name]
                    for name in ("id", "status", "status_at", "hub", "partner", "version")
                }
            )
    publish_many(events=told, now=now)
    publish_many(
        events=[
            (live.board_stream(hub), "consignments.changed", {"consignments": rows})
            for hub, rows in boards.items()
        ],
        now=now,
    )


@dataclass(frozen=True)
class Nearness:
    """What routing knows of one consignment's arrival; None leaves what was known.

    eta_at: expected start of service. stops_before: stops between the courier and this one. departs_at: when the route leaves.
    """

    consignment_id: UUID
    eta_at: datetime | None = None
    stops_before: int | None = None
    departs_at: datetime | None = None
    courier_alias: str | None = None
    vehicle_kind: str | None = None


_FIELDS = ("eta_at", "stops_before", "departs_at", "courier_alias", "vehicle_kind")


@transaction.atomic
def tell_approaches(*, news: Sequence[Nearness], now: datetime) -> int:
    """Keep how near the courier is to many recipients at once, and tell those for whom it changed; return how many.

    As `actions.tell_approach`: an ETA that moved by ETA_MOVE_WORTH_TELLING since it was told goes into the history.
    The first ETA is part of the move that brought it, so it makes no event of its own.
    """
    consignments = lock_consignments([n.consignment_id for n in news])
    known = {
        a.pk: a
        for a in Approach.objects.select_for_update(no_key=True)
        .filter(pk__in=consignments)
        .order_by("pk")
    }
    changed, moved, retimed = [], [], []
    for one in news:
        if one.consignment_id not in consignments:
            continue
        approach = known.get(one.consignment_id) or Approach(consignment_id=one.consignment_id)
        before = {name: getattr(approach, name) for name in _FIELDS}
        for name in _FIELDS:
            if getattr(one, name) is not None:
                setattr(approach, name, getattr(one, name))
        if one.consignment_id in known and before == {
            name: getattr(approach, name) for name in _FIELDS
        }:
            continue
        changed.append(approach)
        if before["departs_at"] != approach.departs_at:
            retimed.append(consignments[one.consignment_id])
        if one.eta_at is not None and _is_news(approach.eta_told_at, one.eta_at):
            if approach.eta_told_at is not None:
                moved.append((consignments[one.consignment_id], one.eta_at))
            approach.eta_told_at = one.eta_at
    Approach.objects.bulk_create(
        changed,
        update_conflicts=True,
        unique_fields=["consignment"],
        update_fields=[*_FIELDS, "eta_told_at"],
    )
    _record_etas(moved, now)
    publish_many(
        events=[
            (live.consignment_stream(a.pk), "approach.changed", live.approach_data(a))
            for a in changed
        ],
        now=now,
    )
    bench.tell_many(retimed, now=now)
    return len(changed)


def _is_news(told_at: datetime | None, eta_at: datetime) -> bool:
    return told_at is None or abs(eta_at - told_at) >= ETA_MOVE_WORTH_TELLING


def _record_etas(moved: Sequence[tuple[Consignment, datetime]], now: datetime) -> None:
    events = []
    for consignment, eta_at in moved:
        consignment.last_seq += 1
        consignment.version += 1
        events.append(
            TrackingEvent(
                consignment=consignment,
                seq=consignment.last_seq,
                type=TrackingEvent.Type.ETA_MOVED,
                occurred_at=now,
                received_at=now,
                data={"eta_at": eta_at.isoformat()},
            )
        )
    TrackingEvent.objects.bulk_create(events)
    Consignment.objects.bulk_update([c for c, _eta in moved], ["last_seq", "version"])
    publish_many(
        events=[
            (
                live.consignment_stream(c.pk),
                "consignment.changed",
                live.consignment_data(c) | {"event": e.type, "why": "", "news": e.data},
            )
            for (c, _eta), e in zip(moved, events, strict=True)
        ],
        now=now,
    )


@transaction.atomic
def forget_approaches(*, consignment_ids: Collection[UUID], now: datetime) -> None:
    """Forget how near the courier is to consignments that are on no route any more, and tell their screens."""
    known = list(
        Approach.objects.select_for_update(of=("self",), no_key=True)
        .select_related("consignment")
        .filter(pk__in=consignment_ids)
        .order_by("pk")
    )
    retimed = [a.consignment for a in known if a.departs_at]
    for approach in known:
        approach.eta_at = approach.eta_told_at = approach.departs_at = None
        approach.stops_before = approach.courier_point = approach.courier_seen_at = None
        approach.courier_alias = approach.vehicle_kind = ""
    Approach.objects.bulk_update(
        known,
        [
            "eta_at",
            "eta_told_at",
            "departs_at",
            "stops_before",
            "courier_point",
            "courier_seen_at",
            "courier_alias",
            "vehicle_kind",
        ],
    )
    publish_many(
        events=[
            (live.consignment_stream(a.pk), "approach.changed", live.approach_data(a))
            for a in known
        ],
        now=now,
    )
    bench.tell_many(retimed, now=now)
