"""Plans too big for one search: parts claimed at the same moment, lost with their worker, or all done by one."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from random import Random
from typing import Any

import pytest
from django.db import connection

from routing.engine import decompose, rounds
from routing.engine.checker import check
from routing.engine.child import SolverCrashed
from routing.engine.crew import Crew
from routing.engine.limits import SearchSettings
from routing.engine.problem import DEFAULT_WEIGHTS, Problem
from routing.engine.rounds import Ask
from routing.engine.run import Progress
from routing.engine.solution import Solution
from routing.engine.solve import solve
from routing.models import Plan, PlanPart
from routing.plans import actions, parting, solving
from tests import world as worlds
from tests.jobs import run_jobs
from tests.routing.engine.towns import town
from tests.routing.test_races import at_once
from tests.servers import ROOT, database_url
from tests.world import NOW, TODAY, World

pytestmark = pytest.mark.django_db(transaction=True)
PATIENCE_S = 90


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cut what is above 60 jobs into parts of about 40."""
    monkeypatch.setattr(rounds, "WHOLE_UP_TO", 60)
    monkeypatch.setattr(rounds, "PART_JOBS", 40)


@pytest.fixture
def plan() -> Plan:
    """Return a plan that is being solved."""
    world = worlds.build()
    return Plan.objects.create(
        hub=world.hub, day=TODAY, seconds=20, state=Plan.State.SOLVING, created_at=NOW
    )


@pytest.fixture
def worker() -> Iterator[subprocess.Popen[bytes]]:
    """Start a real worker of the queue on the test's database, and end it."""
    env = {**os.environ, "DATABASE_URL": database_url(str(connection.settings_dict["NAME"]))}
    command = [sys.executable, "manage.py", "procrastinate", "worker", "--queues", "solve"]
    quiet = subprocess.DEVNULL
    found = subprocess.Popen(command, cwd=ROOT, env=env, stdout=quiet, stderr=quiet)
    yield found
    found.kill()
    found.wait()


def asks_of(
    problem: Problem, count: int, seconds: float = 60, iterations: int | None = 2
) -> list[Ask]:
    ground = decompose.Ground(problem, problem.jobs)
    parts = decompose.cut(ground, {}, count, Random(1))
    return [
        Ask(part, SearchSettings(seconds, number, iterations=iterations))
        for number, part in enumerate(parts)
    ]


def put_up(plan: Plan, asks: list[Ask]) -> None:
    for number, ask in enumerate(asks):
        parting.put_up(plan, number, ask)


def test_workers_that_claim_at_once_get_different_parts(plan: Plan) -> None:
    put_up(plan, asks_of(town(60, 6), 3))
    found = at_once(*[lambda n=n: parting.claim(plan.pk, by=f"w{n}") for n in range(5)])
    numbers = sorted(part.number for part in found if part is not None)
    assert numbers == [0, 1, 2]
    claimed = PlanPart.objects.filter(state="CLAIMED").values_list("by", flat=True)
    assert set(claimed) == {part.by for part in found if part is not None}


def test_a_machine_takes_no_more_parts_than_it_has_cores(plan: Plan) -> None:
    put_up(plan, asks_of(town(60, 6), 3))
    assert parting.claim(plan.pk, by=parting._name(), most_here=1) is not None
    assert parting.claim(plan.pk, by=parting._name(), most_here=1) is None
    assert parting.claim(plan.pk, by=parting._name(), most_here=2) is not None


