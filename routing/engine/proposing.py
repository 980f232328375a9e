"""The proposals stage: ruin and recreate and PyVRP search for routes, as far as they know the problem's rules."""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from routing.engine import decompose
from routing.engine.decompose import Ground
from routing.engine.features import features_of
from routing.engine.model import Sequences
from routing.engine.problem import Problem, Weights
from routing.engine.proposers import pyvrp, ruin
from routing.engine.proposers.pyvrp_part import parts_needed
from routing.engine.run import Run

RELAXED_SHARE = 0.3
"""Share of the time for proposals where they do not know every rule (of 0.15, 0.25, 0.4 and 0.5 on mixed days of 200 to 1,000 jobs, 2026-11)."""
NEARLY_SHARE = 0.75
"""The same where a proposer prices every rule, though not to the micro."""
RUIN_SHARE, LATER_RUIN_SHARE = 0.75, 0.375
"""Share of a proposal's time for ruin and recreate, up to LONG_S and beyond; PyVRP goes on from there.

In a minute, 0.75 to its end gave 0.77 %, 0.56 % and 0.49 % on r1_2_3, c1_6_4 and X-n331-k15, this 0.22 %, 0.42 % and 0.46 % (2026-11).
"""
LONG_S = 20.0


@dataclass(frozen=True, slots=True)
class Reach:
    """How far the proposers know a problem's rules."""

    is_exact: bool
    """One of them knows all."""
    is_nearly: bool
    """Ruin and recreate prices all, though not to the micro."""
    ruins: bool
    """Ruin and recreate knows no fewer of the rules: it finds the routes."""
    polishes: bool
    """PyVRP knows all that ruin and recreate does: it may go on from its routes."""

    @property
    def share(self) -> float:
        """Share of the time for proposals."""
        return 1.0 if self.is_exact else NEARLY_SHARE if self.is_nearly else RELAXED_SHARE


def reach_of(problem: Problem, weights: Weights) -> Reach:
    """What the proposers know of this problem at these weights."""
    features = features_of(problem, weights)
    unknown_to_ruin, unknown_to_pyvrp = features - ruin.EXACT, features - pyvrp.EXACT
    is_nearly = not unknown_to_ruin - ruin.NEARLY
    return Reach(
        is_exact=not unknown_to_ruin or not unknown_to_pyvrp,
        is_nearly=is_nearly,
        ruins=is_nearly or len(unknown_to_ruin) <= len(unknown_to_pyvrp),
        polishes=unknown_to_pyvrp <= unknown_to_ruin - ruin.NEARLY,
    )


def propose(run: Run, reach: Reach, until: float) -> None:
    """Let the proposers search, to this moment of `run.elapsed`."""
    if reach.ruins:
        tables = ruin.tables_of(run.problem, run.weights, run.jobs, run.problem.shifts)
        seconds = until - run.elapsed
        _ruin_whole(run, reach, tables, _ruin_seconds(seconds) if reach.polishes else seconds)
        if reach.polishes:
            _polish(run, reach, until, tables)
    else:
        _polish(run, reach, until)


def _ruin_seconds(seconds: float) -> float:
    return RUIN_SHARE * min(seconds, LONG_S) + LATER_RUIN_SHARE * max(0.0, seconds - LONG_S)


def _ruin_whole(run: Run, reach: Reach, tables: ruin.Tables, seconds: float) -> None:
    shifts = run.problem.shifts
    # What it costs without some of the rules no plan may cost.
    on_better = run.listener("improve") if reach.is_exact or reach.is_nearly else None
    found = ruin.propose(
        run.problem, run.weights, run.jobs, shifts,
        seconds=run.slice(seconds), seed=run.seed, warm=run.warm,
        iterations=run.iterations, cores=run.cores, on_better=on_better, tables=tables,
    )  # fmt: skip
    run.engines.append("ruin")
    run.take(found, shifts, "improve")
    run.note("ruin and recreate")


def _polish(run: Run, reach: Reach, until: float, tables: ruin.Tables | None = None) -> None:
    """PyVRP from the plan so far; with tables ruin and recreate goes on on other cores."""
    seconds = run.slice(until - run.elapsed)
    if seconds <= 0.05:
        return
    shifts = run.problem.shifts
    end, warm = time.monotonic() + seconds, run.warm
    on_better = run.listener("improve") if reach.is_exact else None

    def ruin_on(number: int) -> Sequences:
        return ruin.propose(
            run.problem, run.weights, run.jobs, shifts,
            seconds=end - time.monotonic(), seed=run.seed + 7_919 * number, warm=warm, tables=tables,
        )  # fmt: skip

    with ThreadPoolExecutor(run.cores, thread_name_prefix="ruin") as threads:
        beside = threads.map(ruin_on, range(1, 1 if tables is None else run.cores))
        parts = parts_needed(run.problem, run.weights, run.jobs, shifts)
        if parts > 1:
            polished = _in_parts(run, end, parts)
        else:
            polished = pyvrp.propose(
                run.problem, run.weights, run.jobs, shifts,
                seconds=seconds, seed=run.seed, warm=warm, iterations=run.iterations, on_better=on_better,
            )  # fmt: skip
        others = list(beside)
    if run.take(polished, shifts, "improve"):
        run.engines.append("pyvrp")
    run.note("pyvrp")
    for one in others:
        run.take(one, shifts, "improve")


def _in_parts(run: Run, end: float, count: int) -> Sequences:
    """PyVRP's routes of so many parts, one after another until this moment of `time.monotonic`: the whole would not fit in memory."""
    warm = run.warm or {}
    found: dict[str, tuple[str, ...]] = {}
    rest = decompose.divide(Ground(run.problem, run.jobs), warm, count, run.random)
    while rest:
        seconds = run.slice((end - time.monotonic()) / len(rest))
        jobs, shifts = rest.pop()
        started = {one.id: warm[one.id] for one in shifts if one.id in warm}
        found |= pyvrp.propose(
            run.problem, run.weights, jobs, shifts,
            seconds=seconds, seed=run.seed, warm=started or None, iterations=run.iterations,
        )  # fmt: skip
    return found
