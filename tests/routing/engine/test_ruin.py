"""Ruin and recreate by itself: each rule it claims to state exactly is kept, and its price is the true one."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

from routing.engine.draft import Draft
from routing.engine.problem import (
    DEFAULT_WEIGHTS,
    Matrix,
    Pair,
    Problem,
    Published,
    SoftWindow,
    TimeWindow,
    Weights,
)
from routing.engine.proposers import ruin
from routing.engine.proposers.ruin.kernel import compiled
from routing.engine.proposers.ruin.kernel.pricing import price_all
from routing.engine.proposers.ruin.nearness import nearest
from routing.engine.proposers.ruin.pacing import COLD, HOT
from routing.engine.proposers.ruin.search import Search
from routing.engine.proposers.ruin.tables import tables_of
from routing.engine.whole import plan_costs, time_routes
from tests.routing.engine.towns import town
from tests.routing.engine.world import HOUR, MINUTE, job, problem, shift, street

ROUNDS = 40
"""Two thousand rounds: far more than these few jobs need."""


def proposed(of: Problem, weights: Weights = DEFAULT_WEIGHTS) -> dict[str, tuple[str, ...]]:
    """What is proposed; it keeps every rule by the exact timing."""
    found = ruin.propose(of, weights, of.jobs, of.shifts, seconds=60, seed=1, iterations=ROUNDS)
    _, violations = time_routes(of, found, weights)
    assert violations == []
    return found


def served(of: Problem, weights: Weights = DEFAULT_WEIGHTS) -> set[str]:
    return {job_id for ids in proposed(of, weights).values() for job_id in ids}


def kernel_and_true_cost(of: Problem, weights: Weights = DEFAULT_WEIGHTS) -> tuple[int, int]:
    """What the kernel says its best routes cost, and what the exact timing says."""
    tables = tables_of(of, weights, of.jobs, of.shifts)
    search = Search(tables, 1)
    search.begin(None)
    search.run_rounds(2_000, HOT, COLD)
    found = search.routes()
    routes, violations = time_routes(of, found, weights)
    assert violations == []
    riding = {stop.job_id for route in routes for stop in route.stops}
    left_out = [one.id for one in of.jobs if one.id not in riding]
    true = plan_costs(of, routes, left_out, weights).total
    return search.best_cost * tables.unit, true


def test_the_kernels_price_is_the_true_one_down_to_the_micro() -> None:
    of = town(40, 5, seed=2, windows=0.5, skills=0.2, kinds=("van", "bicycle"))
    said, true = kernel_and_true_cost(of)
    assert said == true


def test_a_soft_window_is_never_priced_below_what_the_exact_timing_pays() -> None:
    of = town(40, 5, seed=3, windows=0.2, soft=0.5)
    said, true = kernel_and_true_cost(of)
    assert true <= said <= true * 1.02


def test_the_price_holds_with_pairs_pickups_overtime_and_changed_plans() -> None:
    base = town(24, 3, seed=4, windows=0.4)
    jobs = [
        replace(one, load={}) if n < 8 else replace(one, pickup={"weight_g": 500})
        for n, one in enumerate(base.jobs)
    ]
    jobs[9] = replace(jobs[9], published=Published("s1", after=jobs[10].id))
    shifts = tuple(
        replace(one, overtime_s=HOUR, overtime_cost_per_s=9_000, max_stops=12)
        for one in base.shifts
    )
    pairs = tuple(
        Pair(jobs[n].id, jobs[n + 1].id, {"weight_g": 2_000, "count": 1}) for n in range(0, 8, 2)
    )
    of = replace(base, jobs=tuple(jobs), shifts=shifts, pairs=pairs)
    weights = Weights(changed_shift=5_000_000, changed_order=2_000_000)
    said, true = kernel_and_true_cost(of, weights)
    assert said == true


def test_a_window_is_reached_or_the_job_stays_out() -> None:
    # Five minutes away: a window that closes at 0:05:00 is reached, one that closes a second before is not.
    def of(closes_s: int) -> Problem:
        return problem([job("a", 5, windows=(TimeWindow(0, closes_s),))])

    assert served(of(5 * MINUTE)) == {"a"}
    assert served(of(5 * MINUTE - 1)) == set()


def test_the_second_of_two_windows_is_waited_for() -> None:
    # b holds the van until 0:20:00 at place 1; a's first window has closed then, its second opens at 1:00:00.
    a = job("a", 5, windows=(TimeWindow(0, 10 * MINUTE), TimeWindow(HOUR, 2 * HOUR)))
    b = job("b", 1, service_s=15 * MINUTE, windows=(TimeWindow(0, 5 * MINUTE),))
    assert proposed(problem([a, b])) == {"van-1": ("b", "a")}
    closed = replace(a, windows=(TimeWindow(0, 10 * MINUTE),))
    # Now both fit only with a first, and b's window has closed by then: one of them stays out.
    assert len(served(problem([closed, replace(b, windows=(TimeWindow(0, 5 * MINUTE),))]))) == 1


def test_what_is_delivered_and_what_is_picked_up_share_the_vehicle() -> None:
    # 6 delivered and 6 picked up fit into 10 only when the delivery comes first: then never more than 6 are aboard.
    jobs = [job("out", 5, load={"count": 6}), job("back", 5, pickup={"count": 6})]
    of = problem(jobs, [shift(capacity={"count": 10})])
    assert proposed(of) == {"van-1": ("out", "back")}
    small = problem(jobs, [shift(capacity={"count": 5})])
    assert served(small) == set()


def test_a_pair_rides_in_order_on_one_vehicle_or_not_at_all() -> None:
    jobs = [job("from", 9), job("to", 2), job("x", 5, load={"count": 3})]
    of = replace(
        problem(jobs, [shift(capacity={"count": 4}), shift("van-2", capacity={"count": 4})]),
        pairs=(Pair("from", "to", {"count": 4}),),
    )
    routes = proposed(of)
    assert {"from", "to", "x"} == {one for ids in routes.values() for one in ids}
    with_pair = next(ids for ids in routes.values() if "from" in ids)
    assert with_pair.index("from") < with_pair.index("to")
    # 5 of it go into no vehicle: neither door is visited.
    heavy = replace(of, pairs=(Pair("from", "to", {"count": 5}),))
    assert served(heavy) == {"x"}


def test_skills_pins_and_prices_of_shifts_decide_who_serves() -> None:
    jobs = [
        job("cold", 3, skills=frozenset({"cold"})),
        job("pinned", 3, pinned_shift="van-1"),
        job("dear", 3, shift_costs={"van-2": 10**9}),
        job("not-1", 3, forbidden_shifts=frozenset({"van-1"})),
    ]
    of = problem(jobs, [shift("van-1"), shift("van-2", skills=frozenset({"cold"}))])
    routes = proposed(of)
    assert set(routes["van-1"]) == {"pinned", "dear"}
    assert set(routes["van-2"]) == {"cold", "not-1"}


def test_a_route_is_no_longer_than_it_may_be() -> None:
    # To place 5 and back takes 10 minutes.
    def of(most_s: int) -> Problem:
        return problem([job("a", 5)], [shift(max_duration_s=most_s)])

    assert served(of(10 * MINUTE)) == {"a"}
    assert served(of(10 * MINUTE - 1)) == set()


def test_a_long_wait_between_two_windows_counts_towards_the_longest_duration() -> None:
    early, late = TimeWindow(0, 10 * MINUTE), TimeWindow(2 * HOUR, 3 * HOUR)
    jobs = [job("a", 1, windows=(early,)), job("b", 2, windows=(late,))]
    # Leaves a at 0:10:00 at the latest, reaches b at 2:00:00, home at 2:02:00: 1:53:00 from leaving at 0:09:00.
    exactly = 113 * MINUTE
    assert served(problem(jobs, [shift(max_duration_s=exactly)])) == {"a", "b"}
    assert len(served(problem(jobs, [shift(max_duration_s=exactly - 1)]))) == 1


def test_parking_at_one_door_is_paid_once() -> None:
    jobs = [job(name, 5, setup_s=10 * MINUTE) for name in "ab"]
    # 5 minutes there, one set-up of 10, 5 back: 20 minutes; with two set-ups it would be 30.
    assert served(problem(jobs, [shift(end_s=20 * MINUTE)])) == {"a", "b"}
    assert served(problem(jobs, [shift(end_s=20 * MINUTE - 1)])) == set()


def test_what_a_courier_has_begun_stays_first() -> None:
    jobs = [job("far", 9), job("near", 1), job("new", 2)]
    of = problem(jobs, [shift(prefix=("far", "near"))])
    assert proposed(of)["van-1"][:2] == ("far", "near")


def test_urgent_jobs_come_before_others_when_not_all_fit() -> None:
    doors = [job(f"j{n}", n % 10 + 1, priority=9 if n % 10 == 3 else 0) for n in range(40)]
    assert served(problem(doors, [shift(max_stops=4)])) == {"j3", "j13", "j23", "j33"}


def test_a_place_no_road_leads_to_stays_out_and_harms_nobody() -> None:
    ways = street()
    durations, distances = ways.durations_s.copy(), ways.distances_m.copy()
    durations[:, 7] = distances[:, 7] = -1
    durations[7, :] = distances[7, :] = -1
    of = Problem((job("island", 7), job("a", 3)), (shift(),), {"van": Matrix(durations, distances)})
    assert served(of) == {"a"}


def test_an_optional_job_is_served_only_where_it_pays() -> None:
    # There and back is 1,000 m at 1 micro.
    assert served(problem([job("a", 5, penalty=1_001)])) == {"a"}
    assert served(problem([job("a", 5, penalty=999)])) == set()


def test_a_soft_window_moves_the_order_when_that_is_cheaper() -> None:
    # Both lie on the way; b wants to be served by 0:05:00 at a price far above the metres of coming back for a.
    a = job("a", 2, service_s=20 * MINUTE)
    b = job("b", 5, soft_windows=(SoftWindow(0, 5 * MINUTE, late_cost_per_s=1_000),))
    assert proposed(problem([a, b])) == {"van-1": ("b", "a")}


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
    draft = Draft(of, DEFAULT_WEIGHTS)
    assert draft.take(start)
    before = draft.cost()
    draft.take(found)
    assert time_routes(of, found)[1] == []
    assert draft.cost() <= before


def test_a_stop_from_outside_ends_the_search_at_once() -> None:
    of = town(30, 3, seed=8)
    asked: list[int] = []

    def should_stop() -> bool:
        asked.append(1)
        return len(asked) > 2

    found = ruin.propose(
        of, DEFAULT_WEIGHTS, of.jobs, of.shifts, seconds=3_600, should_stop=should_stop
    )
    # Without the stop this would take an hour.
    assert len(asked) == 3
    assert time_routes(of, found)[1] == []


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
