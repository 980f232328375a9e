"""A checklist is worked through: what each change does, tells and refuses."""

import threading
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.base import ContentFile
from django.db import connection

from common.accounts.readers import Reader
from common.errors.domain import InvalidInput, NotAllowed, NotFound
from common.live.models import LiveEvent
from delivery.models import ChecklistStep, CustodyScan, Parcel, TrackingEvent
from delivery.packaging import actions, queries
from delivery.packaging.live import bench_stream
from delivery.tracking import actions as tracking
from tests.world import NOW, World


def told(world: World) -> list[str]:
    return list(
        LiveEvent.objects.filter(stream=bench_stream(world.hub.pk))
        .order_by("seq")
        .values_list("type", flat=True)
    )


def tick(world: World, step: ChecklistStep, at: int = 0) -> ChecklistStep:
    return actions.complete_step(
        step_id=step.pk, now=NOW + timedelta(minutes=at), reader=world.reader(world.packer)
    )


def test_the_last_tick_passes_the_parcel_and_writes_who_has_it(
    world: World, parcel: Parcel
) -> None:
    first, last = parcel.steps.all()
    tick(world, first)
    parcel.refresh_from_db()
    assert (parcel.packaging, queries.is_loadable(parcel)) == ("IN_PROGRESS", False)
    tick(world, last, 1)
    parcel.refresh_from_db()
    assert (parcel.packaging, queries.is_loadable(parcel)) == ("PASSED", True)
    assert parcel.holder == world.operator
    scan = CustodyScan.objects.get(parcel=parcel)
    assert (scan.kind, scan.by, scan.occurred_at) == (
        "PACKED",
        world.packer,
        NOW + timedelta(minutes=1),
    )
    history = TrackingEvent.objects.filter(
        consignment=parcel.consignment, type="PACKAGING"
    ).order_by("seq")
    assert [event.data["packaging"] for event in history] == ["IN_PROGRESS", "PASSED"]


def test_a_second_tick_changes_nothing_and_tells_nobody(world: World, parcel: Parcel) -> None:
    step = parcel.steps.first()
    tick(world, step)
    before = told(world)
    again = actions.complete_step(
        step_id=step.pk, now=NOW + timedelta(hours=1), reader=world.reader(world.dispatcher)
    )
    assert (again.done_by, again.done_at) == (world.packer, NOW)
    assert told(world) == before == ["step.changed"]


@pytest.mark.django_db(transaction=True)
def test_of_two_packers_who_tick_at_once_one_has_an_effect(world: World, parcel: Parcel) -> None:
    step = parcel.steps.first()
    readers = [world.reader(world.packer), world.reader(world.dispatcher)] * 4
    gate = threading.Barrier(len(readers))
    failures: list[BaseException] = []

    def press(reader: Reader) -> None:
        try:
            gate.wait()
            actions.complete_step(step_id=step.pk, now=NOW, reader=reader)
        except BaseException as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=press, args=[reader]) for reader in readers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert told(world) == ["step.changed"]
    assert (
        TrackingEvent.objects.filter(consignment=parcel.consignment, type="PACKAGING").count() == 1
    )


def test_a_tick_can_be_taken_back(world: World, parcel: Parcel) -> None:
    step = parcel.steps.first()
    tick(world, step)
    actions.reopen_step(step_id=step.pk, now=NOW, reader=world.reader(world.packer))
    step.refresh_from_db()
    parcel.refresh_from_db()
    assert (step.state, step.done_by, step.done_at, parcel.packaging) == (
        "OPEN",
        None,
        None,
        "PENDING",
    )


def test_a_rejection_says_why_and_reaches_the_history(world: World, parcel: Parcel) -> None:
    step = parcel.steps.first()
    actions.reject_step(
        step_id=step.pk, flaw="DAMAGED", note="A crack", now=NOW, reader=world.reader(world.packer)
    )
    step.refresh_from_db()
    parcel.refresh_from_db()
    assert (step.state, step.flaw, step.flaw_note, parcel.packaging) == (
        "REJECTED",
        "DAMAGED",
        "A crack",
        "REJECTED",
    )
    event = TrackingEvent.objects.get(consignment=parcel.consignment, type="PACKAGING")
    assert (event.why, event.data["packaging"]) == ("DAMAGED", "REJECTED")
    board = LiveEvent.objects.filter(stream=f"board:{world.hub.pk}").latest("seq")
    assert board.data["why"] == "DAMAGED"
    assert "crack" not in str(board.data)  # free text stays out of streams and log
    # Mended: a tick puts it right.
    tick(world, step, 5)
    parcel.refresh_from_db()
    assert parcel.packaging == "IN_PROGRESS"


