"""Plans a day region by region, then improves groups of neighbouring routes until the time is over."""

from collections.abc import Iterable, Sequence

from routing.engine import regions
from routing.engine.problem import Job, Problem, Shift
from routing.engine.run import Run, Searcher

FIRST_SHARE = 0.3
"""Share of the time for the first plan of all regions."""
INSERTION_SHARE = 0.3
"""Most of the time left for putting in what the regions left out."""


def search_regions(run: Run, size: int, seconds: float, searcher: Searcher) -> None:
    """Plan in parts of about `size` jobs, then improve one group of neighbouring routes after another.

    Parameters
    ----------
    seconds
        For one group.
    searcher
        Plans one part.
    """
    points = regions.lay_out(run.problem, [job.place for job in run.jobs])
    if not run.draft.served:
        _plan_regions(run, points, size, searcher)
        run.note("regions")
        run.draft.insert_left_out(run.ends - (1 - INSERTION_SHARE) * run.remaining)
        run.note("insertion")
    rounds = 0
    most = None if run.iterations is None else 2 * run.region_count
    while run.remaining > 0.3 and (most is None or rounds < most):
        jobs, shifts = _neighbours(run, points, rounds, size)
        sequences = run.draft.sequences
        warm = {one.id: sequences[one.id] for one in shifts if run.drives(one)}
        found = searcher(jobs, shifts, run.slice(min(seconds, run.remaining)), warm)
        run.take(found, shifts, "improve")
        rounds += 1
    run.note(f"{rounds} rounds of neighbouring routes")


def _plan_regions(run: Run, points: regions.Points, size: int, searcher: Searcher) -> None:
    parts = [[run.jobs[row] for row in rows] for rows in regions.cut(points, size, run.random)]
    parts = _gather_bound(run.problem, parts)
    run.region_count = len(parts)
    shares = regions.share_shifts(parts, run.problem.shifts)
    first_end = run.elapsed + FIRST_SHARE * run.remaining
    over_jobs: list[Job] = []
    over_shifts: list[Shift] = []
    for number, (jobs, shifts) in enumerate(zip(parts, shares, strict=True)):
        # What a part leaves over, jobs and shifts, goes on to the next: whole shifts never match a part's work.
        jobs, shifts = [*over_jobs, *jobs], [*over_shifts, *shifts]
        seconds = (first_end - run.elapsed) / (len(parts) - number)
        found = searcher(jobs, shifts, run.slice(max(seconds, 0.05)), None)
        run.take(found, shifts, "first")
        served = run.draft.served
        over_jobs = [job for job in jobs if job.id not in served]
        over_shifts = [shift for shift in shifts if not run.drives(shift)]


def _neighbours(
    run: Run, points: regions.Points, turn: int, size: int
) -> tuple[list[Job], list[Shift]]:
    """A group of neighbouring routes: their jobs and shifts, with left-out jobs and some empty shifts near them."""
    row_of = {job.id: row for row, job in enumerate(run.jobs)}
    left = run.draft.left_out()
    centre = points[row_of[run.random.choice(left if left and turn % 2 == 0 else run.jobs).id]]

    def away(job_ids: Iterable[str]) -> float:
        return min(float(abs(points[row_of[one]] - centre).sum()) for one in job_ids)

    jobs: list[Job] = sorted(left, key=lambda job: (away([job.id]), job.id))[: size // 4]
    shifts: list[Shift] = []
    driving = [route for route in run.draft.routes.values() if route.stops]
    for route in sorted(driving, key=lambda r: (away(r.job_ids), r.shift_id)):
        if shifts and len(jobs) + len(route.stops) > size * 1.2:
            break
        shifts.append(run.problem.shift_by_id[route.shift_id])
        jobs += [run.problem.job_by_id[job_id] for job_id in route.job_ids]
    empty = [shift for shift in run.problem.shifts if not run.drives(shift)]
    run.random.shuffle(empty)
    return jobs, shifts + empty[: 2 + len(left) // 10]


def _gather_bound(problem: Problem, parts: list[list[Job]]) -> list[list[Job]]:
    """Put jobs that are pinned to one shift, or tied to each other, into the part that has most of them."""
    head = _heads(_bound_groups(problem))
    counts: dict[str, dict[int, int]] = {}
    for number, jobs in enumerate(parts):
        for job in jobs:
            if job.id in head:
                seen = counts.setdefault(head[job.id], {})
                seen[number] = seen.get(number, 0) + 1
    home = {one: max(seen, key=lambda n: (seen[n], -n)) for one, seen in counts.items()}
    gathered: list[list[Job]] = [[] for _ in parts]
    for number, jobs in enumerate(parts):
        for job in jobs:
            gathered[home[head[job.id]] if job.id in head else number].append(job)
    return [jobs for jobs in gathered if jobs]


def _bound_groups(problem: Problem) -> list[Sequence[str]]:
    """Groups of job ids that must be planned in one part."""
    pinned: dict[str, list[str]] = {}
    for job in problem.jobs:
        if job.pinned_shift is not None:
            pinned.setdefault(job.pinned_shift, []).append(job.id)
    for shift in problem.shifts:
        if shift.prefix:
            pinned.setdefault(shift.id, []).extend(shift.prefix)
    groups: list[Sequence[str]] = [(pair.pickup, pair.delivery) for pair in problem.pairs]
    groups += [(rule.before, rule.after) for rule in problem.precedences]
    return [*groups, *problem.together, *pinned.values()]


def _heads(groups: Sequence[Sequence[str]]) -> dict[str, str]:
    """By member of a group of several, one member that stands for all that are joined over any number of groups."""
    head: dict[str, str] = {}

    def find(one: str) -> str:
        while head.get(one, one) != one:
            one = head[one]
        return one

    for group in groups:
        for other in group[1:]:
            head[find(other)] = find(group[0])
    return {one: find(one) for group in groups if len(group) > 1 for one in group}
