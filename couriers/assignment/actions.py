"""Assignment: a day at once by the optimiser, or one by hand; and the partners' answers."""

import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from common.accounts.readers import NOBODY, Reader
from common.background.queue import jobs
from common.errors.domain import DomainError, NotFound
from couriers.assignment import capacity, reading, reasons
from couriers.assignment.eligibility import Carrier, Offer, Reason, Wanted, offer, offers_for
from couriers.assignment.giving import Pick, give
from couriers.assignment.models import Assignment, AssignmentRun, Unassigned
from couriers.assignment.optimiser import Choice, assign
from couriers.roster.models import Partner
from couriers.shifts.queries import partners_on_duty
from delivery.hubs.models import Hub
from delivery.orders.models import Consignment
from delivery.orders.status import Status
from delivery.tracking import bulk

CARRY_OUT_RUN = "couriers.assignment.tasks.carry_out_run"
_State = Assignment.State


class PartnerCannotCarry(DomainError):
    """A rule of eligibility says no."""

    code = "partner_cannot_carry"
    title = _("This partner can't carry it")


class PartnerIsFull(DomainError):
    """The partner has no place left on this day."""

    code = "partner_is_full"
    title = _(
        "This partner has no place left on this day. Raise its capacity or choose another one."
    )


class NotToBeAssigned(DomainError):
    """The consignment is not at a stage at which it gets a partner."""

    code = "not_to_be_assigned"
    title = _("It can't get another partner at this stage")


class OfferIsGone(DomainError):
    """The offer was answered, withdrawn or not answered in time."""

    code = "offer_is_gone"
    title = _("This offer is not open any more. Load your offers again.")


@dataclass(frozen=True)
class _Answer:
    """What the optimiser says. full: partners without a place after it."""

    picks: list[Pick]
    left_out: dict[UUID, dict[str, Any]]


def start_run(
    *, day: date, hub_ids: Sequence[UUID] = (), reader: Reader = NOBODY, now: datetime
) -> AssignmentRun:
    """Note that a day is to be assigned; `carry_out` does it, here or in the background."""
    return AssignmentRun.objects.create(
        day=day,
        hub_ids=[str(pk) for pk in hub_ids],
        by_id=reader.user_id,
        started_at=now,
        currency=settings.CURRENCY,
    )


def defer_run(*, run: AssignmentRun) -> None:
    """Leave a run to the background; two runs of one day never go at the same time."""
    jobs.configure_task(CARRY_OUT_RUN, queue="default", lock=f"assign-{run.day}").defer(
        run_id=str(run.pk)
    )


def assign_day(
    *, day: date, hub_ids: Sequence[UUID] = (), reader: Reader = NOBODY, now: datetime
) -> AssignmentRun:
    """Give a day's READY consignments, of some hubs or of all, to partners at least cost, nobody over capacity.

    Called by the dispatcher's door and the command. Each consignment gets its why; those without a partner get reasons
    and a way out in the run. What changed while it was worked out is left as it is and counted.
    """
    return carry_out(
        run=start_run(day=day, hub_ids=hub_ids, reader=reader, now=now), reader=reader, now=now
    )


@transaction.atomic
def carry_out(*, run: AssignmentRun, reader: Reader, now: datetime) -> AssignmentRun:
    """Work a run out and write it down. A run that is done stays as it is."""
    run = AssignmentRun.objects.select_for_update(of=("self",), no_key=True).get(pk=run.pk)
    if run.state == AssignmentRun.State.DONE:
        return run
    began = time.perf_counter()
    seen = reading.read_day(run.day, [UUID(pk) for pk in run.hub_ids])
    read = time.perf_counter()
    answer = _work_out(seen)
    solved = time.perf_counter()
    given = give(picks=answer.picks, day=run.day, now=now, reader=reader, run=run)
    for consignment_id in given.full:
        answer.left_out[consignment_id] = {
            "others": [],
            "outside": [],
            "actions": [{"do": "run_again"}],
        }
    Unassigned.objects.bulk_create(
        Unassigned(run=run, consignment_id=pk, why=why) for pk, why in answer.left_out.items()
    )
    run.state, run.finished_at = AssignmentRun.State.DONE, now
    run.assigned, run.unassigned = len(given.assignments), len(answer.left_out)
    run.total_price = sum((a.price for a in given.assignments), start=run.total_price)
    run.figures = {
        "seconds": {
            "read": round(read - began, 3),
            "solve": round(solved - read, 3),
            "write": round(time.perf_counter() - solved, 3),
        },
        "changed_meanwhile": [str(pk) for pk in given.changed],
        "by_partner": dict(Counter(str(a.partner_id) for a in given.assignments)),
        "without_shift": _without_shift(given.assignments, answer.picks, run.day),
    }
    run.save()
    return run


