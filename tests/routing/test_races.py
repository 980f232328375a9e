"""What happens when two people do it at once: on real PostgreSQL, with real transactions, in threads."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import connection, transaction

from common.errors.domain import DomainError, StaleVersion
from common.ids import uuid7
from delivery.models import Attempt, Consignment, Parcel
from routing.models import CourierCommand, Plan, Route, Stop, StopConsignment
from routing.plans import edits, opening
from routing.plans.actions import PlanClosed
from routing.plans.publishing import PlanOutdated
from routing.routes import commands
from routing.routes.commands import Command
from routing.state import queries as state
from tests import world as worlds
from tests.plans import publish, solve_day
from tests.world import NOW, World

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*doings: Callable[[], Any]) -> list[Any]:
    """Do things in threads that start together; return each one's result or refusal."""
    gate = threading.Barrier(len(doings))
    results: list[Any] = [None] * len(doings)

    def run(number: int) -> None:
        gate.wait()
        try:
            results[number] = doings[number]()
        except DomainError as refusal:
            results[number] = refusal
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(n,)) for n in range(len(doings))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


@dataclass(frozen=True)
class Meeting:
    """What came of two doings of which the second began within the first's transaction. waited: the second had to wait."""

    first: Any
    second: Any
    waited: bool


def meet(first: Callable[[], Any], second: Callable[[], Any]) -> Meeting:
    """Do `first` and keep its transaction open until `second`, begun meanwhile, is done or waits for it."""
    results: list[Any] = []
    other = threading.Thread(target=lambda: results.extend(at_once(second)))
    waited = False
    with transaction.atomic():
        done = first()
        other.start()
        while other.is_alive() and not waited:
            time.sleep(0.01)
            waited = somebody_waits_for_me()
    other.join()
    return Meeting(done, results[0], waited)


def somebody_waits_for_me() -> bool:
    """Tell whether another connection waits for a lock of this one."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_locks"
            " WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid)))"
        )
        row = cursor.fetchone()
    return row is not None and bool(row[0])


@pytest.fixture
def world(time_machine: Any) -> World:
    """Return a world that other threads see."""
    time_machine.move_to(NOW, tick=False)
    return worlds.build()


def test_two_dispatchers_publish_the_same_plan(world: World) -> None:
    for _ in range(3):
        world.consignment("ACCEPTED")
    plan = solve_day(world)
    results = at_once(*[lambda: publish(world, plan)] * 3)
    assert sum(isinstance(r, Plan) for r in results) == 1
    assert sum(isinstance(r, PlanClosed) for r in results) == 2
    assert StopConsignment.objects.filter(is_active=True).count() == 3


def test_two_dispatchers_publish_different_plans(world: World) -> None:
    for _ in range(3):
        world.consignment("ACCEPTED")
    one, other = solve_day(world), solve_day(world)
    at_once(lambda: publish(world, one), lambda: publish(world, other))
    # One after the other: the later replaces the earlier, whichever it was.
    assert sorted(Plan.objects.values_list("state", flat=True)) == ["PUBLISHED", "REPLACED"]
    assert StopConsignment.objects.filter(is_active=True).count() == 3
    assert {c.status for c in Consignment.objects.all()} == {"PLANNED"}
    assert [s for c, s in state.differences() if c in {"routes", "streams"}] == []


def test_two_dispatchers_move_the_same_stop(world: World) -> None:
    for _ in range(3):
        world.consignment("ACCEPTED")
    plan = publish(world, solve_day(world))
    stop = Stop.objects.get(position=1)

    def move(position: int) -> Any:
        return edits.move_stop(
            stop_id=stop.pk,
            route_id=stop.route_id,
            position=position,
            version=plan.version,
            reader=world.reader(world.dispatcher),
            now=NOW,
        )

    results = at_once(lambda: move(2), lambda: move(3))
    assert sum(isinstance(r, StaleVersion) for r in results) == 1
    assert sorted(Stop.objects.values_list("position", flat=True)) == [1, 2, 3]


def test_one_command_from_three_tabs_is_done_once(world: World) -> None:
    world.consignment("ACCEPTED")
    Parcel.objects.update(packaging="PASSED")
    publish(world, solve_day(world))
    stop = Stop.objects.get()
    courier = stop.route.shift.courier
    command = Command(id=uuid7(), type="deliver", occurred_at=NOW, stop=stop.pk)

    def send() -> str:
        reader = world.reader(courier.user)
        return commands.carry_out(courier=courier, command=command, reader=reader, now=NOW).outcome

    assert sorted(at_once(send, send, send)) == ["applied", "duplicate", "duplicate"]
    assert (Attempt.objects.count(), CourierCommand.objects.count()) == (1, 1)


def deliver(world: World, stop: Stop) -> str:
    """Let the courier deliver a stop, and return what became of the command."""
    courier = stop.route.shift.courier
    command = Command(id=uuid7(), type="deliver", occurred_at=NOW, stop=stop.pk)
    reader = world.reader(courier.user)
    return commands.carry_out(courier=courier, command=command, reader=reader, now=NOW).outcome


def test_a_plan_published_while_the_courier_delivers_does_not_plan_it_again(world: World) -> None:
    """What is delivered between the look at the day and the change of routes stays delivered, and on no route."""
    for _ in range(3):
        world.consignment("ACCEPTED")
    Parcel.objects.update(packaging="PASSED")
    publish(world, solve_day(world))
    second = solve_day(world)
    stop = Stop.objects.get(route__state="PUBLISHED", position=1)
    met = meet(lambda: deliver(world, stop), lambda: publish(world, second))
    assert met.first == "applied"
    assert isinstance(met.second, PlanOutdated)
    assert Consignment.objects.filter(status="DELIVERED").count() == 1
    assert [s for c, s in state.differences() if c in {"routes", "streams", "attempts"}] == []


def test_a_delivery_that_waited_for_a_new_plan_still_counts(world: World) -> None:
    """The phone's stop is replaced while the command waits: it is found by what it held."""
    for _ in range(3):
        world.consignment("ACCEPTED")
    Parcel.objects.update(packaging="PASSED")
    publish(world, solve_day(world))
    world.consignment("ACCEPTED")
    second = solve_day(world)
    stop = Stop.objects.get(route__state="PUBLISHED", position=1)
    met = meet(lambda: publish(world, second), lambda: deliver(world, stop))
    assert met.first.state == "PUBLISHED"
    assert met.second == "applied"
    assert Consignment.objects.filter(status="DELIVERED").count() == 1
    assert [s for c, s in state.differences() if c in {"routes", "streams", "attempts"}] == []


