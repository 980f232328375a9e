"""Ruin and recreate by itself: each rule it claims to state exactly is kept, and its price is the true one."""

from dataclasses import replace

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
from routing.engine.proposers.ruin.pacing import COLD, HOT
from routing.engine.proposers.ruin.search import Search
from routing.engine.proposers.ruin.tables import tables_of
from tests.routing.engine.proposed import ROUNDS, proposed, served, true_cost
from tests.routing.engine.towns import town
from tests.routing.engine.world import HOUR, MINUTE, job, problem, shift, street


def kernel_and_true_cost(of: Problem, weights: Weights = DEFAULT_WEIGHTS) -> tuple[int, int]:
    """What the kernel says its best routes cost, and what the exact timing says."""
    tables = tables_of(of, weights, of.jobs, of.shifts)
    search = Search(tables, 1)
    search.begin(None)
    search.run_rounds(2_000, HOT, COLD)
    return search.best_cost * tables.unit, true_cost(of, search.routes(), weights)


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


def test_a_wait_that_takes_too_long_leads_to_the_van_that_leaves_later() -> None:
    # van-1 has left by 1:00:00 and would be under way for 7 hours until 8:00:00; van-2 leaves when it likes.
    vans = [
        shift("van-1", latest_start_s=HOUR, max_duration_s=6 * HOUR),
        shift("van-2", cost_per_m=2),
    ]
    late = TimeWindow(8 * HOUR, 9 * HOUR)
    of = problem([job("a", 5, windows=(late,)), job("b", 6, windows=(late,))], vans)
    assert proposed(of) == {"van-2": ("a", "b")}
    assert proposed(replace(of, pairs=(Pair("a", "b"),))) == {"van-2": ("a", "b")}
    in_time = replace(vans[0], max_duration_s=8 * HOUR)
    assert proposed(replace(of, shifts=(in_time, vans[1]))) == {"van-1": ("a", "b")}


def improved(of: Problem, route: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """What is proposed from this route of van-1 on."""
    return ruin.propose(
        of, DEFAULT_WEIGHTS, of.jobs, of.shifts, seconds=60, warm={"van-1": route},
        iterations=ROUNDS,
    )  # fmt: skip


def test_a_stop_that_the_only_road_leads_by_is_not_taken_out_alone() -> None:
    # No road leads to c but the one from b, which is worth less than its way.
    ways = street(4)
    durations, distances = ways.durations_s.copy(), ways.distances_m.copy()
    for leads_on in (durations, distances):
        leads_on[0, 2] = leads_on[0, 3] = leads_on[1, 3] = -1
    jobs = [job("a", 1), job("b", 2, penalty=1), job("c", 3)]
    of = problem(jobs, van=Matrix(durations, distances))
    assert improved(of, ("a", "b", "c")) == {"van-1": ("a", "b", "c")}


def test_a_stop_that_parks_for_the_next_one_is_not_taken_out_alone() -> None:
    # Two minutes to their door, and a parks in 10: b's window is reached at 0:12:00. Without a it parks itself, in 20.
    a = job("a", 2, setup_s=10 * MINUTE, penalty=1, shift_costs={"van-1": 5})
    b = job("b", 2, setup_s=20 * MINUTE, windows=(TimeWindow(0, 12 * MINUTE),))
    assert improved(problem([a, b]), ("a", "b")) == {"van-1": ("a", "b")}


def test_a_pair_goes_to_the_next_van_where_the_first_has_no_time() -> None:
    # Each van has a stop of its own; van-1 would be cheaper, but to place 6 and back takes 12 minutes.
    jobs = [job("x", 1, pinned_shift="van-1"), job("y", 1, pinned_shift="van-2")]
    jobs += [job("from", 5), job("to", 6)]

    def of(most_s: int) -> Problem:
        vans = [shift("van-1", max_duration_s=most_s), shift("van-2", cost_per_m=2)]
        return replace(problem(jobs, vans), pairs=(Pair("from", "to"),))

    assert set(proposed(of(12 * MINUTE))["van-1"]) == {"x", "from", "to"}
    assert set(proposed(of(12 * MINUTE - 1))["van-2"]) == {"y", "from", "to"}


def test_a_pair_goes_where_its_soft_window_is_kept() -> None:
    # x has begun and holds van-1 for an hour; in the dearer van-2 the pair is there by 0:10:00.
    jobs = [job("x", 1, service_s=HOUR), job("y", 1), job("from", 2)]
    vans = [shift("van-1", prefix=("x",)), shift("van-2", prefix=("y",), cost_per_m=2)]
    soft = SoftWindow(0, 10 * MINUTE, late_cost_per_s=1_000)

    def of(*windows: SoftWindow) -> Problem:
        pair = (Pair("from", "to"),)
        return replace(problem([*jobs, job("to", 3, soft_windows=windows)], vans), pairs=pair)

    def first_place(of: Problem) -> dict[str, tuple[str, ...]]:
        search = Search(tables_of(of, DEFAULT_WEIGHTS, of.jobs, of.shifts), 1)
        search.begin(None)
        search.run_rounds(1, HOT, COLD)
        return search.routes()

    assert first_place(of()) == {"van-1": ("x", "from", "to"), "van-2": ("y",)}
    assert first_place(of(soft)) == {"van-1": ("x",), "van-2": ("y", "from", "to")}


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
