"""How ruin and recreate searches: where it begins, what a round tries, what it makes ahead, and that it repeats itself."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

from routing.engine.problem import (
    DEFAULT_WEIGHTS,
    Pair,
    Problem,
    Published,
    TimeWindow,
    Weights,
)
from routing.engine.proposers import ruin
from routing.engine.proposers.ruin.kernel import compiled
from routing.engine.proposers.ruin.kernel.data import ABSENT, COST, NONE
from routing.engine.proposers.ruin.kernel.pricing import price_all
from routing.engine.proposers.ruin.kernel.rounds import take_absent
from routing.engine.proposers.ruin.nearness import nearest
from routing.engine.proposers.ruin.pacing import COLD, HOT
from routing.engine.proposers.ruin.search import SETTINGS, Search
from routing.engine.proposers.ruin.tables import tables_of
from routing.engine.whole import time_routes
from tests.routing.engine.proposed import ROUNDS, proposed, true_cost
from tests.routing.engine.towns import town
from tests.routing.engine.world import MINUTE, job, problem, shift


def test_a_round_tries_some_of_what_is_left_out_and_forgets_none() -> None:
    doors = [job(f"j{n}", n % 10 + 1) for n in range(100)]
    of = problem(doors, [shift(max_stops=5)])
    tables = tables_of(of, DEFAULT_WEIGHTS, of.jobs, of.shifts)
    search = Search(tables, 1)
    search.begin(None)
    state = search.state
    search.run_rounds(1, HOT, COLD)
    assert state.tally[ABSENT] == 95
    search.run_rounds(500, HOT, COLD)
    left_out = [int(node) for node in state.absent[: state.tally[ABSENT]]]
    assert sorted(left_out) == list(np.flatnonzero(state.route == NONE))
    assert price_all(tables.data, state) == state.tally[COST]
    # Five of the nearest ten: there and back to place 1.
    assert search.best_cost * tables.unit == 95 * of.penalty(doors[0], DEFAULT_WEIGHTS) + 200
    assert take_absent(tables.data, state, search.scratch, SETTINGS)[0] == SETTINGS.absent
    assert state.tally[ABSENT] == 95 - SETTINGS.absent


def test_a_warm_start_full_of_nonsense_is_used_as_far_as_it_fits() -> None:
    of = town(12, 2, seed=5)
    warm = {"s0": ("j3", "gone", "j3", "j4"), "gone": ("j5",), "s1": ("j4", "j6")}
    found = ruin.propose(
        of, DEFAULT_WEIGHTS, of.jobs, of.shifts, seconds=60, warm=warm, iterations=5
    )
    ids = [one for route in found.values() for one in route]
    assert sorted(ids) == sorted(set(ids))
    assert time_routes(of, found)[1] == []


def laid(of: Problem, warm: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """The routes that a search begins with."""
    search = Search(tables_of(of, DEFAULT_WEIGHTS, of.jobs, of.shifts), 1)
    search.begin(warm)
    return search.routes()


def test_the_rest_of_a_warm_route_stays_when_one_of_its_stops_does_not_fit() -> None:
    late = job("late", 5, windows=(TimeWindow(0, MINUTE),))
    of = problem([late, job("a", 2), job("b", 3)])
    assert laid(of, {"van-1": ("late", "a", "b")}) == {"van-1": ("a", "b")}


def test_a_warm_route_takes_both_stops_of_a_pair_in_their_order_or_neither() -> None:
    jobs = [job("from", 1), job("to", 2, skills=frozenset({"cold"})), job("x", 3)]
    of = replace(problem(jobs), pairs=(Pair("from", "to"),))
    assert laid(of, {"van-1": ("from", "x", "to")}) == {"van-1": ("x",)}
    both = replace(of, shifts=(shift(skills=frozenset({"cold"})),))
    assert laid(both, {"van-1": ("from", "x", "to")}) == {"van-1": ("from", "x", "to")}
    assert laid(both, {"van-1": ("to", "x", "from")}) == {"van-1": ("x",)}


def test_a_published_order_moves_no_job_nearer_to_another() -> None:
    base = town(60, 4, seed=12, windows=0.4)
    jobs = [
        replace(one, published=Published("s0", after=base.jobs[n - 1].id)) if 0 < n < 50 else one
        for n, one in enumerate(base.jobs)
    ]
    of = replace(base, jobs=tuple(jobs))
    charged = tables_of(of, Weights(changed_order=2_000_000), of.jobs, of.shifts)
    plain = tables_of(of, Weights(), of.jobs, of.shifts)
    assert np.array_equal(charged.data.near, plain.data.near)
    assert np.array_equal(charged.data.beside, plain.data.beside)
    assert charged.arc_price == plain.arc_price
    assert not np.array_equal(charged.data.price, plain.data.price)


def test_of_neighbours_equally_near_the_first_are_kept_on_any_processor() -> None:
    ways = np.full((600, 600), 7.0)
    ways[:, 500] = 3.0
    assert (nearest(ways, 20) == [500, *range(19)]).all()


def test_tables_made_before_propose_the_same_routes() -> None:
    of = town(40, 4, seed=13, windows=0.4)
    tables = ruin.tables_of(of, DEFAULT_WEIGHTS, of.jobs, of.shifts)
    found = ruin.propose(
        of, DEFAULT_WEIGHTS, of.jobs, of.shifts, seconds=60, seed=1, iterations=ROUNDS,
        tables=tables,
    )  # fmt: skip
    assert found == proposed(of)


def test_the_same_seed_and_budget_propose_the_same_routes() -> None:
    of = town(60, 6, seed=6, windows=0.4)
    first, again = proposed(of), proposed(of)
    assert first == again


def test_two_cores_propose_a_plan_that_keeps_the_rules_and_is_no_worse_than_the_start() -> None:
    of = town(80, 8, seed=7, windows=0.4)
    start = proposed(of)
    found = ruin.propose(of, DEFAULT_WEIGHTS, of.jobs, of.shifts, seconds=1.0, warm=start, cores=2)
    assert true_cost(of, found) <= true_cost(of, start)


def test_nothing_to_plan_and_nobody_to_plan_for() -> None:
    of = problem([job("a")])
    assert ruin.propose(of, DEFAULT_WEIGHTS, (), of.shifts, seconds=1) == {}
    assert ruin.propose(of, DEFAULT_WEIGHTS, of.jobs, (), seconds=1) == {}


def test_the_best_of_two_searches_is_taken_over_whole() -> None:
    of = town(30, 3, seed=9)
    tables = tables_of(of, DEFAULT_WEIGHTS, of.jobs, of.shifts)
    one, other = Search(tables, 1), Search(tables, 2)
    for search in (one, other):
        search.begin(None)
        search.run_rounds(500, HOT, COLD)
    one.adopt(other)
    assert one.routes() == other.routes()
    assert price_all(tables.data, one.state) == other.best_cost


def test_the_first_plan_after_compiling_ahead_compiles_nothing() -> None:
    # In a process of its own: here other tests have compiled all by now.
    compiled_ahead = (
        "from numba.core.dispatcher import Dispatcher\n"
        "from routing.engine.proposers.ruin import compile_kernel, search, team\n"
        "compile_kernel()\n"
        "called = {one for room in (search, team) for one in vars(room).values() if isinstance(one, Dispatcher)}\n"
        "assert len(called) > 5\n"
        "print([one.__name__ for one in called if not one.signatures])"
    )
    asked = [sys.executable, "-c", compiled_ahead]
    answer = subprocess.run(asked, check=True, capture_output=True, text=True).stdout
    assert answer.strip() == "[]"


def test_what_was_compiled_is_stale_when_another_file_of_the_kernel_changes(tmp_path: Path) -> None:
    package = tmp_path / "small"
    package.mkdir()
    copy = Path(compiled.__file__).read_text()
    (package / "__init__.py").write_text("")
    (package / "compiled.py").write_text(copy)
    (package / "inner.py").write_text(
        "from small.compiled import compiled\n@compiled\ndef inner(x):\n    return x + 1\n"
    )
    (package / "outer.py").write_text(
        "from small.compiled import compiled\nfrom small.inner import inner\n"
        "@compiled\ndef outer(x):\n    return inner(x)\n"
    )

    def outer_of_1() -> str:
        asked = [sys.executable, "-c", "from small.outer import outer; print(outer(1))"]
        return subprocess.run(
            asked, cwd=tmp_path, check=True, capture_output=True, text=True
        ).stdout.strip()

    assert outer_of_1() == "2"
    inner = package / "inner.py"
    inner.write_text(inner.read_text().replace("x + 1", "x + 1_000"))
    assert outer_of_1() == "1001"
