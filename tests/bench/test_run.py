"""Each engine, as the figures command runs it, on instances whose best answer is plain to see."""

import dataclasses

import numpy as np
import pytest

from bench.solver import report
from bench.solver.bks import BestKnown
from bench.solver.child import ENGINES, Request
from bench.solver.instance import Instance
from bench.solver.run import measure, parts_of
from bench.solver.stated import Stated
from routing.engine.problem import MICROS, Weights
from tests.bench.test_check import ONE
from tests.routing.engine import world

# Out the line and back, past all three: 60.
BEST = BestKnown(60, None, None)
NO_TIMES = dataclasses.replace(ONE, windows=None)
# Node 2's load goes to node 1, node 3's to node 4, all on a line: out with both, back along the deliveries.
PAIRS = Instance(
    name="pairs",
    family="made",
    distances=np.abs(np.subtract.outer(np.arange(5), np.arange(5))) * 10,
    durations=np.abs(np.subtract.outer(np.arange(5), np.arange(5))) * 10,
    demands=np.array([0, -2, 2, 3, -3]),
    services=np.full(5, 1),
    windows=np.array([[0, 200]] * 5),
    capacity=5,
    vehicles=2,
    pairs=((2, 1), (3, 4)),
    fewest_first=True,
)


def request(engine: str, instance: Instance | Stated, cores: int = 1) -> Request:
    return Request(engine, instance, seconds=0.6, seed=1, cores=cores, cpus=())


@pytest.mark.parametrize("instance", [ONE, NO_TIMES], ids=["windows", "no times"])
@pytest.mark.parametrize("engine", ["ours", "ortools", "pyvrp", "vroom"])
def test_every_engine_finds_the_way_out_and_back(engine: str, instance: Instance) -> None:
    row = measure(request(engine, instance), "made", BEST)
    assert (row.feasible, row.cost, row.gap, row.vehicles) == (True, 60, 0, 1), row.note
    assert row.mb > 1


@pytest.mark.parametrize("engine", ["ortools", "pyvrp", "vroom"])
def test_every_peer_states_pairs_and_fewest_vehicles(engine: str) -> None:
    # One vehicle drives 0-2-3-4-1-0 (or 0-3-4-2-1-0): 80, to the far end and back.
    row = measure(request(engine, PAIRS), "made", BestKnown(80, 1, None))
    assert (row.feasible, row.cost, row.gap, row.vehicles) == (True, 80, 0, 1), row.note


def test_an_engine_that_fails_is_a_row_and_not_the_end_of_the_series() -> None:
    unreadable = dataclasses.replace(ONE, distances=np.zeros((1, 1), dtype=np.int64))
    row = measure(request("vroom", unreadable), "made", BEST)
    assert (row.feasible, row.cost, row.gap) == (False, None, None)
    assert "failed" in row.note


def test_a_problem_in_our_own_words_is_judged_by_the_engines_checker() -> None:
    problem = world.problem([world.job("a", 3), world.job("b", 2)])
    row = measure(request("ours", Stated("own", "json", problem, Weights())), "json", None)
    assert (row.feasible, row.unserved, row.violations, row.vehicles) == (True, 0, 0, 1)
    # 300 m out and 300 m back at one micro a metre.
    assert row.cost == pytest.approx(600 / MICROS, abs=0.01)
    assert "own" in report.table([row])


def test_two_cores_are_two_searches_for_an_engine_of_one_thread() -> None:
    parts = parts_of(Request("pyvrp", ONE, 1, 7, 2, (4, 5)))
    assert [(part.seed, part.cores, part.cpus) for part in parts] == [(7, 1, (4,)), (1007, 1, (5,))]
    searches = {part.engine for part in parts_of(Request("ortools", ONE, 1, 7, 2, (4, 5)))}
    assert searches == {"ortools-gls", "ortools-ils"}
    assert searches <= set(ENGINES)
    assert len(parts_of(Request("vroom", ONE, 1, 7, 2, (4, 5)))) == 1


def test_the_table_gives_mean_and_worst_of_an_engine() -> None:
    row = measure(request("vroom", ONE), "made", BEST)
    rows = [row, dataclasses.replace(row, instance="other", gap=3.0)]
    (summary,) = (line for line in report.table(rows).splitlines() if line.startswith("all"))
    assert summary.split()[:5] == ["all", "vroom", "1.50%", "3.00%", "2"]
