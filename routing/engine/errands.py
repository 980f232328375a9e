"""Searches of parts of one problem: in this process one after another, or side by side in processes of their own.

OR-Tools holds the interpreter's lock while it searches: threads would wait for each other.
"""

import multiprocessing
import os
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import KW_ONLY, dataclass, replace
from multiprocessing.connection import Connection, wait
from random import Random
from types import TracebackType
from typing import Protocol, Self

from routing.engine.model import Sequences
from routing.engine.open_plan import OpenPlan
from routing.engine.parameters import Budget
from routing.engine.problem import Job, Problem, Shift, Weights
from routing.engine.proposers import pyvrp
from routing.engine.renewing import Renewal
from routing.engine.search import OnBetter, search
from routing.engine.solution import PlannedRoute
from routing.engine.worker import die_with_parent

ENDS_WITHIN_S = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Errand:
    """One part to plan."""

    jobs: Sequence[Job]
    shifts: Sequence[Shift]
    seconds: float
    warm: Sequences | None = None
    """Routes of these shifts to start from; None: from nothing."""
    _: KW_ONLY
    around: Mapping[str, PlannedRoute] | None = None
    """The whole plan, by shift id, of which the part is taken out and put in again."""
    proposes: bool = False
    """PyVRP searches, by the rules it knows; without this and `around` OR-Tools does."""
    seed: int = 0
    """Diversifies what either of these finds."""


Searcher = Callable[[Errand], Sequences | None]
"""Plans one part; None where it found no plan."""


def carry_out(
    problem: Problem,
    weights: Weights,
    errand: Errand,
    *,
    starts: Mapping[str, int],
    iterations: int | None = None,
    on_better: OnBetter | None = None,
) -> Sequences | None:
    """Search a part, until its seconds are over or so many moves are made.

    starts, on_better: as `search.search`.
    """
    if errand.proposes:
        return pyvrp.propose(
            problem, weights, errand.jobs, errand.shifts,
            seconds=errand.seconds, seed=errand.seed, warm=errand.warm, iterations=iterations,
        )  # fmt: skip
    if errand.around is None:
        return search(
            problem, weights, errand.jobs, errand.shifts, Budget(errand.seconds, iterations),
            warm=errand.warm, starts=starts, on_better=on_better,
        )  # fmt: skip
    plan = OpenPlan.of(problem, weights, errand.around)
    renewal = Renewal(plan, errand.jobs, errand.shifts, Random(errand.seed))  # noqa: S311 - a search, not a secret
    ends = time.monotonic() + errand.seconds if iterations is None else float("inf")
    renewal.search(until=ends, tries=iterations)
    found = renewal.plan.routes
    return {one.id: found[one.id].sequence for one in errand.shifts if one.id in found}


class Hands(Protocol):
    """Who searches parts."""

    size: int
    """Errands at once."""

    def give(self, errand: Errand) -> None:
        """Hand over an errand; at most `size` that have not come back."""

    def come_back(self) -> tuple[Errand, Sequences | None]:
        """The next errand that is done, with what was found."""


class OwnHands:
    """This process, one errand after another."""

    size = 1

    def __init__(self, searcher: Searcher) -> None:
        self._searcher = searcher
        self._errands: list[Errand] = []

    def give(self, errand: Errand) -> None:
        self._errands.append(errand)

    def come_back(self) -> tuple[Errand, Sequences | None]:
        errand = self._errands.pop(0)
        return errand, self._searcher(errand)


@dataclass(slots=True)
class _Member:
    process: multiprocessing.process.BaseProcess
    connection: Connection
    errand: Errand | None = None


@dataclass(frozen=True, slots=True)
class _Message:
    """An errand, its jobs and shifts by ids: the process has the problem already."""

    jobs: tuple[str, ...]
    shifts: tuple[str, ...]
    rest: Errand
    """Without jobs and shifts."""
    starts: Mapping[str, int]


class SideBySide:
    """Searches in processes of their own, which end with this block, or when this process is gone."""

    def __init__(
        self,
        problem: Problem,
        weights: Weights,
        size: int,
        starts_of: Callable[[], Mapping[str, int]],
    ) -> None:
        self.size = size
        self._starts_of = starts_of
        # A copy of this process is at work at once; where threads run, or elsewhere than on Linux, copies are not safe.
        copies = sys.platform == "linux" and threading.active_count() == 1
        context = (
            multiprocessing.get_context("fork") if copies else multiprocessing.get_context("spawn")
        )
        parent = os.getpid()
        self._members: list[_Member] = []
        for _ in range(size):
            ours, theirs = context.Pipe()
            process = context.Process(
                target=_serve, args=(theirs, parent, problem, weights), daemon=True
            )
            process.start()
            theirs.close()
            self._members.append(_Member(process, ours))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for member in self._members:
            member.connection.close()
            member.process.terminate()
            member.process.join(ENDS_WITHIN_S)

    def give(self, errand: Errand) -> None:
        member = next(one for one in self._members if one.errand is None)
        member.errand = errand
        member.connection.send(
            _Message(
                tuple(job.id for job in errand.jobs),
                tuple(shift.id for shift in errand.shifts),
                replace(errand, jobs=(), shifts=()),
                self._starts_of(),
            )
        )

    def come_back(self) -> tuple[Errand, Sequences | None]:
        """As Hands says. Raises EOFError where a process has died, of too little memory for example."""
        busy = {
            one.connection: (one, one.errand) for one in self._members if one.errand is not None
        }
        ready = set(wait(list(busy)))
        member, errand = next(pair for connection, pair in busy.items() if connection in ready)
        member.errand = None
        return errand, member.connection.recv()


def hands_for(
    problem: Problem,
    weights: Weights,
    cores: int,
    starts_of: Callable[[], Mapping[str, int]],
    iterations: int | None = None,
) -> AbstractContextManager[Hands]:
    """Hands that search on so many cores, with `iterations` on one; they are gone with the block.

    starts_of: as `search.search` wants starts, for each errand anew.
    """
    if cores > 1 and iterations is None:
        return SideBySide(problem, weights, cores, starts_of)

    def searcher(errand: Errand) -> Sequences | None:
        return carry_out(problem, weights, errand, starts=starts_of(), iterations=iterations)

    return nullcontext(OwnHands(searcher))


def _serve(connection: Connection, parent: int, problem: Problem, weights: Weights) -> None:
    """Answer errands until the other end is closed or the parent is gone."""
    die_with_parent(parent)
    with suppress(EOFError, BrokenPipeError, ConnectionResetError):
        while True:
            message: _Message = connection.recv()
            jobs = [problem.job_by_id[one] for one in message.jobs]
            shifts = [problem.shift_by_id[one] for one in message.shifts]
            errand = replace(message.rest, jobs=jobs, shifts=shifts)
            connection.send(carry_out(problem, weights, errand, starts=message.starts))
