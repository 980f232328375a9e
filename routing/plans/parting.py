"""Parts of a plan too big for one search: searched by the job that makes the plan and by every worker that is free.

A part is a row. The plan's own job begins with as many as it has cores for, puts the others up with a job for each, and
goes on with these as if it were alone: with a single worker it does them all, and no job ever waits for another. Whoever
works on a part says so every few seconds; a part that nobody has spoken for is anybody's again. A plan whose worker was
taken for lost is begun again: the parts of each attempt (the plan's version then) are its own.
"""

import os
import socket
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Now

from common.background.queue import jobs
from routing.engine.child import Child, SolveFailed, SolverCancelled, SolverCrashed, Telling
from routing.engine.crew import Crew, answer_of, request_of
from routing.engine.limits import SearchSettings
from routing.engine.problem import Problem
from routing.engine.process import MOST_CORES, available_cores
from routing.engine.rounds import Answer, Ask, solve_in_parts
from routing.engine.run import OnProgress, WarmStart
from routing.engine.solution import Solution
from routing.plans.models import Plan, PlanPart
from routing.plans.packing import packed_ask, packed_solution, unpacked_ask, unpacked_solution

SOLVE_PART = "routing.plans.tasks.solve_part"
SAID_EVERY_S = 2.0
"""Between two times that whoever works on a part says so."""
SILENT_S = 20.0
"""After so long without a word a part is given to another."""
LOOK_EVERY_S = 0.2


def solve_with_helpers(
    plan: Plan,
    problem: Problem,
    settings: SearchSettings,
    *,
    warm_start: WarmStart | None = None,
    on_progress: OnProgress | None = None,
    own: int | None = None,
) -> Solution:
    """Return the solution of a big problem, as `process.solve_in_process`, with the help of the queue's other workers.

    own: parts searched side by side by this process; None: as many as it has cores. What `on_progress` raises ends
    everything. Parts are gone from the database when this returns or raises.
    """
    telling = Telling(on_progress)
    mine = min(MOST_CORES, available_cores()) if own is None else own
    remove_parts(plan)  # Of an attempt whose worker was lost.
    with Crew(max(1, mine)) as crew:
        parts = _Parts(plan, crew, mine, telling.again)
        try:
            return solve_in_parts(
                problem, settings, solve_parts=parts.solve, at_once=parts.at_once,
                warm_start=warm_start, on_progress=telling.tell,
            )  # fmt: skip
        finally:
            remove_parts(plan)


def help_with(plan_id: UUID) -> int:
    """Search open parts of a plan until there are none, and return how many. Called by the background job of a part."""
    done, by = 0, _name()
    with Child() as child:
        while (part := claim(plan_id, by=by, most_here=available_cores())) is not None:
            done += _search(part, child)
    return done


def remove_parts(plan: Plan) -> None:
    """Take away the parts of this attempt at a plan and of those before; who still works on one stops within SAID_EVERY_S."""
    PlanPart.objects.filter(plan=plan.pk, attempt__lte=plan.version).delete()


def remove_leftovers() -> int:
    """Take away the parts of plans that nobody makes any more, and return how many. Called every minute."""
    return PlanPart.objects.exclude(plan__state=Plan.State.SOLVING).delete()[0]


# Rows


@transaction.atomic
def put_up(plan: Plan, number: int, ask: Ask) -> None:
    """Write a part for whoever is free, and a background job for it."""
    PlanPart.objects.create(
        plan_id=plan.pk, attempt=plan.version, number=number, ask=packed_ask(ask)
    )
    jobs.configure_task(SOLVE_PART, queue="solve").defer(plan_id=str(plan.pk))


def take(plan: Plan, number: int, *, by: str) -> PlanPart:
    """Write a part that the plan's own job begins with, without what is asked: nobody else will search it."""
    return PlanPart.objects.create(
        plan_id=plan.pk, attempt=plan.version, number=number,
        state=PlanPart.State.CLAIMED, by=by, said_at=Now(),
    )  # fmt: skip


@transaction.atomic
def claim(
    plan_id: UUID, *, by: str, attempt: int | None = None, most_here: int | None = None
) -> PlanPart | None:
    """Take the first part that nobody works on and return it, without what is asked; None when there is none.

    attempt: the one at the plan whose parts are wanted; None: the newest. most_here: this machine takes no more than about
    so many at a time.
    """
    alive = Q(state=PlanPart.State.CLAIMED, said_at__gt=Now() - timedelta(seconds=SILENT_S))
    # The plan is cancelled or made anew: nobody waits for it.
    parts = PlanPart.objects.filter(
        plan=plan_id,
        plan__state=Plan.State.SOLVING,
        attempt=F("plan__version") if attempt is None else attempt,
    )
    host = f"{socket.gethostname()}/"
    if most_here is not None and parts.filter(alive, by__startswith=host).count() >= most_here:
        return None
    part = (
        parts.filter(Q(state=PlanPart.State.OPEN) | (Q(state=PlanPart.State.CLAIMED) & ~alive))
        .filter(ask__isnull=False)
        .defer("ask", "answer")
        .select_for_update(skip_locked=True, of=("self",), no_key=True)
        .order_by("number")
        .first()
    )
    if part is not None:
        part.state, part.by = PlanPart.State.CLAIMED, by
        PlanPart.objects.filter(pk=part.pk).update(state=part.state, by=by, said_at=Now())
    return part