def test_a_delivery_does_not_wait_for_a_dispatcher_who_only_opened_the_plan(world: World) -> None:
    """Else the two wait in a ring: the dispatcher for the route, the phone for the plan, at its commit."""
    world.consignment("ACCEPTED")
    Parcel.objects.update(packaging="PASSED")
    plan = publish(world, solve_day(world))
    stop = Stop.objects.get()
    met = meet(
        lambda: opening.plan_of_hub_locked(plan.pk, plan.hub_id), lambda: deliver(world, stop)
    )
    assert (met.second, met.waited) == ("applied", False)


def test_the_courier_works_while_the_dispatcher_moves_and_replans(world: World) -> None:
    for _ in range(4):
        world.consignment("ACCEPTED")
    Parcel.objects.update(packaging="PASSED")
    first = publish(world, solve_day(world))
    second = solve_day(world)
    stops = list(Stop.objects.filter(route__plan=first).order_by("position"))
    courier = stops[0].route.shift.courier

    def work() -> list[str]:
        reader = world.reader(courier.user)
        what = [Command(id=uuid7(), type="deliver", occurred_at=NOW, stop=s.pk) for s in stops[:2]]
        return [
            commands.carry_out(courier=courier, command=c, reader=reader, now=NOW).outcome
            for c in what
        ]

    def move() -> Any:
        return edits.move_stop(
            stop_id=stops[3].pk,
            route_id=stops[3].route_id,
            position=3,
            version=first.version,
            reader=world.reader(world.dispatcher),
            now=NOW,
        )

    work_done, moved, published = at_once(work, move, lambda: publish(world, second))
    # Whoever came first, nothing is half done and nobody waited in a ring.
    assert set(work_done) <= {"applied", "refused"}
    assert not isinstance(moved, type(None))
    assert not isinstance(published, type(None))
    delivered = Consignment.objects.filter(status="DELIVERED").count()
    assert delivered == work_done.count("applied")
    wrong = [s for c, s in state.differences() if c in {"routes", "streams", "attempts"}]
    assert wrong == []
    assert (
        Route.objects.filter(shift__courier=courier, state__in=("PUBLISHED", "RUNNING")).count()
        <= 1
    )
