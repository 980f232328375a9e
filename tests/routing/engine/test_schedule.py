"""The timing of a fixed sequence, against trying every second."""

from collections.abc import Callable
from itertools import combinations_with_replacement
from random import Random

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from routing.engine.problem import DEFAULT_WEIGHTS, Job, Problem, SoftWindow, TimeWindow, matrix
from routing.engine.schedule import is_feasible_on, schedule, schedule_on
from routing.engine.windows import soft_miss
from tests.routing.engine.wild import wild_day
from tests.routing.engine.world import HOUR, MINUTE, job, problem, shift

LAST = 9
"""The tiny axis on which every choice is tried: 0 to 9 s."""


def tiny_windows[Window](
    kind: Callable[[int, int], Window],
) -> st.SearchStrategy[tuple[Window, ...]]:
    one = st.tuples(st.integers(0, LAST), st.integers(0, 4)).map(
        lambda w: (w[0], min(LAST, w[0] + w[1]))
    )
    return st.lists(one, max_size=2).map(lambda found: tuple(kind(*w) for w in found))


@st.composite
def tiny(draw: st.DrawFn) -> Problem:
    rates = st.integers(0, 5)
    jobs = []
    for number in range(draw(st.integers(1, 3))):
        soft = tuple(
            SoftWindow(w.start_s, w.end_s, draw(rates), draw(rates))
            for w in draw(tiny_windows(SoftWindow))
        )
        jobs.append(
            Job(
                f"j{number}",
                number + 1,
                draw(st.integers(0, 2)),
                windows=draw(tiny_windows(TimeWindow)),
                soft_windows=soft,
            )
        )
    steps = [[0 if a == b else draw(st.integers(0, 3)) for b in range(4)] for a in range(4)]
    start = draw(st.integers(0, 4))
    van = shift(
        start_s=start, end_s=LAST, cost_per_m=0, cost_per_s=draw(st.integers(0, 3)),
        latest_start_s=draw(st.sampled_from([None, start + 2])), end_place=draw(st.sampled_from([None, 0])),
    )  # fmt: skip
    return Problem(tuple(jobs), (van,), {"van": matrix(steps, steps)})


def every_timing(of: Problem) -> int | None:
    """The least cost over all departures and starts of service, by trying them all."""
    (van,) = of.shifts
    steps = of.matrices["van"].durations_s
    best = None
    for departs, *starts in combinations_with_replacement(range(LAST + 1), 1 + len(of.jobs)):
        latest = van.end_s if van.latest_start_s is None else van.latest_start_s
        if not van.start_s <= departs <= latest:
            continue
        here, free, cost = van.start_place, departs, 0
        for one, start in zip(of.jobs, starts, strict=True):
            if start < free + steps[here, one.place]:
                break
            if one.windows and not any(w.start_s <= start <= w.end_s for w in one.windows):
                break
            options = [
                max(0, start - w.end_s) * (w.late_cost_per_s or 0)
                + max(0, w.start_s - start) * (w.early_cost_per_s or 0)
                for w in one.soft_windows
            ]
            cost += min(options, default=0)
            here, free = one.place, start + one.service_s
        else:
            end = free if van.end_place is None else free + int(steps[here, van.end_place])
            if end <= van.end_s:
                total = cost + van.cost_per_s * (end - departs)
                best = total if best is None else min(best, total)
    return best


@settings(max_examples=150, deadline=None)
@given(of=tiny())
def test_no_timing_of_a_sequence_is_cheaper(of: Problem) -> None:
    timing = schedule(of, "van-1", [one.id for one in of.jobs])
    cheapest = every_timing(of)
    assert timing.is_feasible == (cheapest is not None)
    assume(cheapest is not None)
    assert timing.route.costs.total == cheapest


