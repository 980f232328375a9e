"""Big days searched in parts: here, and side by side in processes that may die."""

import os
import signal
import threading
import time
from collections.abc import Generator, Sequence

import pytest

from routing.engine import rounds
from routing.engine.checker import check
from routing.engine.crew import Crew
from routing.engine.limits import SearchSettings
from routing.engine.process import SolverCancelled, solve_in_process
from routing.engine.rounds import Answer, Ask, solve_in_parts
from routing.engine.run import Progress
from routing.engine.solve import solve
from tests.routing.engine.test_process import children
from tests.routing.engine.towns import town
from tests.routing.engine.wild import wild_day


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cut what is above 60 jobs into parts of about 40."""
    monkeypatch.setattr(rounds, "WHOLE_UP_TO", 60)
    monkeypatch.setattr(rounds, "PART_JOBS", 40)


@pytest.mark.parametrize("seed", [0, 3])
def test_a_wild_day_in_parts_keeps_every_rule(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rounds, "WHOLE_UP_TO", 30)
    monkeypatch.setattr(rounds, "PART_JOBS", 20)
    of, weights = wild_day(seed, 40)
    found = solve(of, seconds=8, iterations=3, weights=weights)
    assert check(of, found, weights=weights) == ()
    assert found.report.regions > 1
    served = {job_id for route in found.routes for job_id in route.job_ids}
    assert served | {one.job_id for one in found.unserved} == {job.id for job in of.jobs}
    assert all(one.reasons for one in found.unserved)


def test_later_rounds_mend_the_borders() -> None:
    # Shifts of two hours: several routes to a part, or there would be nothing to exchange.
    found = solve(town(160, 24, hours=2), seconds=120, iterations=10)
    costs = [step.cost for step in found.report.steps if step.name.startswith("round")]
    assert len(costs) == 1 + rounds.BUDGET_ROUNDS
    assert costs[-1] < costs[0]


def test_processes_side_by_side_find_what_one_after_another_finds() -> None:
    of = town(120, 8, skills=0.1)
    here = solve(of, seconds=120, iterations=5, seed=3)
    apart = solve_in_process(of, SearchSettings(120, iterations=5, seed=3))
    assert (apart.sequences, apart.costs) == (here.sequences, here.costs)
    assert check(of, apart) == ()
    assert children() == set()


def test_a_plan_to_start_from_is_never_made_worse() -> None:
    of = town(120, 8)
    before = solve(of, seconds=120, iterations=8)
    after = solve(of, seconds=120, iterations=2, warm_start=before, seed=5)
    assert after.costs.total <= before.costs.total


def test_a_limit_in_seconds_is_kept_and_progress_told() -> None:
    of = town(120, 8)
    told: list[Progress] = []
    started = time.monotonic()
    found = solve_in_process(of, SearchSettings(6, cores=2), on_progress=told.append)
    assert check(of, found) == ()
    # The hard wall clock of a single search is 2 x 6 + 5 s, beside the start of the processes.
    assert time.monotonic() - started < 40
    assert [one.stage for one in told][-1] == "done"
    costs = [one.cost for one in told]
    assert costs == sorted(costs, reverse=True)
    assert children() == set()


def test_cancelling_ends_all_processes_at_once() -> None:
    cancelled = threading.Event()
    threading.Timer(4, cancelled.set).start()
    with pytest.raises(SolverCancelled):
        solve_in_process(town(120, 8), SearchSettings(120, cores=2), is_cancelled=cancelled.is_set)
    assert children() == set()


def test_what_the_progress_call_raises_ends_all_processes() -> None:
    def refuse(progress: Progress) -> None:
        if progress.unserved == 0:
            raise KeyError("newer plan")

    with pytest.raises(KeyError, match="newer plan"):
        solve_in_process(town(120, 8), SearchSettings(60, cores=2), on_progress=refuse)
    assert children() == set()


def test_a_part_whose_process_dies_keeps_what_it_had() -> None:
    of = town(120, 8)
    before = solve(of, seconds=120, iterations=2)
    killed: set[int] = set()

    def kill() -> None:
        deadline = time.monotonic() + 30
        while not killed and time.monotonic() < deadline:
            for pid in list(children())[:1]:
                os.kill(pid, signal.SIGKILL)
                killed.add(pid)
            time.sleep(0.02)

    threading.Thread(target=kill).start()
    with Crew(1) as crew:
        found = solve_in_parts(
            of,
            SearchSettings(120, iterations=2),
            solve_parts=crew.solve,
            at_once=lambda: 1,
            warm_start=before,
        )
    assert killed
    assert check(of, found) == ()
    assert found.costs.total <= before.costs.total
    assert "1 failed: The solver's process ended by SIGKILL" in found.report.steps[1].name


def test_a_round_in_which_every_part_fails_says_why() -> None:
    def failing(asks: Sequence[Ask]) -> Generator[Answer]:
        for number, _ in enumerate(asks):
            yield number, MemoryError("no room")

    with pytest.raises(MemoryError, match="no room"):
        solve_in_parts(town(120, 8), SearchSettings(5), solve_parts=failing, at_once=lambda: 2)


def test_a_later_round_in_which_every_part_fails_is_the_last_and_keeps_the_plan() -> None:
    asked: list[int] = []

    def tiring(asks: Sequence[Ask]) -> Generator[Answer]:
        asked.append(len(asks))
        for number, ask in enumerate(asks):
            if len(asked) > 1:
                yield number, MemoryError("no room")
            else:
                yield number, solve(ask.part.problem, seconds=120, iterations=2)

    of = town(120, 8)
    found = solve_in_parts(
        of, SearchSettings(120, iterations=2), solve_parts=tiring, at_once=lambda: 1
    )
    assert check(of, found) == ()
    assert found.routes
    assert len(asked) == 2
    assert "failed: no room" in found.report.steps[1].name
