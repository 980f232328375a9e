"""Searches a big problem in rounds of parts, each round cut elsewhere than the last.

Who solves the parts is the caller's: this process, processes beside it, or worker machines (`SolveParts`).
"""

import contextlib
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, replace

from routing.engine import decompose
from routing.engine.decompose import Ground, Part, Pieces
from routing.engine.limits import MAX_SEED, SearchSettings
from routing.engine.problem import Problem
from routing.engine.run import INSERTION, OnProgress, Run, WarmStart, begin
from routing.engine.solution import SearchStep, Solution

WHOLE_UP_TO = 2_500
"""Jobs up to which a problem is searched as one; above, in parts."""
PART_JOBS = 1_000
"""Jobs in a part, about."""
FIRST_SHARE = 0.5
"""Share of the time for the first plan of all parts (5,000 stops, 60 s: 1.0 % cheaper than with 0.35; 3,000, 20 s: 0.9 %; 2026-11)."""
ROUND_SECONDS = 8.0
"""Least time for one part in a later round, so that a search from a plan gets somewhere."""
MOST_ROUNDS = 6
"""Later rounds at most: fewer and longer ones found more than many short ones."""
BUDGET_ROUNDS = 2
"""Later rounds with a budget of iterations."""
LEAST_SECONDS = 1.0
"""A part has no less, however short the limit."""
KEPT_BACK_PER_JOB = 0.0002
"""Seconds kept back for timing the whole plan once more at the end."""


@dataclass(frozen=True, slots=True)
class Ask:
    """One part to be solved; reasons for what it leaves out are not wanted."""

    part: Part
    settings: SearchSettings
    """Without cores: those are chosen by who solves it."""


Answer = tuple[int, Solution | Exception]
"""Number of the ask, and what came of it."""
SolveParts = Callable[[Sequence[Ask]], Generator[Answer]]
"""Solves parts and yields their answers as they come. Closing it ends what is still searched."""


def solve_in_parts(
    problem: Problem,
    settings: SearchSettings,
    *,
    solve_parts: SolveParts,
    at_once: Callable[[], int],
    warm_start: WarmStart | None = None,
    on_progress: OnProgress | None = None,
) -> Solution:
    """Plan a big problem part by part; answer as `solve.solve`.

    Parameters
    ----------
    solve_parts
        Solves the parts of one round. A part that fails keeps the routes it had.
    at_once
        How many parts `solve_parts` solves side by side, asked before each round. With `iterations` it decides nothing.

    Raises
    ------
    InvalidProblem
        As `solve.solve`.
    Exception
        What `solve_parts` answered last, where every part of the first round failed, or nothing is served yet. Later
        such a round is the last, and the plan is the answer.
    """
    run = begin(problem, settings, warm_start, on_progress)
    run.tell("first")
    if run.draft.open_jobs and problem.shifts:
        _Rounds(run, settings, solve_parts, at_once).search()
        run.draft.insert_left_out(run.late(INSERTION))
    return run.finish()


class _Rounds:
    """The rounds of one search."""

    def __init__(
        self,
        run: Run,
        settings: SearchSettings,
        solve_parts: SolveParts,
        at_once: Callable[[], int],
    ) -> None:
        self._run, self._solve_parts, self._at_once = run, solve_parts, at_once
        self._pieces = Pieces(run.draft)
        self._settings = replace(settings, weights=self._pieces.weights, cores=None)
        self._ground = Ground(run.problem, run.draft.open_jobs)
        self._listener = run.listener("improve")
        self._overhead = 0.0
        """Seconds of a part that were no search, in the round before."""
        self._ends = run.seconds - KEPT_BACK_PER_JOB * len(run.problem.jobs)

    def search(self) -> None:
        """Plan all parts, then cut again across the borders while there is time."""
        run = self._run
        last: Mapping[str, int] | None = None
        done = 0
        while done == 0 or self._later_rounds(done):
            later = self._later_rounds(done)
            parts = decompose.cut(
                self._ground, self._pieces.sequences, self._part_count(), run.random, last
            )
            run.region_count = max(run.region_count, len(parts))
            share = FIRST_SHARE if done == 0 and later else 1 / max(1, later)
            if not self._solve(done, parts, share):
                break
            last = decompose.numbers_of(parts)
            done += 1
        # Timed once more as a whole, by the draft's own rules.
        run.draft.take(self._pieces.sequences, inserts=False)
        run.note("parts together")

    def _part_count(self) -> int:
        count = -(-len(self._ground.jobs) // PART_JOBS)
        if self._run.iterations is not None:
            return count
        # As many as are solved at once, or a multiple of it: nobody waits for the last.
        at_once = max(1, self._at_once())
        return -(-count // at_once) * at_once

    def _later_rounds(self, done: int) -> int:
        """Rounds still to come after the first, this one among them once the first is done."""
        if self._run.iterations is not None:
            return BUDGET_ROUNDS + min(1, done) - done
        each = (self._ends - self._run.elapsed) * max(1, self._at_once()) / self._part_count()
        if done == 0:
            # What one part leaves out another has the shifts for: one more round in any case.
            return min(MOST_ROUNDS, max(1, int((1 - FIRST_SHARE) * each / ROUND_SECONDS)))
        least = LEAST_SECONDS if done == 1 else ROUND_SECONDS
        return min(MOST_ROUNDS + 1 - done, max(int(each / ROUND_SECONDS), int(each > least)))

    def _solve(self, number: int, parts: Sequence[Part], share: float) -> bool:
        """Whether any part was solved."""
        began = self._run.elapsed
        waves = -(-len(parts) // max(1, self._at_once()))
        seconds = max(LEAST_SECONDS, share * (self._ends - began) / waves - self._overhead)
        asks = [self._ask(part, seconds, number, which) for which, part in enumerate(parts)]
        failures: list[Exception] = []
        with contextlib.closing(self._solve_parts(asks)) as answers:
            for which, found in answers:
                if isinstance(found, Exception):
                    failures.append(found)
                else:
                    self._adopt(parts[which], found)
        none_solved = len(failures) == len(parts)
        if none_solved and (number == 0 or not any(self._pieces.sequences.values())):
            raise failures[-1]
        self._overhead = max(0.0, (self._run.elapsed - began) / waves - seconds)
        self._note(f"round {number + 1}: {len(parts)} parts", failures)
        return not none_solved

    def _ask(self, part: Part, seconds: float, number: int, which: int) -> Ask:
        settings = self._settings
        # With a budget of iterations the hard wall clock alone looks at the seconds, and that has the whole limit.
        if settings.iterations is None:
            settings = replace(settings, seconds=seconds)
        seed = (settings.seed + 7_919 * (1 + number * 1_000 + which)) % (MAX_SEED + 1)
        return Ask(part, replace(settings, seed=seed))

    def _adopt(self, part: Part, found: Solution) -> None:
        run = self._run
        if self._pieces.adopt(part, found):
            run.engines += found.report.engine.split("+")
            run.path = found.report.path
        self._listener(self._pieces.cost, len(self._pieces.left_out))

    def _note(self, name: str, failures: Sequence[Exception]) -> None:
        run, draft = self._run, self._run.draft
        if failures:
            name += f", {len(failures)} failed: {failures[-1]}"
        open_ids = {job.id for job in draft.open_jobs}
        apart = [cost for one, cost in draft.penalties.items() if one not in open_ids]
        cost, left = self._pieces.cost + sum(apart), len(self._pieces.left_out) + len(apart)
        run.steps.append(SearchStep(name, round(run.elapsed, 3), cost, left))
