"""The proposals stage: ruin and recreate and PyVRP search for routes, as far as they know the problem's rules."""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

from routing.engine import decompose
from routing.engine.decompose import Ground, Members
from routing.engine.errands import Errand, SideBySide, hands_for
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
MOST_AT_ONCE = 2
"""Searches by PyVRP at once, however many cores there are: each needs matrices of its own, and what it finds is timed by
every rule, one plan after another (measured with two, 2026-11)."""


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
    elif reach.is_exact and _parts_needed(run, _at_once(run)) == 1:
        _polish(run, reach, until)
    else:
        _propose_apart(run, until)


def _at_once(run: Run) -> int:
    return min(run.cores, MOST_AT_ONCE)


def _parts_needed(run: Run, at_once: int) -> int:
    return parts_needed(run.problem, run.weights, run.jobs, run.problem.shifts, at_once)


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
    """PyVRP from the plan so far, and what searches on other cores beside it."""
    seconds = run.slice(until - run.elapsed)
    if seconds <= 0.05:
        return
    shifts, warm = run.problem.shifts, run.warm
    on_better = run.listener("improve") if reach.is_exact else None
    with _beside(run, seconds, tables) as others:
        parts = _parts_needed(run, 1)
        if parts > 1:
            polished = _in_parts(run, until, parts, 1)
        else:
            polished = pyvrp.propose(
                run.problem, run.weights, run.jobs, shifts,
                seconds=seconds, seed=run.seed, warm=warm, iterations=run.iterations, on_better=on_better,
            )  # fmt: skip
        found = others()
    if run.take(polished, shifts, "improve"):
        run.engines.append("pyvrp")
    run.note("pyvrp")
    for one in found:
        run.take(one, shifts, "improve")


@contextmanager
def _beside(
    run: Run, seconds: float, tables: ruin.Tables | None
) -> Iterator[Callable[[], list[Sequences]]]:
    """On other cores other seeds: ruin and recreate goes on where it has tables, else PyVRP. Yields who waits for them."""
    end, warm, shifts = time.monotonic() + seconds, run.warm, run.problem.shifts
    most = run.cores if tables is not None else _at_once(run)
    seeds = [run.seed + 7_919 * number for number in range(1, most)]

    def ruin_on(seed: int) -> Sequences:
        return ruin.propose(
            run.problem, run.weights, run.jobs, shifts,
            seconds=end - time.monotonic(), seed=seed, warm=warm, tables=tables,
        )  # fmt: skip

    if tables is not None or not seeds:
        with ThreadPoolExecutor(run.cores, thread_name_prefix="ruin") as threads:
            found = threads.map(ruin_on, seeds)
            yield lambda: list(found)
        return
    with SideBySide(run.problem, run.weights, len(seeds), dict) as hands:
        for seed in seeds:
            left = end - time.monotonic()
            hands.give(Errand(run.jobs, shifts, left, warm, proposes=True, seed=seed))
        yield lambda: [hands.come_back()[1] or {} for _ in seeds]


def _propose_apart(run: Run, until: float) -> None:
    """PyVRP's routes, MOST_AT_ONCE side by side: of parts where the whole has no room, else of the whole from several seeds.

    Cut in two where the whole had room, 500 mixed stops cost 13 % more after 6 s (two cores, one run, 2026-11).
    """
    if run.slice(until - run.elapsed) <= 0.05:
        return
    shifts, cores = run.problem.shifts, _at_once(run)
    parts = _parts_needed(run, cores)
    found: Sequence[Sequences]
    if parts > 1:
        # What cores gain in time goes on to the search by every rule.
        found = [
            _in_parts(run, run.elapsed + (until - run.elapsed) / min(cores, parts), parts, cores)
        ]
    else:
        found = _send_out(run, until, [(run.jobs, list(shifts))] * cores, cores)
    better = [run.take(one, shifts, "improve") for one in found]
    if any(better):
        run.engines.append("pyvrp")
    run.note("pyvrp")


def _in_parts(run: Run, until: float, count: int, cores: int) -> Sequences:
    """PyVRP's routes of so many parts: the whole would not fit in memory."""
    parts = decompose.divide(Ground(run.problem, run.jobs), run.warm or {}, count, run.random)
    found: dict[str, tuple[str, ...]] = {}
    for one in _send_out(run, until, parts, cores):
        found |= one
    return found


def _send_out(run: Run, until: float, parts: Sequence[Members], cores: int) -> Sequence[Sequences]:
    """PyVRP's routes of each part, searched on so many cores until this moment of `run.elapsed`."""
    warm = run.warm or {}
    rest, under_way = [*enumerate(parts)], 0
    found: list[Sequences] = []
    with hands_for(run.problem, run.weights, cores, dict, run.iterations) as hands:
        while rest or under_way:
            while rest and under_way < hands.size:
                seconds = run.slice((until - run.elapsed) * hands.size / (len(rest) + under_way))
                number, (jobs, shifts) = rest.pop()
                started = {one.id: warm[one.id] for one in shifts if one.id in warm}
                seed = run.seed + 7_919 * number
                hands.give(Errand(jobs, shifts, seconds, started or None, proposes=True, seed=seed))
                under_way += 1
            _errand, routes = hands.come_back()
            under_way -= 1
            found.append(routes or {})
    return found