def test_a_part_that_nobody_speaks_for_is_anybodys_and_its_first_worker_is_not_heard(
    plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    asks = asks_of(town(30, 3), 1)
    put_up(plan, asks)
    first = parting.claim(plan.pk, by="first")
    assert first is not None
    assert parting.claim(plan.pk, by="second") is None
    monkeypatch.setattr(parting, "SILENT_S", 0.0)
    second = parting.claim(plan.pk, by="second")
    assert second is not None
    assert not parting.say_alive(first)
    assert not parting.finish(first, SolverCrashed("late"))
    assert parting.finish(second, solve(asks[0].part.problem, seconds=60, iterations=1))
    assert PlanPart.objects.get().state == "DONE"


def test_parts_of_a_cancelled_plan_are_nobodys(plan: Plan) -> None:
    put_up(plan, asks_of(town(30, 3), 1))
    Plan.objects.update(state=Plan.State.CANCELLED)
    assert parting.claim(plan.pk, by="one") is None


def test_a_single_worker_does_all_parts_itself(plan: Plan) -> None:
    of = town(120, 8)
    here = solve(of, seconds=120, iterations=3, seed=2)
    found = parting.solve_with_helpers(plan, of, SearchSettings(120, iterations=3, seed=2), own=1)
    assert (found.sequences, found.costs) == (here.sequences, here.costs)
    assert not PlanPart.objects.exists()
    # The jobs that were meant for helpers find nothing to do.
    assert run_jobs("solve_part") > 0


def test_a_real_worker_solves_the_parts(plan: Plan, worker: subprocess.Popen[bytes]) -> None:
    of = town(90, 8, skills=0.1)
    asks = asks_of(of, 2)
    deadline = time.monotonic() + PATIENCE_S

    def look() -> None:
        assert time.monotonic() < deadline
        assert worker.poll() is None

    with Crew(1) as crew:
        parts = parting._Parts(plan, crew, 0, look)
        found = dict(parts.solve(asks))
        # One worker did both: two parts are no two helpers.
        assert parts.at_once() == 1
    for number, ask in enumerate(asks):
        here = solve(
            ask.part.problem, seconds=60, iterations=2, seed=number, weights=DEFAULT_WEIGHTS
        )
        answer = found[number]
        assert not isinstance(answer, Exception)
        assert (answer.sequences, answer.costs) == (here.sequences, here.costs)
        assert check(ask.part.problem, here) == ()


def test_the_part_of_a_killed_worker_is_taken_over(
    plan: Plan, worker: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parting, "SILENT_S", 1.0)
    # Long enough to be killed in the middle of it.
    asks = asks_of(town(60, 6), 1, seconds=6, iterations=None)
    deadline = time.monotonic() + PATIENCE_S
    killed: list[str] = []

    def look() -> None:
        assert time.monotonic() < deadline
        claimed = PlanPart.objects.filter(state="CLAIMED").first()
        if claimed is not None and not killed:
            worker.kill()
            worker.wait()
            killed.append(claimed.by)
            parts.own = 1

    with Crew(1) as crew:
        parts = parting._Parts(plan, crew, 0, look)
        found = list(parts.solve(asks))
    assert [number for number, _ in found] == [0]
    assert not isinstance(found[0][1], Exception)
    assert killed
    assert PlanPart.objects.get().by != killed[0]


def test_a_helper_stops_when_its_part_is_gone(plan: Plan) -> None:
    put_up(plan, asks_of(town(60, 6), 1, seconds=120, iterations=None))
    done: list[int] = []

    def help_out() -> None:
        try:
            done.append(parting.help_with(plan.pk))
        finally:
            connection.close()

    helper = threading.Thread(target=help_out)
    helper.start()
    deadline = time.monotonic() + PATIENCE_S
    while not PlanPart.objects.filter(state="CLAIMED").exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    parting.remove_parts(plan)
    helper.join(timeout=60)
    assert done == [0]


def test_what_the_progress_call_raises_takes_the_parts_away(plan: Plan) -> None:
    def refuse(progress: Any) -> None:
        if PlanPart.objects.exists():
            raise solving.Cancelled

    with pytest.raises(solving.Cancelled):
        parting.solve_with_helpers(
            plan, town(120, 8), SearchSettings(60), on_progress=refuse, own=1
        )
    assert not PlanPart.objects.exists()


def begun(plan: Plan) -> Plan:
    """Return the plan as the next attempt at it finds it."""
    found = actions.begin_solving(plan_id=plan.pk, now=NOW)
    assert found is not None
    return found


def attempt(plan: Plan, of: Problem, seconds: float, iterations: int | None) -> Solution | str:
    """Search as a worker of the plan does, until a later attempt is found out about."""
    tell = solving._teller(plan)

    def on_progress(progress: Progress) -> None:
        tell({"stage": progress.stage})

    try:
        return parting.solve_with_helpers(
            plan,
            of,
            SearchSettings(seconds, iterations=iterations, seed=2),
            own=1,
            on_progress=on_progress,
        )
    except solving.Cancelled:
        return "cancelled"
    finally:
        connection.close()


def test_a_worker_taken_for_lost_leaves_the_parts_of_the_next_attempt_alone(plan: Plan) -> None:
    of = town(120, 8)
    here = solve(of, seconds=120, iterations=3, seed=2)
    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(attempt, begun(plan), of, 120, None)
        deadline = time.monotonic() + PATIENCE_S
        while not PlanPart.objects.exists():
            assert time.monotonic() < deadline
            time.sleep(0.05)
        second = threads.submit(attempt, begun(plan), of, 120, 3)
        assert first.result(timeout=PATIENCE_S) == "cancelled"
        found = second.result(timeout=PATIENCE_S)
    assert isinstance(found, Solution)
    assert (found.sequences, found.costs) == (here.sequences, here.costs)
    assert not PlanPart.objects.exists()


def test_an_attempt_taken_for_lost_neither_tells_nor_fails_the_next(plan: Plan) -> None:
    old, new = begun(plan), begun(plan)
    assert not actions.keep_progress(plan=old, progress={"stage": "improve"}, now=NOW)
    actions.fail_plan(plan_id=plan.pk, version=old.version, sentence="Too late.", now=NOW)
    assert actions.keep_progress(plan=new, progress={"stage": "first"}, now=NOW)
    new.refresh_from_db()
    assert (new.state, new.progress["stage"]) == (Plan.State.SOLVING, "first")


def test_parts_of_plans_that_nobody_makes_are_taken_away(plan: Plan) -> None:
    put_up(plan, asks_of(town(60, 6), 2))
    assert parting.remove_leftovers() == 0
    Plan.objects.update(state=Plan.State.FAILED)
    assert parting.remove_leftovers() == 2


def test_a_day_too_big_for_one_search_is_planned_in_parts(
    monkeypatch: pytest.MonkeyPatch, time_machine: Any
) -> None:
    monkeypatch.setattr(rounds, "WHOLE_UP_TO", 0)
    monkeypatch.setattr(rounds, "PART_JOBS", 2)
    time_machine.move_to(NOW, tick=False)
    world: World = worlds.build()
    for _ in range(3):
        world.consignment("ACCEPTED")
    asked = actions.request_plan(
        hub_id=world.hub.pk, day=TODAY, seconds=5, seed=1, reader=world.reader(world.dispatcher),
        now=NOW,
    )  # fmt: skip
    begun = actions.begin_solving(plan_id=asked.pk, now=NOW)
    assert begun is not None
    solving.solve_plan(begun)
    asked.refresh_from_db()
    assert asked.state == Plan.State.READY, asked.problem
    assert (asked.figures["planned"], asked.figures["checked"]) == (3, True)
    assert asked.figures["steps"][-1]["name"] == "parts together"
    assert not PlanPart.objects.exists()
