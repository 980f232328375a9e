"""Timing under every rule of a route, against driving it second by second in every way."""

from collections.abc import Sequence
from functools import cache
from itertools import permutations

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from routing.engine.checker import check
from routing.engine.problem import (
    RELOAD,
    Break,
    Job,
    Matrix,
    Pair,
    Precedence,
    Problem,
    Shift,
    SoftWindow,
    TimeWindow,
    matrix,
)
from routing.engine.schedule import schedule
from routing.engine.solution import Solution
from tests.routing.engine.world import shift

LAST = 14
"""The tiny axis: 0 to 14 s."""


def every_way(of: Problem, sequence: Sequence[str]) -> int | None:
    """The least cost of driving the sequence, by trying each second whether to drive, wait, rest or serve; None: no way."""
    (van,) = of.shifts
    jobs = [None if one == RELOAD else of.job_by_id[one] for one in sequence]
    latest = van.end_s if van.latest_start_s is None else van.latest_start_s
    pairs = {pair.delivery: pair for pair in of.pairs}
    begin_links = {pair.pickup for pair in of.pairs} | {rule.before for rule in of.precedences}

    @cache
    def seconds(a: int, b: int, departs: int) -> int:
        cells = of.matrices["van"].durations_s
        for from_s, later in of.matrices["van"].by_period:
            if departs >= from_s:
                cells = later
        return -(-int(cells[a, b]) * 100 // van.speed_percent)

    @cache
    def release(k: int) -> int:
        until = next((n for n in range(k, len(jobs)) if jobs[n] is None), len(jobs))
        return max((one.release_s for one in jobs[k:until] if one is not None), default=0)

    @cache
    def rests_fit(numbers: frozenset[int], first: int, before: int) -> bool:
        """All of these breaks in some order, from `first` on and over by `before`."""
        for order in permutations(numbers):
            t = first
            for number in order:
                t = max(t, van.breaks[number].earliest_s)
                if t > van.breaks[number].latest_s:
                    break
                t += van.breaks[number].duration_s
            else:
                if t <= before:
                    return True
        return False

    def way_to(k: int, departs: int) -> int:
        here = van.start_place
        if k and jobs[k - 1] is not None:
            here = jobs[k - 1].place
        if k == len(jobs):
            return 0 if van.end_place is None else seconds(here, van.end_place, departs)
        one = jobs[k]
        if one is None:
            return seconds(here, van.start_place, departs)
        setup = 0 if k and jobs[k - 1] is not None and here == one.place else one.setup_s
        return seconds(here, one.place, departs) + setup

    @cache
    def least(
        t: int, k: int, left: int, open_rests: frozenset[int], began: int, trip: int,
        starts: tuple[tuple[str, int], ...], docked: bool,
    ) -> int | None:  # fmt: skip
        """Least cost to come at t on the way to halt k with `left` s to drive (docked: at the hub, loaded)."""
        if t > LAST:
            return None
        options: list[int | None] = []

        def on(t: int, left: int, rests: frozenset[int] = open_rests) -> None:
            options.append(least(t, k, left, rests, began, trip, starts, docked))

        for number in open_rests:
            rest = van.breaks[number]
            resting = not (k == len(jobs) and van.end_place is None)
            if resting and rest.earliest_s <= t <= rest.latest_s:
                on(t + rest.duration_s, left, open_rests - {number})
        on(t + 1, left)
        if docked:
            if t >= release(k):
                options.append(least(t, k, way_to(k, t), open_rests, began, t, starts, False))
        elif left:
            on(t + 1, left - 1)
        elif k == len(jobs):
            options.append(ended(t, open_rests, began))
        elif jobs[k] is None:
            options.append(least(t + van.reload_s, k + 1, 0, open_rests, began, trip, starts, True))
        else:
            one = jobs[k]
            cost = served(one, t, trip, dict(starts))
            if cost is not None:
                done = t + one.service_s
                known = (*starts, (one.id, t)) if one.id in begin_links else starts
                rest_of = least(
                    done, k + 1, way_to(k + 1, done), open_rests, began, trip, known, False
                )
                options.append(None if rest_of is None else cost + rest_of)
        return min((one for one in options if one is not None), default=None)

    def served(one: Job, t: int, trip: int, starts: dict[str, int]) -> int | None:
        if one.windows and not any(w.start_s <= t <= w.end_s for w in one.windows):
            return None
        if one.max_ride_s is not None and t - trip > one.max_ride_s:
            return None
        pair = pairs.get(one.id)
        if pair is not None and pair.max_ride_s is not None:
            first = of.job_by_id[pair.pickup]
            if t - starts[first.id] - first.service_s > pair.max_ride_s:
                return None
        for rule in of.precedences:
            if rule.after == one.id and t < starts[rule.before] + rule.offset_s:
                return None
        return min(
            (
                max(0, t - w.end_s) * (w.late_cost_per_s or 0)
                + max(0, w.start_s - t) * (w.early_cost_per_s or 0)
                for w in one.soft_windows
            ),
            default=0,
        )

    def ended(t: int, rests: frozenset[int], began: int) -> int | None:
        if t > van.end_s + van.overtime_s or not rests_fit(rests, t, 10**6):
            return None
        if van.max_duration_s is not None and t - began > van.max_duration_s:
            return None
        return van.cost_per_s * (t - began) + van.overtime_cost_per_s * max(0, t - van.end_s)

    numbers = range(len(van.breaks))
    found: list[int | None] = []
    for departs in range(max(van.start_s, release(0)), latest + 1):
        for kept in range(1 << len(numbers)):
            before = frozenset(n for n in numbers if not kept >> n & 1)
            if rests_fit(before, 0, departs):
                later = frozenset(numbers) - before
                found.append(
                    least(departs, 0, way_to(0, departs), later, departs, departs, (), False)
                )
    return min((one for one in found if one is not None), default=None)


def windows(draw: st.DrawFn) -> tuple[TimeWindow, ...]:
    if draw(st.booleans()):
        return ()
    starts = draw(st.lists(st.integers(0, LAST), min_size=1, max_size=2))
    return tuple(TimeWindow(at, min(LAST, at + draw(st.integers(0, 5)))) for at in starts)


def breaks(draw: st.DrawFn, most: int) -> tuple[Break, ...]:
    found: list[Break] = []
    free = latest = 0
    for _ in range(draw(st.integers(0, most))):
        latest = draw(st.integers(max(free, latest), max(free, latest) + 6))
        one = Break(draw(st.integers(0, latest)), latest, draw(st.integers(1, 2)))
        found.append(one)
        free = max(free, one.earliest_s) + one.duration_s
    return tuple(found)


def road(draw: st.DrawFn, periods: bool) -> Matrix:
    def steps() -> list[list[int]]:
        return [[0 if a == b else draw(st.integers(0, 3)) for b in range(3)] for a in range(3)]

    first = matrix(steps(), steps())
    if not periods:
        return first
    times = sorted(draw(st.sets(st.integers(0, 8), max_size=2)))
    slower = tuple((at, matrix(steps(), steps()).durations_s) for at in times)
    return Matrix(first.durations_s, first.distances_m, slower)


@st.composite
def tiny(
    draw: st.DrawFn, *, links: bool = False, periods: bool = False
) -> tuple[Problem, list[str]]:
    rate = st.integers(0, 5)
    jobs = [
        Job(
            f"j{number}", draw(st.integers(1, 2)), draw(st.integers(0, 2)),
            setup_s=draw(st.integers(0, 1)),
            windows=windows(draw),
            soft_windows=tuple(
                SoftWindow(w.start_s, w.end_s, draw(rate), draw(rate)) for w in windows(draw)
            ),
            release_s=draw(st.sampled_from([0, 0, 3])),
            max_ride_s=draw(st.sampled_from([None, 2, 4, 6])) if links else None,
        )
        for number in range(draw(st.integers(1, 3 if links else 2)))
    ]  # fmt: skip
    ids = [one.id for one in jobs]
    sequence = list(ids)
    if draw(st.booleans()):
        sequence.insert(draw(st.integers(1, len(ids))), RELOAD)
    while sequence[-1] == RELOAD:
        sequence.pop()
    pairs: tuple[Pair, ...] = ()
    orders: tuple[Precedence, ...] = ()
    if links and len(ids) > 1 and RELOAD not in sequence and draw(st.booleans()):
        pairs = (Pair("j0", ids[-1], max_ride_s=draw(st.integers(0, 5))),)
    if links and len(ids) > 1 and draw(st.booleans()):
        orders = (Precedence("j0", ids[-1], draw(st.integers(0, 6))),)
    van: Shift = shift(
        start_s=draw(st.integers(0, 3)), end_s=draw(st.integers(6, 11)), cost_per_m=0,
        cost_per_s=draw(st.integers(0, 3)), latest_start_s=draw(st.sampled_from([None, 4])),
        end_place=draw(st.sampled_from([None, 0])), breaks=breaks(draw, 1 if links else 2),
        max_trips=2, reload_s=draw(st.integers(0, 2)), overtime_s=draw(st.integers(0, 3)),
        overtime_cost_per_s=draw(rate), speed_percent=draw(st.sampled_from([100, 100, 50])),
        max_duration_s=draw(st.sampled_from([None, 8])) if links else None,
    )  # fmt: skip
    of = Problem(tuple(jobs), (van,), {"van": road(draw, periods)}, pairs, orders)
    return of, sequence


@settings(max_examples=120, deadline=None)
@given(case=tiny())
def test_with_breaks_and_trips_no_timing_is_cheaper(case: tuple[Problem, list[str]]) -> None:
    of, sequence = case
    timing = schedule(of, "van-1", sequence)
    cheapest = every_way(of, sequence)
    assert timing.is_feasible == (cheapest is not None)
    assume(cheapest is not None)
    assert timing.route.costs.total == cheapest


@settings(max_examples=60, deadline=None)
@given(case=tiny(periods=True))
def test_with_traffic_by_period_no_timing_is_cheaper(case: tuple[Problem, list[str]]) -> None:
    of, sequence = case
    timing = schedule(of, "van-1", sequence)
    cheapest = every_way(of, sequence)
    assert timing.is_feasible == (cheapest is not None)
    assume(cheapest is not None)
    assert timing.route.costs.total == cheapest


@settings(max_examples=120, deadline=None)
@given(case=tiny(links=True))
def test_ride_limits_and_offsets_are_kept_whenever_they_can_be(
    case: tuple[Problem, list[str]],
) -> None:
    of, sequence = case
    timing = schedule(of, "van-1", sequence)
    cheapest = every_way(of, sequence)
    assert timing.is_feasible == (cheapest is not None)
    assume(cheapest is not None)
    assert timing.route.costs.total >= (cheapest or 0)


@settings(max_examples=200, deadline=None)
@given(case=st.booleans().flatmap(lambda links: tiny(links=links, periods=not links)))
def test_the_checker_finds_the_times_as_stated(case: tuple[Problem, list[str]]) -> None:
    of, sequence = case
    timing = schedule(of, "van-1", sequence)
    plan = Solution((timing.route,), (), timing.route.costs)
    assert (check(of, plan) == ()) == timing.is_feasible
