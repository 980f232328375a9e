"""Nobody is in two places: the database promises it, the refusal names who and when."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from couriers.shifts.actions import (
    NewShift,
    ShiftNotPossible,
    ShiftOverlaps,
    create_shift,
    end_shift,
    extend_shift,
)
from couriers.shifts.models import Shift
from couriers.vehicles.models import Vehicle
from tests import world as worlds
from tests.world import NOW, World


def new(world: World, **changes: Any) -> NewShift:
    """Return a shift of Ana from 18:00 to 20:00 in Helsinki, after the world's own (09:00 to 17:00)."""
    fields: dict[str, Any] = {
        "courier": world.ana,
        "vehicle": Vehicle.objects.get(name="Ana's bicycle"),
        "hub": world.hub,
        "starts_at": NOW + timedelta(hours=10),
        "ends_at": NOW + timedelta(hours=12),
    }
    return NewShift(**(fields | changes))


def test_a_shift_after_another_is_planned(world: World) -> None:
    # The world's shift ends at 17:00 sharp: one that begins then touches it and does not overlap.
    shift = create_shift(new=new(world, starts_at=NOW + timedelta(hours=9)), now=NOW)

    assert shift.is_active


def test_a_courier_who_is_taken_is_named_with_the_time(world: World) -> None:
    other = Vehicle.objects.create(
        partner=world.azul, kind="BICYCLE", name="Spare bicycle", capacity_g=1, capacity_ml=1
    )
    with pytest.raises(ShiftOverlaps) as refusal:
        create_shift(new=new(world, vehicle=other, starts_at=NOW + timedelta(hours=8)), now=NOW)

    assert "Ana is taken from 09:00 to 17:00" in str(refusal.value.message)
    assert refusal.value.extra["taken"] == "courier"


def test_a_vehicle_that_is_taken_is_named(world: World) -> None:
    world.aino.rides = "BICYCLE"
    world.aino.save()
    Shift.objects.filter(courier=world.aino).delete()

    with pytest.raises(ShiftOverlaps, match="Ana's bicycle is taken from 09:00 to 17:00"):
        create_shift(
            new=new(world, courier=world.aino, starts_at=NOW + timedelta(hours=8)), now=NOW
        )


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"starts_at": NOW + timedelta(hours=13)}, "ends before it starts"),
        (
            {"starts_at": NOW - timedelta(hours=3), "ends_at": NOW - timedelta(hours=1)},
            "already be over",
        ),
        ({"ends_at": NOW + timedelta(hours=26)}, "30 minutes to 15 hours"),
    ],
)
def test_a_shift_that_breaks_a_rule_is_refused(
    world: World, changes: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(ShiftNotPossible, match=sentence):
        create_shift(new=new(world, **changes), now=NOW)


def test_another_partners_vehicle_and_a_wrong_kind_are_refused(world: World) -> None:
    with pytest.raises(ShiftNotPossible, match="is not of Ana's partner"):
        create_shift(new=new(world, vehicle=Vehicle.objects.get(name="Vesa's van")), now=NOW)
    with pytest.raises(ShiftNotPossible, match="Ana does not ride a Van"):
        create_shift(new=new(world, vehicle=Vehicle.objects.get(name="Aino's van")), now=NOW)


def test_a_shift_that_ended_frees_the_courier_and_ending_it_twice_changes_nothing(
    world: World,
) -> None:
    shift = Shift.objects.get(courier=world.ana)
    at_noon = NOW + timedelta(hours=4)
    ended = end_shift(shift=shift, now=at_noon)
    again = end_shift(shift=shift, now=at_noon + timedelta(hours=1))

    assert (ended.ended_at, ended.ends_at) == (at_noon, at_noon)
    assert (again.ended_at, again.ends_at) == (at_noon, at_noon)
    assert create_shift(new=new(world, starts_at=NOW + timedelta(hours=5)), now=at_noon).is_active


def test_a_shift_that_has_not_begun_is_cancelled(world: World) -> None:
    ended = end_shift(shift=Shift.objects.get(courier=world.ana), now=NOW)

    assert not ended.is_active


@pytest.mark.django_db(transaction=True)
def test_of_twelve_dispatchers_who_plan_the_same_courier_at_once_exactly_one_succeeds() -> None:
    world = worlds.build()
    wanted = [
        new(
            world,
            starts_at=NOW + timedelta(hours=10, minutes=i),
            ends_at=NOW + timedelta(hours=12, minutes=i),
        )
        for i in range(12)
    ]

    def plan(one: NewShift) -> str:
        try:
            create_shift(new=one, now=NOW)
        except ShiftOverlaps as refusal:
            return str(refusal.message)
        finally:
            connection.close()
        return "planned"

    with ThreadPoolExecutor(12) as threads:
        outcomes = list(threads.map(plan, wanted))

    assert outcomes.count("planned") == 1
    assert sum("Ana is taken" in outcome for outcome in outcomes) == 11
    assert (
        Shift.objects.filter(courier=world.ana, starts_at__gt=NOW + timedelta(hours=9)).count() == 1
    )


def test_a_shift_ends_later(world: World) -> None:
    shift = world.ana.shifts.get()
    before = shift.ends_at

    extended = extend_shift(shift=shift, by=timedelta(minutes=40), now=NOW)

    shift.refresh_from_db()
    assert extended.ends_at == shift.ends_at == before + timedelta(minutes=40)


def test_a_shift_is_not_extended_into_the_next_one(world: World) -> None:
    # Ana's next shift begins at 18:00, an hour after this one ends.
    create_shift(new=new(world), now=NOW)
    shift = world.ana.shifts.order_by("starts_at").first()
    assert shift is not None
    with pytest.raises(ShiftOverlaps, match="Ana is taken from 18:00 to 20:00"):
        extend_shift(shift=shift, by=timedelta(minutes=61), now=NOW)
    assert (
        extend_shift(shift=shift, by=timedelta(minutes=60), now=NOW).ends_at == new(world).starts_at
    )


def test_a_shift_is_not_extended_beyond_a_days_work_or_after_its_end(world: World) -> None:
    shift = world.ana.shifts.get()
    # 09:00 to 17:00 are eight hours; seven more are fifteen.
    with pytest.raises(ShiftNotPossible, match="15 hours"):
        extend_shift(shift=shift, by=timedelta(hours=7, minutes=1), now=NOW)
    end_shift(shift=shift, now=NOW + timedelta(hours=2))
    with pytest.raises(ShiftNotPossible, match="over"):
        extend_shift(shift=shift, by=timedelta(minutes=5), now=NOW + timedelta(hours=2))
