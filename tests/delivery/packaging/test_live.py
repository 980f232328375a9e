"""Each event of the bench: old snapshot plus event equals new snapshot."""

import json
from datetime import timedelta
from typing import Any

import time_machine
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection
from django.test.utils import CaptureQueriesContext

from common.live.models import LiveEvent
from delivery.models import Parcel
from delivery.packaging import actions
from delivery.packaging.live import BENCH, bench_stream
from delivery.packaging.queries import AT_BENCH
from delivery.tracking import actions as tracking
from tests.world import NOW, World


def snapshot(world: World, user: Any = None) -> Any:
    with time_machine.travel(NOW, tick=False):
        return plain(BENCH.snapshot(world.reader(user or world.packer), str(world.hub.pk)))


def plain(data: Any) -> Any:
    return json.loads(json.dumps(data, cls=DjangoJSONEncoder))


def apply(state: Any, event: LiveEvent) -> Any:
    """Apply an event as web/static/web/pack/bench.js does."""
    data = event.data
    parcel = next(p for p in state["parcels"] if p["id"] == data["parcel"])
    parcel["packaging"] = data["packaging"]
    if event.type == "step.changed":
        step = next(s for s in parcel["steps"] if s["id"] == data["step"])
        step |= {key: data[key] for key in ("state", "flaw", "has_photo", "by", "at")}
    else:
        parcel |= {
            k: data[k] for k in ("status", "due_on", "window_start", "window_end", "departs_at")
        }
        if parcel["status"] not in AT_BENCH:
            state["parcels"].remove(parcel)
    return state


def follow(world: World, *changes: Any) -> tuple[Any, Any]:
    """Return the old snapshot with the events of `changes` applied, and the new snapshot."""
    state = snapshot(world)
    seen = LiveEvent.objects.filter(stream=bench_stream(world.hub.pk)).count()
    for change in changes:
        change()
    for event in LiveEvent.objects.filter(stream=bench_stream(world.hub.pk), seq__gt=seen).order_by(
        "seq"
    ):
        apply(state, event)
    return state, snapshot(world)


def test_ticks_and_undo(world: World, parcel: Parcel) -> None:
    first, last = parcel.steps.all()
    reader = world.reader(world.packer)
    told, new = follow(
        world,
        lambda: actions.complete_step(step_id=first.pk, now=NOW, reader=reader),
        lambda: actions.complete_step(step_id=last.pk, now=NOW, reader=reader),
        lambda: actions.reopen_step(step_id=first.pk, now=NOW, reader=reader),
    )
    assert told == new
    assert [s["state"] for s in new["parcels"][0]["steps"]] == ["OPEN", "DONE"]


def test_a_rejection(world: World, parcel: Parcel) -> None:
    reader = world.reader(world.packer)
    told, new = follow(
        world,
        lambda: actions.reject_step(
            step_id=parcel.steps.first().pk, flaw="MISSING", now=NOW, reader=reader
        ),
    )
    assert told == new
    assert new["parcels"][0]["packaging"] == "REJECTED"


def test_a_route_that_departs_sorts_the_bench(world: World, parcel: Parcel) -> None:
    later = world.consignment("PLANNED").parcels.get()
    assert [p["id"] for p in snapshot(world)["parcels"]] == [str(parcel.pk), str(later.pk)]
    told, new = follow(
        world,
        lambda: tracking.tell_approach(
            consignment_id=later.consignment_id, departs_at=NOW + timedelta(hours=1), now=NOW
        ),
    )
    assert sorted(told["parcels"], key=lambda p: p["id"]) == sorted(
        new["parcels"], key=lambda p: p["id"]
    )
    assert [p["id"] for p in new["parcels"]] == [str(later.pk), str(parcel.pk)]


def test_a_cancelled_one_leaves_the_bench(world: World, parcel: Parcel) -> None:
    cancel = tracking.Happening(occurred_at=NOW, to="CANCELLED")
    told, new = follow(
        world,
        lambda: tracking.record_progress(
            consignment_id=parcel.consignment_id, happening=cancel, now=NOW
        ),
    )
    assert told == new
    assert new["parcels"] == []


def test_a_new_one_is_announced_by_its_id(world: World) -> None:
    consignment = world.consignment()
    tracking.record_progress(
        consignment_id=consignment.pk,
        happening=tracking.Happening(occurred_at=NOW, to="READY"),
        now=NOW,
    )
    event = LiveEvent.objects.get(stream=bench_stream(world.hub.pk))
    assert (event.type, event.data["parcel"]) == (
        "parcel.changed",
        str(consignment.parcels.get().pk),
    )


def test_events_and_snapshot_hold_nothing_of_the_recipient(world: World, parcel: Parcel) -> None:
    reader = world.reader(world.packer)
    actions.complete_step(step_id=parcel.steps.first().pk, now=NOW, reader=reader)
    recipient, address = parcel.consignment.recipient, parcel.consignment.address
    told = json.dumps(snapshot(world)) + "".join(
        json.dumps(e.data) for e in LiveEvent.objects.all()
    )
    for secret in (recipient.name, recipient.phone, address.line1):
        assert secret not in told


def test_who_works_on_what_is_in_the_snapshot(world: World, parcel: Parcel) -> None:
    actions.take_up(parcel_id=parcel.pk, now=NOW, reader=world.reader(world.packer))
    new = snapshot(world)
    assert new["people"][str(world.packer.pk)] == "Paulo"
    assert [(w["user"], w["parcel"]) for w in new["working"]] == [
        (str(world.packer.pk), str(parcel.pk))
    ]


def test_others_may_not_follow_it(world: World, parcel: Parcel) -> None:
    for user in (world.agent, world.lua, world.azul_manager, world.ana.user):
        assert BENCH.snapshot(world.reader(user), str(world.hub.pk)) is None
    assert BENCH.snapshot(world.reader(world.packer), "no-such-hub") is None


def test_a_longer_bench_takes_no_more_queries(world: World, parcel: Parcel) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as caught:
            snapshot(world)
        return len(caught)

    one = count()
    for _ in range(3):
        world.consignment("READY")
    assert len(snapshot(world)["parcels"]) == 4
    assert count() == one
