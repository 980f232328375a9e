"""Plans a problem within a time limit: fast searches propose, OR-Tools completes and confirms, what is left out is explained.

Always answers with the best plan found, with every job left out explained.
"""

from collections.abc import Generator, Sequence
from dataclasses import replace
from functools import partial

from routing.engine import regions, rounds
from routing.engine.confirming import confirm
from routing.engine.errands import Errand, Searcher, carry_out, hands_for
from routing.engine.limits import Engine, SearchSettings
from routing.engine.model import Sequences
from routing.engine.problem import DEFAULT_WEIGHTS, Problem, Weights
from routing.engine.proposing import Reach, propose, reach_of
from routing.engine.regional import Way, search_regions
from routing.engine.rounds import Answer, Ask
from routing.engine.run import INSERTION, OnProgress, Run, WarmStart, begin
from routing.engine.search import OnBetter, has_rules_beyond_pairs
from routing.engine.solution import Solution

ONE_MODEL_UP_TO = 130
"""Jobs up to which one OR-Tools model takes the whole problem."""
QUICK_SECONDS = 1.0
QUICK_SECONDS_PER_JOB = 0.3
"""A whole of n jobs is searched for at most QUICK_SECONDS + n x QUICK_SECONDS_PER_JOB, whatever the limit."""
ALONE, ALONE_WITH_RULES = (Way(regions.REGION_STOPS, 1.2),), (Way(30, 0.6),)
"""How OR-Tools by itself improves regions; with rules that slow it, of 110, 50 and 30 stops it finds most in 30 (2026-11)."""
FROM_NOTHING_SHARE = 0.25
"""Share of the time after proposals that lack rules for OR-Tools from nothing, where one model takes the whole."""
AFTER_PROPOSALS = (Way(120, 1.2, renews=True), Way(120, 1.2, renews=True), Way(30, 0.6))
"""How regions of proposals are mended and improved."""
CONFIRM_SECONDS = 0.1
CONFIRM_SECONDS_PER_JOB = 0.0006
"""Kept back for OR-Tools to read the plan into the full model."""


def solve(
    problem: Problem,
    *,
    seconds: float,
    seed: int = 0,
    weights: Weights = DEFAULT_WEIGHTS,
    warm_start: WarmStart | None = None,
    on_progress: OnProgress | None = None,
    iterations: int | None = None,
    engine: Engine = "auto",
    cores: int = 1,
) -> Solution:
    """Plan the problem.

    Parameters
    ----------
    problem
        What to plan.
    seconds
        Wall time for the search. Where jobs are left out, putting them in after all and explaining them may take
        3 s and 80 % as long again.
    seed
        Diversifies the search.
    weights
        Prices of lateness and of leaving jobs out.
    warm_start
        A plan to start from; what no longer fits is dropped and planned anew. The answer is never worse.
    on_progress
        Called at better plans, and at the end.
    iterations
        Budget in accepted moves for each model; the seconds then decide nothing, and the same input and seed give the
        same plan on every machine, however busy.
    engine
        auto: PyVRP and ruin and recreate propose, OR-Tools completes, repairs and confirms; ortools: it searches alone.
    cores
        Threads that search; with `iterations` always one.

    Returns
    -------
    Solution
        Feasible by construction; jobs that cannot be served, or not within the time, are in `unserved` with reasons.

    Raises
    ------
    InvalidProblem
        Costs at these weights would not fit into 64 bits; or the time, seed, budget or engine is none.
    """
    settings = SearchSettings(seconds, seed, weights, iterations, engine, cores)
    return solve_here(problem, settings, warm_start=warm_start, on_progress=on_progress)


def solve_here(
    problem: Problem,
    settings: SearchSettings,
    *,
    warm_start: WarmStart | None = None,
    on_progress: OnProgress | None = None,
) -> Solution:
    """As `solve`: in this process, a big problem part by part."""
    if len(problem.jobs) > rounds.WHOLE_UP_TO:
        return rounds.solve_in_parts(
            problem, settings, solve_parts=partial(_one_after_another, settings.cores),
            at_once=lambda: 1, warm_start=warm_start, on_progress=on_progress,
        )  # fmt: skip
    return search_whole(problem, settings, warm_start=warm_start, on_progress=on_progress).finish()


def solve_part(
    problem: Problem, settings: SearchSettings, warm_start: WarmStart | None
) -> Solution:
    """As `solve`, in one piece however big, and without reasons for what is left out."""
    return search_whole(problem, settings, warm_start=warm_start, is_part=True).unexplained()