def test_slack_is_how_much_later_service_may_start() -> None:
    # a at 1:00 until 30:00; b one minute further until 10:00; back by 60:00.
    jobs = [
        job("a", 1, windows=(TimeWindow(0, 30 * MINUTE),)),
        job("b", 2, windows=(TimeWindow(0, 10 * MINUTE),)),
    ]
    of = problem(jobs, [shift(end_s=HOUR, latest_start_s=0)])
    a, b = schedule(of, "van-1", ["a", "b"]).route.stops
    # b starts at 2:00 and may start at 10:00; a, a minute before b, at 9:00.
    assert (a.start_s, b.start_s, a.slack_s, b.slack_s) == (
        MINUTE,
        2 * MINUTE,
        8 * MINUTE,
        8 * MINUTE,
    )


def test_an_impossible_sequence_is_timed_as_driven_and_says_what_breaks() -> None:
    jobs = [
        job("a", 5, windows=(TimeWindow(0, MINUTE),)),
        job("b", 1, load={"count": 2}, skills=frozenset({"cold"})),
    ]
    of = problem(jobs, [shift(end_s=9 * MINUTE, capacity={"count": 1})])
    timing = schedule(of, "van-1", ["a", "b"])
    said = {violation.code: violation.figures for violation in timing.violations}
    # a is reached at 5:00, 4 minutes late; b at 9:00; back at 10:00, a minute over.
    assert said["after_window"] == {"late_s": 4 * MINUTE}
    assert said["after_shift_end"] == {"over_s": MINUTE}
    assert said["over_capacity"]["over"] == 1
    assert "skill_missing" in said
    assert [stop.start_s for stop in timing.route.stops] == [5 * MINUTE, 9 * MINUTE]


def test_the_shortest_duration_wins_only_when_the_limit_asks_for_it() -> None:
    # Waiting 30 minutes for b's wish costs nothing, but the duration is limited to 20 minutes.
    jobs = [
        job("a", 1, windows=(TimeWindow(MINUTE, MINUTE),)),
        job("b", 2, soft_windows=(SoftWindow(HOUR, HOUR, early_cost_per_s=1),)),
    ]
    free = schedule(problem(jobs), "van-1", ["a", "b"]).route
    assert free.stops[1].start_s == HOUR
    limited = schedule(problem(jobs, [shift(max_duration_s=20 * MINUTE)]), "van-1", ["a", "b"])
    assert limited.is_feasible
    assert limited.route.duration_s <= 20 * MINUTE


def test_the_loads_fall_from_stop_to_stop() -> None:
    jobs = [job("a", 1, load={"weight_g": 3}), job("b", 2, load={"weight_g": 4})]
    route = schedule(problem(jobs), "van-1", ["a", "b"]).route
    assert route.load == {"weight_g": 7}
    assert [stop.load["weight_g"] for stop in route.stops] == [4, 0]


def test_an_empty_sequence_costs_nothing() -> None:
    timing = schedule(problem([], [shift(fixed_cost=5)]), "van-1", [])
    assert timing.is_feasible
    assert timing.route.costs.total == 0


def test_the_cheaper_of_two_soft_windows_counts() -> None:
    wish = job(soft_windows=(SoftWindow(0, 10, 5, 5), SoftWindow(100, 110, 1, 1)))
    assert soft_miss(wish, 20, DEFAULT_WEIGHTS) == (10, 0, 50, 0)
    assert soft_miss(wish, 90, DEFAULT_WEIGHTS) == (0, 10, 0, 10)


def test_asked_only_whether_it_can_be_driven_the_answer_is_the_same() -> None:
    answers: list[bool] = []
    for seed in range(20):
        of, weights = wild_day(seed, 12)
        dice = Random(seed)
        for _ in range(40):
            van = dice.choice(of.shifts)
            halts: list[Job | None] = [*dice.sample(of.jobs, dice.randint(0, 5))]
            if halts and van.max_trips > 1:
                halts.insert(dice.randrange(len(halts)), None)
            moment = dice.randrange(8 * HOUR, 12 * HOUR)
            bound = {one.id: moment for one in halts[:1] if one and dice.random() < 0.3}
            earliest, latest = dice.choice(((bound, {}), ({}, bound)))
            asked = is_feasible_on(of, van, halts, weights, earliest, latest)
            timed = schedule_on(of, van, halts, weights, earliest, latest)
            assert asked == timed.is_feasible, (seed, van.id, halts)
            answers.append(asked)
    assert 100 < sum(answers) < 700