def _work_out(seen: reading.Day) -> _Answer:
    """Return who carries what and why, and why nobody carries the rest (one query for the rest)."""
    possible = {w.id: offers_for(w, seen.carriers) for w in seen.wanted}
    order = list(seen.carriers)
    number = {pk: index for index, pk in enumerate(order)}
    taken = assign(
        priorities=[w.priority for w in seen.wanted],
        capacities=[seen.carriers[pk].free for pk in order],
        choices=[
            Choice(job, number[pk], one.cents)
            for job, wanted in enumerate(seen.wanted)
            for pk, one in possible[wanted.id][0].items()
        ],
    )
    used = Counter(taken.values())
    full = {pk for index, pk in enumerate(order) if used[index] >= seen.carriers[pk].free}
    picks = []
    for job, carrier in taken.items():
        wanted, chosen = seen.wanted[job], order[carrier]
        why = reasons.why_chosen(wanted, chosen, *possible[wanted.id], seen.carriers, full)
        picks.append(_pick(wanted, seen.carriers[chosen], possible[wanted.id][0][chosen], why))
    rest = [w for job, w in enumerate(seen.wanted) if job not in taken]
    near = reading.nearest_areas([w.id for w in rest if w.is_located])
    left_out = {
        w.id: reasons.why_nobody(w, *possible[w.id], seen.carriers, near.get(w.id, []))
        for w in rest
    }
    return _Answer(picks, left_out)


def _pick(wanted: Wanted, carrier: Carrier, chosen: Offer, why: dict[str, Any]) -> Pick:
    return Pick(
        consignment_id=wanted.id,
        address_id=wanted.address_id,
        hub_id=wanted.hub_id,
        partner_id=carrier.id,
        auto_accepts=carrier.auto_accepts,
        offer=chosen,
        why=why,
    )


def _without_shift(
    assignments: Iterable[Assignment], picks: Iterable[Pick], day: date
) -> list[dict[str, Any]]:
    """Return the partners that got consignments but have nobody on duty at the hub on this day."""
    given = {a.consignment_id for a in assignments}
    counts = Counter(
        (p.partner_id, p.offer.cover.hub_id) for p in picks if p.consignment_id in given
    )
    hubs = list(Hub.objects.filter(pk__in={hub for _partner, hub in counts}))
    on_duty = partners_on_duty(hubs, day)
    return [
        {"partner": str(partner), "hub": str(hub), "consignments": n}
        for (partner, hub), n in sorted(counts.items())
        if (partner, hub) not in on_duty
    ]


@transaction.atomic
def assign_one(
    *, consignment_id: UUID, partner: Partner, now: datetime, reader: Reader = NOBODY
) -> Assignment:
    """Give one consignment to the partner a dispatcher chose; one that another partner has is taken from it.

    Called by the dispatcher's door. Price and area are checked as in a run; only the cost is the dispatcher's choice.
    Raises NotFound, NotToBeAssigned from PLANNED on, PartnerCannotCarry with the reason, PartnerIsFull.
    """
    row = Consignment.objects.filter(pk=consignment_id).first()
    if row is None:
        raise NotFound
    if row.status not in {Status.READY, Status.OFFERED, Status.ACCEPTED}:
        raise NotToBeAssigned(
            _("It is “%(status)s”. Take it off its route first.")
            % {"status": row.get_status_display()},
            status_now=row.status,
        )
    seen = reading.read_one(consignment_id, row.due_on)
    wanted, carrier = seen.wanted[0], seen.carriers[partner.pk]
    chosen = offer(wanted, carrier, by_hand=True)
    if isinstance(chosen, Reason):
        entry = {"code": chosen.code.value, **chosen.figures}
        raise PartnerCannotCarry(reasons.sentence(entry, carrier.name), reason=chosen.code.value)
    offers, refusals = offers_for(wanted, seen.carriers)
    refusals.pop(carrier.id, None)
    full = {pk for pk, one in seen.carriers.items() if one.free == 0}
    why = reasons.why_chosen(
        wanted, carrier.id, {**offers, carrier.id: chosen}, refusals, seen.carriers, full
    )
    why["chosen"]["by_hand"] = True
    given = give(
        picks=[_pick(wanted, carrier, chosen, why)],
        day=row.due_on,
        now=now,
        reader=reader,
        statuses=frozenset({Status.READY, Status.OFFERED, Status.ACCEPTED}),
    )
    if given.full:
        raise PartnerIsFull
    if given.changed:
        raise NotToBeAssigned(_("Somebody changed it a moment ago. Look at it again."))
    return given.assignments[0]


@transaction.atomic
def withdraw(*, consignment_id: UUID, now: datetime, reader: Reader = NOBODY) -> Consignment:
    """Take a consignment back from its partner, so that it is to be assigned again. Called by the dispatcher's door.

    Raises NotFound, NotToBeAssigned once it is planned.
    """
    row = bulk.lock_consignments([consignment_id]).get(consignment_id)
    if row is None:
        raise NotFound
    if row.status not in {Status.OFFERED, Status.ACCEPTED}:
        raise NotToBeAssigned
    active = capacity.lock_active(Q(consignment_id=consignment_id))
    _take_back(active, _State.WITHDRAWN, now=now, reader=reader)
    row.refresh_from_db()
    return row


