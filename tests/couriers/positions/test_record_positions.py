"""Fixes are kept once and on duty only; the newest good one is where the courier is, however late others come."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import time_machine
from django.db import connection
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from common.live.models import Gauge
from couriers.positions.actions import FOLLOW_COURIER, Fix, Outcome, record_positions
from couriers.positions.models import LastPosition, Position
from couriers.positions.queries import last_positions
from couriers.shifts.actions import end_shift
from couriers.shifts.models import Shift
from tests import world as worlds
from tests.couriers.doors import Door
from tests.world import NOW, World

# Ana's shift is 09:00 to 17:00 in Helsinki; it is noon there.
NOON = NOW + timedelta(hours=4)


def fix(minutes: float = 0, **changes: Any) -> Fix:
    """Return a fix so many minutes after noon, at a place that tells its minute."""
    at = NOON + timedelta(minutes=minutes)
    fields: dict[str, Any] = {
        "client_id": uuid4(),
        "recorded_at": at,
        "lon": 24.94 + minutes / 10_000,
        "lat": 60.17,
        "accuracy_m": 8,
    }
    return Fix(**(fields | changes))


def send(world: World, *fixes: Fix, now: datetime = NOON) -> list[Outcome]:
    return record_positions(courier=world.ana, fixes=fixes, now=now)


def last(world: World) -> datetime:
    return LastPosition.objects.get(courier=world.ana).recorded_at


def test_a_batch_is_kept_and_its_newest_fix_is_where_the_courier_is(world: World) -> None:
    outcomes = send(world, fix(-2), fix(0), fix(-1))

    assert outcomes == [Outcome.KEPT] * 3
    assert Position.objects.count() == 3
    assert last(world) == NOON
    assert last_positions([world.ana.pk, world.aino.pk]).keys() == {world.ana.pk}


def test_the_same_upload_again_changes_nothing(world: World) -> None:
    batch = [fix(-1), fix(0)]
    send(world, *batch)
    twice = fix(1)

    assert send(world, *batch, twice, twice) == [
        Outcome.KNOWN,
        Outcome.KNOWN,
        Outcome.KEPT,
        Outcome.KNOWN,
    ]
    assert Position.objects.count() == 3


def test_the_last_position_never_goes_back(world: World) -> None:
    send(world, fix(0))
    assert send(world, fix(-30)) == [Outcome.KEPT]
    assert last(world) == NOON


def test_a_fix_that_is_off_by_more_than_200_m_is_history_only(world: World) -> None:
    send(world, fix(0, accuracy_m=200))
    assert send(world, fix(1, accuracy_m=201)) == [Outcome.KEPT]
    assert (Position.objects.count(), last(world)) == (2, NOON)


@pytest.mark.parametrize(
    ("minutes", "outcome"),
    [
        (2, Outcome.KEPT),
        (2.1, Outcome.IN_THE_FUTURE),
        # the shift began three hours ago, and the courier may be a quarter of an hour early
        (-180 - 15, Outcome.KEPT),
        (-180 - 16, Outcome.OFF_DUTY),
        (-3 * 24 * 60, Outcome.TOO_OLD),
    ],
)
def test_the_future_and_the_time_off_duty_are_refused(
    world: World, minutes: float, outcome: Outcome
) -> None:
    assert send(world, fix(minutes)) == [outcome]
    assert Position.objects.exists() is (outcome is Outcome.KEPT)


def test_who_runs_late_is_followed_for_two_hours_and_who_went_off_duty_not_at_all(
    world: World,
) -> None:
    shift_ends = 5 * 60
    at = NOON + timedelta(hours=8)
    assert send(world, fix(shift_ends + 119), fix(shift_ends + 121), now=at) == [
        Outcome.KEPT,
        Outcome.OFF_DUTY,
    ]

    end_shift(shift=Shift.objects.get(courier=world.ana), now=NOON + timedelta(hours=1))
    assert send(world, fix(59), fix(61), now=at) == [Outcome.KEPT, Outcome.OFF_DUTY]


def test_the_hubs_board_sees_the_courier_move_and_etas_are_asked_for_once(world: World) -> None:
    send(world, fix(0, heading_deg=90.0))
    send(world, fix(1))
    gauge = Gauge.objects.get(stream=f"board:{world.hub.pk}", key=f"courier:{world.ana.pk}")

    assert gauge.at == NOON + timedelta(minutes=1)
    assert gauge.data == {
        "courier": str(world.ana.pk),
        "alias": "Ana",
        "lon": 24.9401,
        "lat": 60.17,
        "heading": None,
        "at": "2026-11-21T10:01:00Z",
    }
    jobs = ProcrastinateJob.objects.filter(task_name=FOLLOW_COURIER)
    assert [job.args for job in jobs] == [{"courier_id": str(world.ana.pk)}]
    assert FOLLOW_COURIER in app.tasks  # the floor above answers to this name
    app.tasks[FOLLOW_COURIER](**jobs[0].args)


def test_a_batch_of_500_takes_as_many_queries_as_one_of_2(
    world: World, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(10):
        send(world, *[fix(-i / 60) for i in range(500)])
    assert Position.objects.count() == 500


@pytest.mark.django_db(transaction=True)
def test_phones_that_send_the_same_batch_at_once_keep_each_fix_once() -> None:
    world = worlds.build()
    batch = [fix(-i) for i in range(20)]

    def upload(order: int) -> list[Outcome]:
        try:
            return send(world, *(batch if order % 2 else batch[::-1]))
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as threads:
        outcomes = [o for answer in threads.map(upload, range(8)) for o in answer]

    assert (outcomes.count(Outcome.KEPT), outcomes.count(Outcome.KNOWN)) == (20, 140)
    assert (Position.objects.count(), last(world)) == (20, NOON)


def as_json(one: Fix, **changes: Any) -> dict[str, Any]:
    body: dict[str, Any] = {
        "client_id": str(one.client_id),
        "recorded_at": one.recorded_at.isoformat(),
        "lon": one.lon,
        "lat": one.lat,
        "accuracy": 7.4,
        "speed": 3.2,
        "heading": 181.5,
    }
    return body | changes


def test_the_door_answers_for_each_fix_and_keeps_what_it_can_read(world: World) -> None:
    batch = [
        as_json(fix(0)),
        as_json(fix(1), lat=95),
        as_json(fix(2), recorded_at="2026-11-21T12:00:00"),
        {"client_id": "x"},
        "nonsense",
        as_json(fix(60)),
    ]
    with time_machine.travel(NOON, tick=False):
        answer = Door(world.ana.user).post("couriers/me/positions/", {"positions": batch})

    assert answer.status_code == 200, answer.data
    assert [r["outcome"] for r in answer.data["results"]] == [
        "kept",
        "unreadable",
        "unreadable",
        "unreadable",
        "unreadable",
        "in_the_future",
    ]
    assert Position.objects.get().accuracy_m == 8


def test_only_couriers_send_positions_and_only_so_many_at_once(world: World) -> None:
    for user in (world.dispatcher, world.azul_manager, world.lua):
        assert Door(user).post("couriers/me/positions/", {"positions": []}).status_code == 403
    door = Door(world.ana.user)
    assert door.post("couriers/me/positions/", {"positions": [{}] * 501}).status_code == 422
    assert door.post("couriers/me/positions/", [1]).status_code == 422
    assert Door().post("couriers/me/positions/", {"positions": []}).status_code == 401


def test_a_manager_sees_where_their_own_couriers_are_and_nobody_elses(world: World) -> None:
    send(world, fix(0))
    record_positions(courier=world.vesa, fixes=[fix(0)], now=NOON)
    seen = {
        user: {p["alias"] for p in Door(user).get("couriers/positions/").data["results"]}
        for user in (world.azul_manager, world.dispatcher, world.ana.user, world.lua)
    }

    assert seen == {
        world.azul_manager: {"Ana"},
        world.dispatcher: {"Ana", "Vesa"},
        world.ana.user: {"Ana"},
        world.lua: set(),
    }
    assert (
        UUID(Door(world.azul_manager).get("couriers/positions/").data["results"][0]["courier"])
        == world.ana.pk
    )