def search_whole(
    problem: Problem,
    settings: SearchSettings,
    *,
    warm_start: WarmStart | None = None,
    on_progress: OnProgress | None = None,
    is_part: bool = False,
) -> Run:
    """As `solve`, in one piece, up to what is said of the plan; of a part of a bigger problem nobody asks its bound or OR-Tools' word."""
    run = begin(problem, settings, warm_start, on_progress)
    if not is_part:
        run.find_bound()
    run.tell("first")
    if run.draft.open_jobs and problem.shifts:
        _search(run, settings.engine)
        if is_part:
            run.draft.insert_left_out(run.late(INSERTION))
        elif run.path == "exact":
            _confirm(run)
    return run


def _one_after_another(cores: int | None, asks: Sequence[Ask]) -> Generator[Answer]:
    """Solve the parts here, each on all cores."""
    for number, ask in enumerate(asks):
        settings = replace(ask.settings, cores=cores)
        yield number, solve_part(ask.part.problem, settings, ask.part.warm or None)


def _search(run: Run, engine: Engine) -> None:
    """Proposals first, where they are wanted; then what knows every rule, to search on or to confirm."""
    if run.iterations is None:
        # A handful of stops is done long before a limit made for hundreds.
        quick = QUICK_SECONDS + QUICK_SECONDS_PER_JOB * len(run.jobs)
        run.seconds = min(run.seconds, quick)
    if engine == "ortools":
        _search_ortools(run)
        return
    reach = reach_of(run.problem, run.weights)
    run.path = "exact" if reach.is_exact else "relaxed"
    if run.has_more_than(0.05):
        kept_back = CONFIRM_SECONDS + CONFIRM_SECONDS_PER_JOB * len(run.jobs)
        propose(run, reach, run.elapsed + reach.share * run.remaining - kept_back)
    if not reach.is_exact and run.has_more_than(0.2):
        _search_on(run, reach)


def _search_ortools(run: Run) -> None:
    """OR-Tools alone."""
    run.engines.append("ortools")
    if len(run.jobs) > ONE_MODEL_UP_TO:
        is_slow = has_rules_beyond_pairs(run.problem, run.jobs, run.problem.shifts)
        _search_regions(run, ALONE_WITH_RULES if is_slow else ALONE)
        return
    on_better = run.listener("improve", _paid_in_any_case(run))
    _search_whole(run, _searcher(run, on_better), run.remaining, run.warm)
    run.note("ortools, whole")


def _search_on(run: Run, reach: Reach) -> None:
    """From proposals that lack some of the rules: OR-Tools, and jobs taken out and put in again, know them all."""
    run.engines += ["ortools", "ruin"]
    if len(run.jobs) <= ONE_MODEL_UP_TO and run.warm and not reach.is_nearly:
        # What lies near the proposal may be far from the best.
        _search_whole(run, _searcher(run), run.remaining * FROM_NOTHING_SHARE, None)
        run.note("ortools, from nothing")
    _search_regions(run, AFTER_PROPOSALS)


def _paid_in_any_case(run: Run) -> int:
    """Micros for vehicles on the road already: no model counts them."""
    surcharge = run.problem.vehicle_surcharge(run.weights)
    return sum(shift.fixed_cost + surcharge for shift in run.problem.shifts if shift.must_drive)


def _search_regions(run: Run, ways: Sequence[Way]) -> None:
    with hands_for(
        run.problem, run.weights, run.cores, lambda: run.draft.starts, run.iterations
    ) as hands:
        search_regions(run, regions.REGION_STOPS, ways, hands)
    # A whole plan is taken over with what it leaves out put in; of a region's that waits for all of them.
    run.draft.insert_left_out(run.late(INSERTION))


def _search_whole(run: Run, searcher: Searcher, seconds: float, warm: Sequences | None) -> None:
    """One model for everything."""
    errand = Errand(run.jobs, run.problem.shifts, run.slice(seconds), warm)
    run.take(searcher(errand), errand.shifts, "improve")


def _searcher(run: Run, on_better: OnBetter | None = None) -> Searcher:
    """Searches one part of the problem."""

    def searcher(errand: Errand) -> Sequences | None:
        return carry_out(
            run.problem, run.weights, errand,
            starts=run.draft.starts, iterations=run.iterations, on_better=on_better,
        )  # fmt: skip

    return searcher


def _confirm(run: Run) -> None:
    """OR-Tools reads the plan into the full model; where proposals were not exact it has searched there already."""
    draft = run.draft
    try:
        told = confirm(
            run.problem,
            run.weights,
            draft.sequences,
            starts=draft.starts,
            until=run.late(INSERTION),
        )
    except TimeoutError:
        run.note("not confirmed in time")
    else:
        run.note("confirmed by ortools" if told is not None else "not read by ortools")
