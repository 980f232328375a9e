"""Changes to shifts. That nobody is in two places is the database's promise; here it is put into words."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from common.errors.domain import DomainError
from couriers.roster.models import Courier
from couriers.shifts.models import Shift
from couriers.vehicles.models import Vehicle
from delivery.hubs.models import Hub

# Regulation (EC) 561/2006 art. 8 leaves at most 15 h between two daily rests (read 2026-11).
LONGEST_SHIFT = timedelta(hours=15)
SHORTEST_SHIFT = timedelta(minutes=30)


class ShiftOverlaps(DomainError):
    """The courier or the vehicle is taken at this time."""

    code = "shift_overlaps"
    title = _("Somebody is taken at this time")


class ShiftNotPossible(DomainError):
    """The shift breaks a rule of form."""

    code = "shift_not_possible"
    status = 422
    title = _("This shift is not possible")


@dataclass(frozen=True)
class NewShift:
    """A shift to be; aware datetimes, starts_at < ends_at."""

    courier: Courier
    vehicle: Vehicle
    hub: Hub
    starts_at: datetime
    ends_at: datetime


def _check(new: NewShift, now: datetime) -> None:
    if new.ends_at <= new.starts_at:
        raise ShiftNotPossible(_("The shift ends before it starts: swap the two times."))
    if new.ends_at <= now:
        raise ShiftNotPossible(_("This shift would already be over. Choose a later time."))
    length = new.ends_at - new.starts_at
    if not SHORTEST_SHIFT <= length <= LONGEST_SHIFT:
        raise ShiftNotPossible(_("A shift is 30 minutes to 15 hours long."))
    if new.courier.partner_id != new.vehicle.partner_id:
        raise ShiftNotPossible(
            _("%(vehicle)s is not of %(courier)s's partner.")
            % {"vehicle": new.vehicle, "courier": new.courier}
        )
    if new.vehicle.kind != new.courier.rides:
        raise ShiftNotPossible(
            _("%(courier)s does not ride a %(kind)s.")
            % {"courier": new.courier, "kind": new.vehicle.get_kind_display()}
        )
    for one in (new.courier, new.vehicle, new.hub):
        if not one.is_active:
            raise ShiftNotPossible(_("%(one)s is not active any more.") % {"one": one})


def _overlap(new: NewShift) -> ShiftOverlaps:
    """Return the refusal that names who is taken, until when (one query)."""
    zone = ZoneInfo(new.hub.timezone)
    taken = (
        Shift.objects.filter(Q(courier=new.courier) | Q(vehicle=new.vehicle), is_active=True)
        .filter(starts_at__lt=new.ends_at, ends_at__gt=new.starts_at)
        .select_related("courier", "vehicle")
        .first()
    )
    if taken is None:
        return ShiftOverlaps()
    is_courier = taken.courier_id == new.courier.pk
    return ShiftOverlaps(
        _(
            "%(who)s is taken from %(from)s to %(to)s (%(courier)s with %(vehicle)s). Choose another time or somebody else."
        )
        % {
            "who": taken.courier if is_courier else taken.vehicle,
            "from": f"{taken.starts_at.astimezone(zone):%H:%M}",
            "to": f"{taken.ends_at.astimezone(zone):%H:%M}",
            "courier": taken.courier,
            "vehicle": taken.vehicle,
        },
        shift=str(taken.pk),
        taken="courier" if is_courier else "vehicle",
    )


@transaction.atomic
def create_shift(*, new: NewShift, now: datetime) -> Shift:
    """Plan a shift. Called by the operator's and the partner's door.

    Raises ShiftNotPossible for one that breaks a rule of form, ShiftOverlaps when the courier or the vehicle is taken.
    """
    _check(new, now)
    try:
        with transaction.atomic():
            return Shift.objects.create(**vars(new))
    except IntegrityError as error:
        if "_in_one_shift_at_a_time" in str(error):
            raise _overlap(new) from error
        raise


@transaction.atomic
def extend_shift(*, shift: Shift, by: timedelta, now: datetime) -> Shift:
    """Let a shift end later. Called by the operator's and the partner's door.

    Raises ShiftNotPossible for one that is over or would be too long, ShiftOverlaps when courier or vehicle is taken then.
    """
    shift = Shift.objects.select_for_update(of=("self",), no_key=True).get(pk=shift.pk)
    if shift.ended_at is not None or not shift.is_active or shift.ends_at <= now:
        raise ShiftNotPossible(_("This shift is over. Plan another one."))
    later = NewShift(shift.courier, shift.vehicle, shift.hub, shift.ends_at, shift.ends_at + by)
    if later.ends_at - shift.starts_at > LONGEST_SHIFT:
        raise ShiftNotPossible(_("A shift is 30 minutes to 15 hours long."))
    shift.ends_at = later.ends_at
    try:
        with transaction.atomic():
            shift.save(update_fields=["ends_at"])
    except IntegrityError as error:
        if "_in_one_shift_at_a_time" in str(error):
            raise _overlap(later) from error
        raise
    return shift


@transaction.atomic
def end_shift(*, shift: Shift, now: datetime) -> Shift:
    """Take the courier off duty; a shift that has not begun is cancelled. Ending it twice is the same as once.

    Called by the courier's phone and the doors. Frees courier and vehicle from `now` on.
    """
    shift = Shift.objects.select_for_update(of=("self",), no_key=True).get(pk=shift.pk)
    if shift.ended_at is not None or not shift.is_active:
        return shift
    if now <= shift.starts_at:
        shift.is_active = False
    else:
        shift.ended_at = now
        shift.ends_at = min(shift.ends_at, now)
    shift.save(update_fields=["is_active", "ended_at", "ends_at"])
    return shift