def say_alive(part: PlanPart) -> bool:
    """Say that a claimed part is worked on; return False when it is somebody else's or gone."""
    return bool(_still_mine(part).update(said_at=Now()))


def finish(part: PlanPart, found: Solution | Exception) -> bool:
    """Keep what came of a claimed part; return False when it is somebody else's or gone."""
    if isinstance(found, Solution):
        kept = {"state": PlanPart.State.DONE, "answer": packed_solution(found)}
    else:
        kept = {"state": PlanPart.State.FAILED, "problem": str(found)[:400]}
    return bool(_still_mine(part).update(**kept))


def close(part: PlanPart) -> None:
    """Let nobody take a claimed part any more, as its plan's own job has the answer."""
    _still_mine(part).update(state=PlanPart.State.DONE)


def _still_mine(part: PlanPart) -> Any:
    return PlanPart.objects.filter(pk=part.pk, by=part.by, state=PlanPart.State.CLAIMED)


def _name() -> str:
    """A name that no other claim has, beginning with the machine's."""
    return f"{socket.gethostname()}/{os.getpid()}/{uuid4().hex}"


# The plan's own job


class _Parts:
    """Solves the parts of one plan, some here and some by helpers."""

    def __init__(self, plan: Plan, crew: Crew, own: int, look: Callable[[], None]) -> None:
        self._plan, self._crew, self.own, self._look = plan, crew, own, look
        self._first = 0
        self._helpers: set[str] = set()
        self._said_at = time.monotonic()

    def at_once(self) -> int:
        """Parts searched here, and as many as helpers had a hand in the round before."""
        return max(1, self.own + len(self._helpers))

    def solve(self, asks: Sequence[Ask]) -> Generator[Answer]:
        """Yield each part's answer once, from whoever has it first."""
        first, self._first = self._first, self._first + len(asks)
        self._helpers = set()
        left = set(range(len(asks)))
        running = self._begin(asks, first)
        while left:
            self._take_more(asks, first, running)
            done = self._wait(running)
            self._look()
            for future in done:
                part, found = running.pop(future), answer_of(future)
                close(part)
                if part.number - first in left:
                    left.remove(part.number - first)
                    yield part.number - first, found
            for number, found in self._from_helpers(asks, first, left):
                left.remove(number)
                yield number, found

    def _begin(self, asks: Sequence[Ask], first: int) -> dict[Future[Solution], PlanPart]:
        """Search as many parts as there are cores here, and write the others down meanwhile."""
        running = {}
        for number, ask in enumerate(asks[: self.own], start=first):
            running[self._crew.start(ask)] = take(self._plan, number, by=_name())
        for number, ask in enumerate(asks[self.own :], start=first + self.own):
            put_up(self._plan, number, ask)
            self._say_alive(running)
            self._look()
        return running

    def _take_more(
        self, asks: Sequence[Ask], first: int, running: dict[Future[Solution], PlanPart]
    ) -> None:
        while len(running) < self.own:
            part = claim(self._plan.pk, by=_name(), attempt=self._plan.version)
            if part is None:
                return
            running[self._crew.start(asks[part.number - first])] = part

    def _wait(self, running: Mapping[Future[Solution], PlanPart]) -> set[Future[Solution]]:
        if not running:
            time.sleep(LOOK_EVERY_S)
            return set()
        done, _ = wait(running, timeout=LOOK_EVERY_S, return_when=FIRST_COMPLETED)
        self._say_alive(running)
        return done

    def _say_alive(self, running: Mapping[Future[Solution], PlanPart]) -> None:
        if time.monotonic() - self._said_at > SAID_EVERY_S:
            self._said_at = time.monotonic()
            for part in running.values():
                say_alive(part)

    def _from_helpers(self, asks: Sequence[Ask], first: int, left: set[int]) -> list[Answer]:
        ended = (PlanPart.State.DONE, PlanPart.State.FAILED)
        numbers = [first + number for number in left]
        found: list[Answer] = []
        for part in PlanPart.objects.filter(
            plan=self._plan.pk, attempt=self._plan.version, number__in=numbers, state__in=ended
        ).defer("ask"):
            self._helpers.add(part.by)
            number = part.number - first
            if part.state == PlanPart.State.FAILED:
                found.append((number, SolverCrashed(part.problem)))
            else:
                found.append(
                    (
                        number,
                        unpacked_solution(bytes(part.answer or b""), asks[number].part.problem),
                    )
                )
        return found


# A helper


def _search(part: PlanPart, child: Child) -> int:
    """Solve a claimed part and keep what comes of it; return 0 when nobody waits for it any more."""
    said_at = time.monotonic()

    def is_lost() -> bool:
        nonlocal said_at
        if time.monotonic() - said_at < SAID_EVERY_S:
            return False
        said_at = time.monotonic()
        return not say_alive(part)

    packed = PlanPart.objects.filter(pk=part.pk).values_list("ask", flat=True).first()
    if packed is None:
        return 0
    found: Solution | Exception
    try:
        found = child.ask(request_of(unpacked_ask(bytes(packed))), None, is_lost)
    except SolverCancelled:
        return 0
    except SolveFailed as failure:
        found = failure
    return int(finish(part, found))
