"""Write down who got what: one transaction for one consignment or for a whole day."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q

from common.accounts.readers import Reader
from common.live.actions import publish_many
from couriers.assignment import capacity
from couriers.assignment.eligibility import Offer
from couriers.assignment.models import Assignment, AssignmentRun
from delivery.orders.models import Consignment
from delivery.orders.status import Status
from delivery.tracking import bulk, live

# How long a partner has to answer.
OFFER_LIFE = timedelta(hours=2)
_OPEN = frozenset({Status.READY, Status.OFFERED, Status.ACCEPTED})


@dataclass(frozen=True)
class Pick:
    """A consignment and who is to carry it. address_id, hub_id: as they were read, to see a change meanwhile."""

    consignment_id: UUID
    address_id: UUID
    hub_id: UUID | None
    partner_id: UUID
    auto_accepts: bool
    offer: Offer
    why: dict[str, Any]


@dataclass(frozen=True)
class Given:
    """What became of the picks. changed: somebody changed the consignment meanwhile. full: no place was left."""

    assignments: list[Assignment]
    changed: list[UUID]
    full: list[UUID]


def _sort_out(
    picks: Sequence[Pick], rows: Mapping[UUID, Consignment], day: date, statuses: frozenset[str]
) -> tuple[list[Pick], list[UUID]]:
    good, changed = [], []
    for pick in picks:
        row = rows.get(pick.consignment_id)
        is_same = row and (row.address_id, row.hub_id, row.due_on) == (
            pick.address_id,
            pick.hub_id,
            day,
        )
        if row and is_same and row.status in statuses:
            good.append(pick)
        else:
            changed.append(pick.consignment_id)
    return good, changed


@transaction.atomic
def give(
    *,
    picks: Sequence[Pick],
    day: date,
    now: datetime,
    reader: Reader,
    run: AssignmentRun | None = None,
    statuses: frozenset[str] = frozenset({Status.READY}),
) -> Given:
    """Give each pick to its partner as far as nothing changed meanwhile and places are left; nobody goes over capacity.

    statuses: from which a consignment is taken; one that another partner has is taken from it and its place freed.
    """
    rows = bulk.lock_consignments([pick.consignment_id for pick in picks])
    good, changed = _sort_out(picks, rows, day, statuses & _OPEN)
    ended = capacity.lock_active(
        Q(consignment__in=[p.consignment_id for p in good]) | capacity.of_cancelled(day)
    )
    freed = capacity.places_of(ended)
    counters = capacity.lock_days({*freed, *((p.partner_id, day) for p in good)})
    taken: Counter[capacity.Place] = Counter()
    given, full = [], []
    for pick in good:
        place = (pick.partner_id, day)
        counter = counters[place]
        if counter.taken - freed[place] + taken[place] < counter.capacity:
            taken[place] += 1
            given.append(pick)
        else:
            full.append(pick.consignment_id)
    ended = [a for a in ended if a.consignment_id not in set(full)]
    changes = Counter(taken)
    changes.subtract(capacity.places_of(ended))
    capacity.count(counters, {place: n for place, n in changes.items() if n})
    Assignment.objects.filter(pk__in=[a.pk for a in ended]).update(
        state=Assignment.State.WITHDRAWN, answered_at=now
    )
    assignments = Assignment.objects.bulk_create(_assignment(p, day, now, run) for p in given)
    _move(given, assignments, rows, now=now, reader=reader)
    return Given(assignments, changed, full)


def _assignment(pick: Pick, day: date, now: datetime, run: AssignmentRun | None) -> Assignment:
    state = Assignment.State.ACCEPTED if pick.auto_accepts else Assignment.State.OFFERED
    return Assignment(
        run=run,
        consignment_id=pick.consignment_id,
        partner_id=pick.partner_id,
        area_id=pick.offer.cover.area_id,
        day=day,
        price=pick.offer.quote.total,
        currency=pick.offer.quote.currency,
        state=state,
        why=pick.why,
        made_at=now,
        answer_by=None if pick.auto_accepts else now + OFFER_LIFE,
        answered_at=now if pick.auto_accepts else None,
    )


def _move(
    given: Sequence[Pick],
    assignments: Sequence[Assignment],
    rows: Mapping[UUID, Consignment],
    *,
    now: datetime,
    reader: Reader,
) -> None:
    """Set partner and hub and move the consignments through the funnel; a board hears of what left its hub."""
    taken_back = [p.consignment_id for p in given if rows[p.consignment_id].status != Status.READY]
    if taken_back:
        bulk.move_many(consignment_ids=taken_back, to=Status.READY, now=now, reader=reader)
    with connection.cursor() as cursor:
        cursor.execute(
            """UPDATE delivery_consignment AS c SET partner_id = v.partner_id, hub_id = v.hub_id
               FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[]) AS v (id, partner_id, hub_id) WHERE c.id = v.id""",
            [
                [p.consignment_id for p in given],
                [p.partner_id for p in given],
                [p.offer.cover.hub_id for p in given],
            ],
        )
    data = {
        a.consignment_id: {"assignment": str(a.pk), "partner": str(a.partner_id)}
        for a in assignments
    }
    moved: dict[UUID, Consignment] = {}
    for is_accepted, status in ((False, Status.OFFERED), (True, Status.ACCEPTED)):
        ids = [p.consignment_id for p in given if p.auto_accepts is is_accepted]
        if ids:
            rows_now = bulk.move_many(
                consignment_ids=ids, to=status, now=now, reader=reader, data=data
            )
            moved |= {row.pk: row for row in rows_now}
    publish_many(
        events=[
            (
                live.board_stream(p.hub_id),
                "consignment.changed",
                live.consignment_data(moved[p.consignment_id])
                | {"event": "STATUS", "why": "", "news": {}},
            )
            for p in given
            if p.hub_id and p.hub_id != p.offer.cover.hub_id
        ],
        now=now,
    )