def test_a_reason_must_be_one_of_ours(world: World, parcel: Parcel) -> None:
    with pytest.raises(InvalidInput):
        actions.reject_step(
            step_id=parcel.steps.first().pk, flaw="UGLY", now=NOW, reader=world.reader(world.packer)
        )


def test_a_step_that_needs_a_photo_is_not_done_without_one(
    world: World, parcel: Parcel, settings: Any, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = tmp_path
    step = parcel.steps.first()
    ChecklistStep.objects.filter(pk=step.pk).update(needs_photo=True)
    with pytest.raises(actions.PhotoNeeded):
        tick(world, step)
    photo = ContentFile(BytesIO(b"\xff\xd8picture").getvalue(), name="../../me.jpg")
    done = actions.complete_step(
        step_id=step.pk, photo=photo, now=NOW, reader=world.reader(world.packer)
    )
    assert done.state == "DONE"
    assert done.photo.name.startswith("packing/2026/11/")
    assert "me" not in done.photo.name.rsplit("/", 1)[1]


def test_an_override_needs_a_name_and_a_reason_and_lets_the_parcel_through(
    world: World, parcel: Parcel
) -> None:
    reader = world.reader(world.dispatcher)
    with pytest.raises(InvalidInput):
        actions.override(parcel_id=parcel.pk, reason="  ", now=NOW, reader=reader)
    actions.override(
        parcel_id=parcel.pk, reason="The label printer is broken", now=NOW, reader=reader
    )
    parcel.refresh_from_db()
    assert (parcel.packaging, queries.is_loadable(parcel)) == ("OVERRIDDEN", True)
    assert (parcel.override.by, parcel.override.reason) == (
        world.dispatcher,
        "The label printer is broken",
    )


def test_a_flaw_found_after_an_override_stops_the_parcel_again(
    world: World, parcel: Parcel
) -> None:
    reader = world.reader(world.dispatcher)
    actions.override(parcel_id=parcel.pk, reason="In a hurry", now=NOW, reader=reader)
    actions.reject_step(
        step_id=parcel.steps.first().pk,
        flaw="DAMAGED",
        now=NOW + timedelta(minutes=1),
        reader=reader,
    )
    parcel.refresh_from_db()
    assert parcel.packaging == "REJECTED"


def test_a_packed_parcel_needs_no_override(world: World, parcel: Parcel) -> None:
    for step in parcel.steps.all():
        tick(world, step)
    with pytest.raises(actions.NothingToOverride):
        actions.override(
            parcel_id=parcel.pk, reason="Why not", now=NOW, reader=world.reader(world.packer)
        )


def test_only_who_packs_may_tick(world: World, parcel: Parcel) -> None:
    step = parcel.steps.first()
    for user in (world.agent, world.lua, world.azul_manager, world.ana.user):
        with pytest.raises(NotAllowed):
            actions.complete_step(step_id=step.pk, now=NOW, reader=world.reader(user))
    with pytest.raises(NotFound):
        actions.complete_step(step_id=uuid4(), now=NOW, reader=world.reader(world.packer))


def test_a_parcel_that_left_is_closed(world: World, parcel: Parcel) -> None:
    type(parcel.consignment).objects.filter(pk=parcel.consignment_id).update(status="LOADED")
    with pytest.raises(actions.ParcelHasLeft):
        tick(world, parcel.steps.first())


def test_a_consignment_is_loaded_only_when_each_parcel_passed(world: World, parcel: Parcel) -> None:
    type(parcel.consignment).objects.filter(pk=parcel.consignment_id).update(status="PLANNED")
    load = tracking.Happening(occurred_at=NOW, to="LOADED")
    with pytest.raises(tracking.NotPackedYet) as refusal:
        tracking.record_progress(consignment_id=parcel.consignment_id, happening=load, now=NOW)
    assert refusal.value.extra == {"parcels": [parcel.code]}
    for step in parcel.steps.all():
        tick(world, step)
    done = tracking.record_progress(consignment_id=parcel.consignment_id, happening=load, now=NOW)
    assert done.status == "LOADED"
