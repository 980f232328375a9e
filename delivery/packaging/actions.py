"""Checklists: made when a parcel enters, worked through at the bench."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from common.accounts.readers import Reader
from common.errors.domain import DomainError, InvalidInput, NotAllowed, NotFound
from delivery.orders.models import Consignment
from delivery.packaging import live, queries
from delivery.packaging.models import ChecklistRule, ChecklistStep, PackagingOverride
from delivery.packaging.rules import DEFAULT_RULES, HEAVY_G
from delivery.parcels import actions as parcels
from delivery.parcels.models import CustodyScan, Item, Packaging, Parcel
from delivery.tracking import actions as tracking
from delivery.tracking.models import TrackingEvent, Why

if TYPE_CHECKING:
    from django.core.files.base import File

_State = ChecklistStep.State
_Flaw = ChecklistStep.Flaw
_WHY = {_Flaw.DAMAGED: Why.DAMAGED, _Flaw.MISSING: Why.MISSING}


class ParcelHasLeft(DomainError):
    """The parcel is no longer at the bench."""

    code = "parcel_has_left"
    title = _("This parcel has left the bench: its checklist can't be changed any more.")


class PhotoNeeded(DomainError):
    """The step asks for a photo and has none."""

    code = "photo_needed"
    status = 422
    title = _("This step needs a photo. Take one, then it is done.")


class NothingToOverride(DomainError):
    """The parcel has passed: nobody needs to let it through."""

    code = "nothing_to_override"
    title = _("This parcel is packed already. It can be loaded.")


def _wanted(parcel: Parcel, items: list[Item]) -> dict[str, str]:
    """Return which kinds of rule apply to a parcel, each with what its step is about."""
    applies = ChecklistRule.AppliesTo
    fragile = [i for i in items if i.is_fragile]
    cold = [i for i in items if i.is_cold]
    aged = [i for i in items if i.min_age]
    gift = next(
        (i.gift_message for i in items if i.gift_message), parcel.consignment.order.gift_message
    )
    found = {applies.ALL.value: ""}
    if parcel.is_fragile or fragile:
        found[applies.FRAGILE] = _named(fragile)
    if parcel.is_cold or cold:
        found[applies.COLD] = _named(cold)
    if parcel.min_age or aged:
        found[applies.AGE] = _named(aged)
    if parcel.weight_g > HEAVY_G:
        found[applies.HEAVY] = ""
    if gift and (parcel.position == 1 or any(i.gift_message for i in items)):
        found[applies.GIFT] = gift
    return found


def _named(items: list[Item]) -> str:
    return ", ".join(f"{i.quantity} × {i.name}" for i in items)[:280]


@transaction.atomic
def make_checklist(*, parcel: Parcel) -> list[ChecklistStep]:
    """Write the steps this parcel needs, from the rules for everyone and for its merchant.

    Called when a parcel enters. An operator without any rule works by the default ones: unchecked is never the default.
    """
    wanted = _wanted(parcel, list(parcel.items.all()))
    merchant_id = parcel.consignment.order.merchant_id
    rules = list(
        ChecklistRule.objects.filter(Q(merchant=None) | Q(merchant_id=merchant_id)).order_by(
            "position", "pk"
        )
    ) or [rule for rule in DEFAULT_RULES() if not ChecklistRule.objects.exists()]
    return ChecklistStep.objects.bulk_create(
        ChecklistStep(
            parcel=parcel,
            position=position,
            title=rule.title,
            help=rule.help,
            icon=rule.icon,
            needs_photo=rule.needs_photo,
            note=wanted[rule.applies_to],
        )
        for position, rule in enumerate((r for r in rules if r.applies_to in wanted), start=1)
    )


@transaction.atomic
def seed_default_rules() -> int:
    """Write the default rules as rows that an operator can edit; return how many. Does nothing where rules exist."""
    if ChecklistRule.objects.exists():
        return 0
    return len(ChecklistRule.objects.bulk_create(DEFAULT_RULES()))


def _parcel_in_hand(parcel_id: UUID, reader: Reader) -> Parcel:
    """Lock a parcel and its consignment, in the order in which everybody locks them.

    Raises NotFound, NotAllowed for readers who don't pack, ParcelHasLeft.
    """
    if not queries.works_at_bench(reader):
        raise NotAllowed
    consignment = (
        Consignment.objects.select_for_update(of=("self",), no_key=True)
        .filter(parcels=parcel_id)
        .first()
    )
    if consignment is None:
        raise NotFound
    parcel = Parcel.objects.select_for_update(of=("self",), no_key=True).get(pk=parcel_id)
    if consignment.status not in queries.AT_BENCH:
        raise ParcelHasLeft
    parcel.consignment = consignment
    return parcel


def _standing(parcel: Parcel) -> str:
    """Fold a parcel's steps into its packaging state."""
    steps = list(parcel.steps.values_list("state", "done_at"))
    override = PackagingOverride.objects.filter(parcel=parcel).first()
    states = {state for state, _at in steps}
    if states == {_State.DONE}:
        return Packaging.PASSED
    rejected_at = max((at for state, at in steps if at and state == _State.REJECTED), default=None)
    if override and (rejected_at is None or rejected_at <= override.at):
        return Packaging.OVERRIDDEN  # a flaw found later is not what was let through
    if rejected_at is not None:
        return Packaging.REJECTED
    return Packaging.IN_PROGRESS if _State.DONE in states else Packaging.PENDING


