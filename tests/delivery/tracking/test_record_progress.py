"""The funnel: what moves a consignment, and what only enriches its history."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, InternalError, connection, transaction
from django.db.utils import ProgrammingError

from common.live.models import LiveEvent
from delivery.models import Consignment, TrackingEvent
from delivery.orders.status import ALLOWED_MOVES, FINISHED, Status
from delivery.tracking.actions import Happening, IllegalMove, record_progress
from tests.world import NOW, World

LATER = NOW + timedelta(minutes=10)


def move(consignment: Consignment, to: str, **changes: object) -> Consignment:
    happening = Happening(**({"occurred_at": LATER, "to": to} | changes))  # type: ignore[arg-type]
    return record_progress(consignment_id=consignment.pk, happening=happening, now=LATER)


def test_every_status_has_its_moves_and_finished_ones_have_none() -> None:
    assert set(ALLOWED_MOVES) == set(Status.values)
    assert {s for s, moves in ALLOWED_MOVES.items() if not moves} == FINISHED


def test_an_allowed_move_changes_the_row_and_appends_one_event(world: World) -> None:
    consignment = world.consignment(Status.OUT_FOR_DELIVERY)
    moved = move(consignment, Status.ARRIVING)
    event = TrackingEvent.objects.filter(consignment=consignment).latest("seq")
    assert (moved.status, moved.status_at) == (Status.ARRIVING, LATER)
    assert (event.status_from, event.status_to, event.seq) == (
        Status.OUT_FOR_DELIVERY,
        Status.ARRIVING,
        moved.last_seq,
    )


def test_a_move_that_the_table_does_not_allow_is_refused_and_leaves_nothing(world: World) -> None:
    consignment = world.consignment(Status.READY)
    before = TrackingEvent.objects.count()
    with pytest.raises(IllegalMove):
        move(consignment, Status.DELIVERED)
    consignment.refresh_from_db()
    assert (consignment.status, TrackingEvent.objects.count()) == (Status.READY, before)


def test_a_late_event_never_moves_a_finished_consignment_back(world: World) -> None:
    consignment = world.consignment(Status.DELIVERED)
    after = move(consignment, Status.ARRIVING, occurred_at=NOW)
    assert after.status == Status.DELIVERED
    assert (
        TrackingEvent.objects.filter(consignment=consignment).latest("seq").type
        == TrackingEvent.Type.NOTE
    )


def test_the_same_client_event_counts_once(world: World) -> None:
    consignment = world.consignment(Status.OUT_FOR_DELIVERY)
    client_event_id = uuid4()
    first = move(consignment, Status.ARRIVING, client_event_id=client_event_id)
    again = move(consignment, Status.ARRIVING, client_event_id=client_event_id)
    assert first.last_seq == again.last_seq


def test_the_hubs_board_and_the_consignments_screen_hear_of_it(world: World) -> None:
    consignment = world.consignment(Status.OUT_FOR_DELIVERY)
    move(consignment, Status.ARRIVING)
    heard = LiveEvent.objects.filter(type="consignment.changed", data__status="ARRIVING")
    assert {e.stream for e in heard} == {f"consignment:{consignment.pk}", f"board:{world.hub.pk}"}


@pytest.mark.parametrize(
    "statement",
    ["UPDATE delivery_trackingevent SET seq = 99", "DELETE FROM delivery_trackingevent"],
)
def test_the_history_is_append_only(world: World, statement: str) -> None:
    world.order()
    with (
        pytest.raises((InternalError, IntegrityError, ProgrammingError), match="Cannot"),
        transaction.atomic(),
    ):
        connection.cursor().execute(statement)