@transaction.atomic
def accept_offers(
    *, partner: Partner, offer_ids: Sequence[UUID] | None, now: datetime, reader: Reader
) -> list[Assignment]:
    """Accept open offers, or with None all of them. Called by the partner's manager.

    An offer that was accepted already counts as accepted. Raises OfferIsGone when one is not open any more;
    then none is changed.
    """
    offers = _lock_offers(partner, offer_ids, allowed=(_State.ACCEPTED,), now=now)
    if offers:
        _answer(offers, _State.ACCEPTED, now=now)
        bulk.move_many(
            consignment_ids=[a.consignment_id for a in offers],
            to=Status.ACCEPTED,
            now=now,
            reader=reader,
        )
    return offers


@transaction.atomic
def decline_offers(
    *,
    partner: Partner,
    offer_ids: Sequence[UUID] | None,
    reason: str,
    now: datetime,
    reader: Reader,
) -> list[Assignment]:
    """Decline open offers, or with None all: the consignments are to be assigned again and the places are free.

    Called by the partner's manager. Raises OfferIsGone when one is not open any more; then none is changed.
    """
    offers = _lock_offers(partner, offer_ids, allowed=(_State.DECLINED,), now=now)
    Assignment.objects.filter(pk__in=[a.pk for a in offers]).update(decline_reason=reason)
    _take_back(offers, _State.DECLINED, now=now, reader=reader)
    return offers


@transaction.atomic
def expire_offers(*, now: datetime) -> int:
    """Take back offers that were not answered in time, and return how many. Called every minute."""
    due = Assignment.objects.filter(state=_State.OFFERED, answer_by__lte=now)
    consignment_ids = list(due.values_list("consignment_id", flat=True)[:1000])
    bulk.lock_consignments(consignment_ids)
    offers = capacity.lock_active(
        Q(consignment__in=consignment_ids, state=_State.OFFERED, answer_by__lte=now)
    )
    _take_back(offers, _State.EXPIRED, now=now, reader=NOBODY)
    return len(offers)


@transaction.atomic
def release_cancelled(*, now: datetime) -> int:
    """Give back the places of consignments that their merchants cancelled, and return how many. Called every minute.

    The merchant's door can't do it: it knows no partners. A run and a hand choice count such places as free already.
    """
    held = Assignment.objects.filter(state__in=reading.ACTIVE, consignment__status=Status.CANCELLED)
    consignment_ids = list(held.values_list("consignment_id", flat=True)[:1000])
    bulk.lock_consignments(consignment_ids)
    ended = capacity.lock_active(
        Q(consignment__in=consignment_ids, consignment__status=Status.CANCELLED)
    )
    _take_back(ended, _State.WITHDRAWN, now=now, reader=NOBODY)
    return len(ended)


def _lock_offers(
    partner: Partner, offer_ids: Sequence[UUID] | None, *, allowed: tuple[str, ...], now: datetime
) -> list[Assignment]:
    """Lock the consignments, then the offers; return the open ones. Answered as `allowed` before: passed over."""
    mine = Assignment.objects.filter(partner=partner)
    wanted = (
        mine.filter(state=_State.OFFERED) if offer_ids is None else mine.filter(pk__in=offer_ids)
    )
    found = list(wanted.values_list("pk", "consignment_id"))
    if offer_ids is not None and len(found) != len(set(offer_ids)):
        raise NotFound
    bulk.lock_consignments([consignment for _offer, consignment in found])
    rows = list(
        Assignment.objects.select_for_update(of=("self",), no_key=True)
        .filter(pk__in=[pk for pk, _consignment in found])
        .select_related("consignment")
        .order_by("pk")
    )
    offers = [
        a
        for a in rows
        if a.state == _State.OFFERED
        and a.consignment.status == Status.OFFERED
        and (a.answer_by is None or a.answer_by > now)
    ]
    gone = [a for a in rows if a not in offers and a.state not in allowed]
    if gone and offer_ids is not None:
        raise OfferIsGone(offers=[str(a.pk) for a in gone])
    return offers


def _answer(assignments: Iterable[Assignment], state: str, *, now: datetime) -> None:
    for assignment in assignments:
        assignment.state, assignment.answered_at = state, now
    Assignment.objects.filter(pk__in=[a.pk for a in assignments]).update(
        state=state, answered_at=now
    )


def _take_back(
    assignments: Sequence[Assignment], state: str, *, now: datetime, reader: Reader
) -> None:
    """End locked assignments: free their places, clear the partner and make the consignments READY again."""
    if not assignments:
        return
    freed = capacity.places_of(assignments)
    counters = capacity.lock_days(freed)
    capacity.count(counters, {place: -n for place, n in freed.items()})
    _answer(assignments, state, now=now)
    ids = [a.consignment_id for a in assignments]
    rows = Consignment.objects.filter(pk__in=ids, status__in=[Status.OFFERED, Status.ACCEPTED])
    open_ids = list(rows.values_list("pk", flat=True))
    rows.update(partner=None)
    news: Mapping[UUID, dict[str, Any]] = {
        a.consignment_id: {
            "assignment": str(a.pk),
            "partner": str(a.partner_id),
            "answer": str(state),
        }
        for a in assignments
    }
    bulk.move_many(consignment_ids=open_ids, to=Status.READY, now=now, reader=reader, data=news)
