"""A big problem cut into parts: nothing torn, nothing lost, the fleet where it is needed, the answers together again."""

from dataclasses import replace
from random import Random

import pytest

from routing.engine import decompose, sharing
from routing.engine.checker import check
from routing.engine.decompose import Ground, Part, Pieces
from routing.engine.draft import Draft
from routing.engine.jsonio import read_problem, write_problem
from routing.engine.problem import DEFAULT_WEIGHTS, Job, Pair, Precedence, Problem, TimeWindow
from routing.engine.solve import solve
from tests.routing.engine.towns import HOUR, town

DICE = 7


def parts_of(problem: Problem, count: int, **more: object) -> list[Part]:
    ground = Ground(problem, problem.jobs)
    return decompose.cut(ground, {}, count, Random(DICE), **more)  # type: ignore[arg-type]


def home(parts: list[Part]) -> dict[str, int]:
    return decompose.numbers_of(parts)


def test_each_job_and_each_shift_is_in_one_part() -> None:
    whole = town(240, 16, kinds=("van", "bicycle"))
    parts = parts_of(whole, 4)
    jobs = [job.id for part in parts for job in part.problem.jobs]
    shifts = [shift.id for part in parts for shift in part.problem.shifts]
    assert sorted(jobs) == sorted(job.id for job in whole.jobs)
    assert sorted(shifts) == sorted(shift.id for shift in whole.shifts)
    # 240 jobs in 4 parts: 60 each.
    assert all(55 <= len(part.problem.jobs) <= 65 for part in parts)


def test_a_part_has_its_own_places_only_and_the_same_ways_between_them() -> None:
    whole = town(120, 6)
    part = parts_of(whole, 3)[0].problem
    assert part.place_count == len(part.jobs) + 1  # and the hub
    a, b = part.jobs[0], part.jobs[-1]
    was_a, was_b = whole.job_by_id[a.id].place, whole.job_by_id[b.id].place
    ways, part_ways = whole.matrices["van"], part.matrices["van"]
    assert part_ways.durations_s[a.place, b.place] == ways.durations_s[was_a, was_b]
    assert part_ways.distances_m[b.place, a.place] == ways.distances_m[was_b, was_a]


def test_hours_with_the_same_traffic_share_their_ways_in_a_part_too() -> None:
    whole = town(120, 6)
    ways = whole.matrices["van"]
    slow = ways.durations_s * 2
    hours = ((8 * HOUR, slow), (9 * HOUR, ways.durations_s), (17 * HOUR, slow))
    busy = Problem(whole.jobs, whole.shifts, {"van": replace(ways, by_period=hours)})
    part = parts_of(busy, 3)[0].problem.matrices["van"]
    morning, day, evening = (cells for _, cells in part.by_period)
    assert morning is evening
    assert day is part.durations_s
    assert (morning == part.durations_s * 2).all()


def test_of_equally_near_jobs_the_first_are_the_nearest() -> None:
    whole = town(60, 4)
    # All at one door.
    ground = Ground(whole, [replace(job, place=1, windows=()) for job in whole.jobs])
    assert ground.near[0].tolist() == [1, 2, 3, 4, 5, 6, 7, 8]
    assert ground.near[30].tolist() == [0, 1, 2, 3, 4, 5, 6, 7]


def test_the_nearest_jobs_are_the_nearest() -> None:
    ground = Ground(whole := town(600, 4), whole.jobs)
    away = ((ground.points[:, None] - ground.points) ** 2).sum(axis=2)
    for row in (0, 300, 599):
        others = sorted(set(range(600)) - {row}, key=lambda one: (away[row, one], one))
        assert ground.near[row].tolist() == others[:8]


def test_a_part_can_be_written_and_read() -> None:
    part = parts_of(town(90, 6, windows=0.5, skills=0.2), 3)[1].problem
    again, _ = read_problem(write_problem(part))
    assert (again.jobs, again.shifts) == (part.jobs, part.shifts)
    assert (again.matrices["van"].durations_s == part.matrices["van"].durations_s).all()


def tied(whole: Problem) -> Problem:
    """Ties between jobs at opposite ends of the town, and a shift that is pinned to and under way."""
    by_x = sorted(whole.jobs, key=lambda job: whole.matrices["van"].durations_s[1, job.place])
    near, far = [job.id for job in by_x[2:12]], [job.id for job in by_x[-10:]]
    jobs = [
        replace(job, pinned_shift="s3") if job.id in (near[6], far[6]) else job
        for job in whole.jobs
    ]
    shifts = [
        replace(shift, prefix=(near[7], far[7])) if shift.id == "s2" else shift
        for shift in whole.shifts
    ]
    return Problem(
        tuple(jobs), tuple(shifts), whole.matrices,
        pairs=(Pair(near[0], far[0]),),
        precedences=(Precedence(near[1], far[1], 600),),
        together=((near[2], far[2], near[3]),),
        apart=((near[4], near[5], far[4]),),
    )  # fmt: skip