def _settle(
    parcel: Parcel,
    *,
    now: datetime,
    reader: Reader,
    why: str = "",
    always: bool = False,
    **news: str,
) -> None:
    """Write a parcel's standing, and its history where it changed."""
    before, parcel.packaging = parcel.packaging, _standing(parcel)
    if before == parcel.packaging and not always:
        return
    parcel.save(update_fields=["packaging"])
    if parcel.packaging == Packaging.PASSED:
        hub = parcel.consignment.hub
        parcels.record_scan(
            parcel=parcel,
            kind=CustodyScan.Kind.PACKED,
            holder_id=hub.operator_id if hub else reader.organization_id,
            occurred_at=now,
            now=now,
            reader=reader,
        )
    tracking.record_progress(
        consignment_id=parcel.consignment_id,
        happening=tracking.Happening(
            occurred_at=now,
            type=TrackingEvent.Type.PACKAGING,
            why=why,
            data={"parcel": str(parcel.pk), "packaging": parcel.packaging, **news},
        ),
        now=now,
        reader=reader,
    )


@transaction.atomic
def _change_step(
    step_id: UUID,
    change: Callable[[ChecklistStep], bool],
    *,
    now: datetime,
    reader: Reader,
    why: str = "",
    always: bool = False,
) -> ChecklistStep:
    """Change one step under its parcel's lock, and tell everyone; a change that is none tells nobody."""
    parcel_id = ChecklistStep.objects.filter(pk=step_id).values_list("parcel_id", flat=True).first()
    if parcel_id is None:
        raise NotFound
    parcel = _parcel_in_hand(parcel_id, reader)
    step = ChecklistStep.objects.get(pk=step_id)
    step.parcel = parcel
    if not change(step):
        return step
    step.save()
    _settle(
        parcel, now=now, reader=reader, why=why, always=always, step=str(step.pk), state=step.state
    )
    live.tell_step(step, parcel, parcel.consignment.hub_id, now=now)
    return step


def complete_step(
    *, step_id: UUID, now: datetime, reader: Reader, photo: "File[bytes] | None" = None
) -> ChecklistStep:
    """Tick a step. Called by the bench. Two ticks are one: the second changes nothing.

    Raises NotFound, NotAllowed, ParcelHasLeft, PhotoNeeded.
    """

    def change(step: ChecklistStep) -> bool:
        if step.state == _State.DONE and photo is None:
            return False
        if step.needs_photo and photo is None and not step.photo:
            raise PhotoNeeded
        if photo is not None:
            step.photo = photo
        step.state, step.flaw, step.flaw_note = _State.DONE, "", ""
        step.done_by_id, step.done_at = reader.user_id, now
        return True

    return _change_step(step_id, change, now=now, reader=reader)


def reject_step(
    *, step_id: UUID, flaw: str, note: str = "", now: datetime, reader: Reader
) -> ChecklistStep:
    """Say that a step can't pass, and why; the hub's dispatchers see it at once. Called by the bench.

    Raises NotFound, NotAllowed, ParcelHasLeft, InvalidInput for a reason that is none of ours.
    """
    if flaw not in _Flaw.values:
        raise InvalidInput(
            errors=[
                {
                    "pointer": "/flaw",
                    "code": "unknown",
                    "detail": str(_("Choose one of the reasons.")),
                }
            ]
        )

    def change(step: ChecklistStep) -> bool:
        if (step.state, step.flaw, step.flaw_note) == (_State.REJECTED, flaw, note):
            return False
        step.state, step.flaw, step.flaw_note = _State.REJECTED, flaw, note
        step.done_by_id, step.done_at = reader.user_id, now
        return True

    return _change_step(
        step_id, change, now=now, reader=reader, why=_WHY.get(_Flaw(flaw), Why.OTHER), always=True
    )


def reopen_step(*, step_id: UUID, now: datetime, reader: Reader) -> ChecklistStep:
    """Take a tick or a rejection back; a photo is kept. Called by the bench's undo.

    Raises NotFound, NotAllowed, ParcelHasLeft.
    """

    def change(step: ChecklistStep) -> bool:
        if step.state == _State.OPEN:
            return False
        step.state, step.flaw, step.flaw_note = _State.OPEN, "", ""
        step.done_by_id, step.done_at = None, None
        return True

    return _change_step(step_id, change, now=now, reader=reader, always=True)


@transaction.atomic
def override(*, parcel_id: UUID, reason: str, now: datetime, reader: Reader) -> Parcel:
    """Let a parcel through whose checklist did not pass, in the reader's name. Called by the bench.

    Raises NotFound, NotAllowed, ParcelHasLeft, NothingToOverride, InvalidInput without a reason.
    """
    if not reason.strip():
        raise InvalidInput(
            errors=[
                {
                    "pointer": "/reason",
                    "code": "required",
                    "detail": str(_("Say why it may go like this.")),
                }
            ]
        )
    parcel = _parcel_in_hand(parcel_id, reader)
    if parcel.packaging == Packaging.PASSED:
        raise NothingToOverride
    said = {"by_id": reader.user_id, "reason": reason.strip()[:280], "at": now}
    PackagingOverride.objects.update_or_create(parcel=parcel, defaults=said)
    _settle(parcel, now=now, reader=reader, always=True)
    live.tell_parcels(parcel.consignment, now=now)
    return parcel


@transaction.atomic
def take_up(*, parcel_id: UUID, now: datetime, reader: Reader) -> None:
    """Show the other screens that the reader has this parcel before them. Called by the bench; changes nothing else.

    Raises NotFound, NotAllowed.
    """
    if not queries.works_at_bench(reader) or reader.user_id is None:
        raise NotAllowed
    hub_id = (
        Parcel.objects.filter(pk=parcel_id).values_list("consignment__hub_id", flat=True).first()
    )
    if hub_id is None:
        raise NotFound
    live.set_working(hub_id, reader.user_id, parcel_id, at=now)