def test_what_is_tied_stays_in_one_part() -> None:
    whole = tied(town(200, 12))
    parts = parts_of(whole, 4)
    at = home(parts)
    for group in (
        (whole.pairs[0].pickup, whole.pairs[0].delivery),
        (whole.precedences[0].before, whole.precedences[0].after),
        *whole.together,
        [job.id for job in whole.jobs if job.pinned_shift],
        whole.shift_by_id["s2"].prefix,
    ):
        assert len({at[one] for one in group}) == 1
    ruled = [part.problem for part in parts]
    assert sum(len(one.pairs) for one in ruled) == 1
    assert sum(len(one.precedences) for one in ruled) == 1
    # Jobs that ride apart may be in different parts; what is left of the group in one part still holds there.
    for number, one in enumerate(ruled):
        here = [job_id for job_id in whole.apart[0] if at[job_id] == number]
        assert one.apart == ((tuple(here),) if len(here) > 1 else ())


def test_the_next_cut_runs_elsewhere_and_keeps_routes_whole() -> None:
    whole = town(200, 14)
    ground = Ground(whole, whole.jobs)
    first = parts_of(whole, 4)
    found = solve(whole, seconds=60, iterations=5)
    at = home(first)
    again = decompose.cut(ground, found.sequences, 4, Random(DICE), at)
    now = home(again)
    for ids in found.sequences.values():
        assert len({now[one] for one in ids}) == 1
    # Of the pairs of jobs that the first cut parted though each is among the other's nearest, many are together now.
    torn = [
        (job.id, ground.jobs[near].id)
        for job, row in zip(ground.jobs, ground.near, strict=True)
        for near in row
        if at[job.id] != at[ground.jobs[near].id]
    ]
    healed = sum(now[one] == now[other] for one, other in torn)
    assert healed > len(torn) / 3


def test_shifts_go_where_their_skill_is_needed() -> None:
    whole = town(160, 8)
    ground = Ground(whole, whole.jobs)
    parts = decompose.cut(ground, {}, 2, Random(DICE))
    cold = {job.id for job in parts[1].problem.jobs}
    jobs = tuple(
        replace(job, skills=frozenset({"cold"})) if job.id in cold else job for job in whole.jobs
    )
    able = {shift.id for shift in whole.shifts if "cold" in shift.skills}
    shares = sharing.share(
        whole,
        [[j for j in jobs if j.id not in cold], [j for j in jobs if j.id in cold]],
        [[], []],
        whole.shifts,
    )
    assert {shift.id for shift in shares[1]} >= able
    assert able


def test_shifts_go_where_capacity_is_missing() -> None:
    # As many jobs on both sides, but those of the second weigh three times as much: 400 and 1,200 kg for 8 vans.
    whole = town(80, 8)
    light = [Job(f"a{n}", 1, 60, load={"weight_g": 10_000}) for n in range(40)]
    heavy = [Job(f"b{n}", 1, 60, load={"weight_g": 30_000}) for n in range(40)]
    vans = [replace(shift, capacity={"weight_g": 205_000}) for shift in whole.shifts]
    problem = Problem((*light, *heavy), tuple(vans), whole.matrices)
    shares = sharing.share(problem, [light, heavy], [[], []], vans)
    assert [len(shifts) for shifts in shares] == [2, 6]


def test_jobs_of_the_evening_lie_apart_from_those_of_the_morning() -> None:
    whole = town(40, 4)
    early = replace(whole.shifts[0], start_s=8 * HOUR, end_s=12 * HOUR)
    late = replace(whole.shifts[1], start_s=16 * HOUR, end_s=20 * HOUR)
    problem = Problem(whole.jobs, (early, late), whole.matrices)
    morning = Job("m", 1, windows=(TimeWindow(9 * HOUR, 11 * HOUR),))
    evening = Job("e", 1, windows=(TimeWindow(17 * HOUR, 19 * HOUR),))
    middles = sharing.middles_of(problem, [morning, evening, Job("x", 1)])
    assert middles.tolist() == [10 * HOUR, 18 * HOUR, 14 * HOUR]


@pytest.mark.parametrize("fewest", [False, True])
def test_the_answers_of_parts_are_a_plan_of_the_whole_at_its_own_prices(fewest: bool) -> None:
    whole = town(90, 8, skills=0.1)
    weights = replace(DEFAULT_WEIGHTS, fewest_vehicles=fewest)
    draft = Draft(whole, weights)
    pieces = Pieces(draft)
    empty = pieces.cost
    assert empty == draft.cost()
    for part in parts_of(whole, 2):
        found = solve(part.problem, seconds=60, iterations=5, weights=pieces.weights)
        assert pieces.adopt(part, found)
        assert not pieces.adopt(part, found)  # No cheaper than itself.
    assert draft.take(pieces.sequences, inserts=False)
    assert draft.cost() == pieces.cost
    assert {job.id for job in draft.left_out()} == pieces.left_out


def test_a_worse_answer_of_a_part_changes_nothing() -> None:
    whole = town(60, 5)
    pieces = Pieces(Draft(whole, DEFAULT_WEIGHTS))
    part = parts_of(whole, 1)[0]
    good = solve(part.problem, seconds=60, iterations=10)
    nothing = replace(good, routes=())
    assert pieces.adopt(part, good)
    before = pieces.sequences
    assert not pieces.adopt(part, nothing)
    assert pieces.sequences == before
    assert check(whole, good) == ()
