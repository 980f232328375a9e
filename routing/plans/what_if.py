"""A plan with one thing different: a courier missing, a van more, a later window, a longer shift. Nothing of it is driven.

Both sides are searched from the plan's own routes with the same seconds and seed, so that the difference is the change's
and not the search's. The side that is as it is is searched once for all questions, as long as nothing of it changes.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common import clock
from common.accounts.readers import Reader
from common.background.queue import jobs
from common.errors.domain import DomainError, NotFound
from routing.engine.jsonio import to_plain
from routing.engine.limits import SearchSettings
from routing.engine.problem import Problem
from routing.engine.process import SolveFailed, solve_in_process
from routing.engine.solution import Solution
from routing.plans import building, inputs, live, queries, solving
from routing.plans.actions import PlanClosed
from routing.plans.building import Draft
from routing.plans.inputs import Inputs
from routing.plans.models import Plan, WhatIf
from routing.plans.packing import fingerprint, packed_solution, unpacked_solution
from routing.plans.solving import PlanNotPossible

ANSWER_WHAT_IF = "routing.plans.tasks.answer_what_if"
KINDS = ("without_shift", "more_vans", "later_window", "longer_shift")
LONGEST_EACH_S = 10
MOST_MINUTES = 8 * 60
MOST_VANS = 20


class WhatIfNotPossible(DomainError):
    """The question does not fit the plan."""

    code = "what_if_not_possible"
    status = 422
    title = gettext_lazy("This question can't be put to this plan")


@dataclass(frozen=True)
class Question:
    """What is to be different. shift: left out, made longer, or the pattern of more vans; consignment: whose window is
    opened, None for all; minutes: by how much; count: of vans."""

    kind: str
    shift: UUID | None = None
    consignment: UUID | None = None
    minutes: int = 0
    count: int = 1

    @property
    def data(self) -> dict[str, Any]:
        """As it is kept."""
        return {k: str(v) if isinstance(v, UUID) else v for k, v in asdict(self).items()}


@transaction.atomic
def ask(*, plan_id: UUID, question: Question, reader: Reader, now: datetime) -> WhatIf:
    """Put a question to a proposal or a published plan: the row and its job, in one transaction. Called by dispatchers.

    Raises NotFound, PlanClosed, WhatIfNotPossible.
    """
    plan = queries.plans_visible_to(reader).filter(pk=plan_id).first()
    if plan is None:
        raise NotFound
    if plan.state not in (Plan.State.READY, Plan.State.PUBLISHED):
        raise PlanClosed(_("Only a proposal or the published plan can be asked."))
    changed(inputs.gather(plan.hub, plan.day, now, plan.pk), question)
    found = WhatIf.objects.create(plan=plan, change=question.data, created_at=now)
    jobs.configure_task(ANSWER_WHAT_IF, queue="solve", lock=f"solve:{plan.hub_id}").defer(
        what_if_id=str(found.pk), language=translation.get_language()
    )
    live.tell_what_if(found, now=now)
    return found


def changed(given: Inputs, question: Question) -> Inputs:
    """Return a plan's inputs with what the question changes. Raises WhatIfNotPossible."""
    turns = {turn.id: turn for turn in given.turns}
    if question.shift is not None and question.shift not in turns:
        raise WhatIfNotPossible(_("This shift can't start any more, or is not of this day."))
    more = timedelta(minutes=question.minutes)
    if question.kind == "without_shift" and question.shift:
        rest = tuple(turn for turn in given.turns if turn.id != question.shift)
        locks = {shift: stops for shift, stops in given.locks.items() if shift != question.shift}
        pins = {c: shift for c, shift in given.pins.items() if shift != question.shift}
        return replace(given, turns=rest, locks=locks, pins=pins)
    if question.kind == "longer_shift" and question.shift:
        longer = replace(turns[question.shift], ends_at=turns[question.shift].ends_at + more)
        return replace(given, turns=tuple(longer if t.id == longer.id else t for t in given.turns))
    if question.kind == "more_vans" and given.turns:
        like = turns[question.shift] if question.shift else given.turns[0]
        name = _("New van")
        extra = tuple(replace(like, id=uuid4(), alias=name) for _n in range(question.count))
        return replace(given, turns=given.turns + extra)
    if question.kind == "later_window":
        if question.consignment and question.consignment not in {d.id for d in given.drops}:
            raise WhatIfNotPossible(_("This consignment can't be planned any more."))
        drops = tuple(
            replace(d, window=(d.window[0], d.window[1] + more))
            if d.window and question.consignment in (None, d.id)
            else d
            for d in given.drops
        )
        return replace(given, drops=drops)
    raise WhatIfNotPossible(_("Choose a shift that can still start."))


def answer(what_if_id: UUID) -> None:
    """Work a question out and keep the answer, or why there is none. Called by the background task."""
    found = WhatIf.objects.select_related("plan__hub").filter(pk=what_if_id).first()
    if found is None or found.state != WhatIf.State.QUEUED:
        return
    try:
        _keep(found, WhatIf.State.DONE, answer=work_out(found))
    except (PlanNotPossible, WhatIfNotPossible) as refusal:
        _keep(found, WhatIf.State.FAILED, problem=str(refusal)[:400])
    except SolveFailed as error:
        text = _("The planner stopped without an answer (%(code)s). Plan again.")
        _keep(found, WhatIf.State.FAILED, problem=text % {"code": error.code})


def fail(what_if_id: UUID, sentence: str) -> None:
    """Say why a question has no answer; one that has its answer keeps it."""
    found = WhatIf.objects.filter(pk=what_if_id, state=WhatIf.State.QUEUED).first()
    if found is not None:
        _keep(found, WhatIf.State.FAILED, problem=sentence)


@transaction.atomic
def _keep(
    found: WhatIf, state: WhatIf.State, *, answer: dict[str, Any] | None = None, problem: str = ""
) -> None:
    now = clock.now()
    found.state, found.answer, found.problem = state, answer or {}, problem
    found.answered_at = now
    found.save(update_fields=["state", "answer", "problem", "answered_at"])
    live.tell_what_if(found, now=now)


def _question(data: Mapping[str, Any]) -> Question:
    return Question(
        kind=data["kind"],
        shift=UUID(data["shift"]) if data.get("shift") else None,
        consignment=UUID(data["consignment"]) if data.get("consignment") else None,
        minutes=int(data.get("minutes") or 0),
        count=int(data.get("count") or 1),
    )


def work_out(found: WhatIf) -> dict[str, Any]:
    """Return the difference of two plans: as it is, and with the change; figures, cost by term, what moves, what helps."""
    plan, question = found.plan, _question(found.change)
    given = inputs.gather(plan.hub, plan.day, clock.now(), plan.pk)
    as_it_is, other = building.draft(given), building.draft(changed(given, question))
    before = _solved(plan, as_it_is, partial(_searched_once, found))
    after = _solved(plan, other, Search.solution)
    was, will = _places(as_it_is, before), _places(other, after)
    known = {d.id: d.code for d in given.drops}
    both = was.keys() & will.keys()
    return {
        "before": _figures(before, as_it_is),
        "after": _figures(after, other),
        "costs": {
            term: {"before": micros, "after": getattr(after.costs, term)}
            for term, micros in asdict(before.costs).items()
        },
        "moved": sum(was[c] != will[c] for c in both),
        "helped": sorted(known[c] for c in will.keys() - was.keys()),
        "left_out": sorted(known[c] for c in was.keys() - will.keys()),
        "routes": _routes(as_it_is, before, other, after),
    }


@dataclass(frozen=True)
class Search:
    """All that decides what a search finds."""

    problem: Problem
    settings: SearchSettings
    warm_start: Mapping[str, tuple[str, ...]]

    @property
    def mark(self) -> str:
        """The same for the same search, in every process."""
        settings, warm = self.settings, sorted(self.warm_start.items())
        rest = (to_plain(settings.weights), settings.seconds, settings.seed, warm, settings.engine)
        return fingerprint(self.problem, json.dumps(rest))

    def solution(self) -> Solution:
        """Search. Raises SolveFailed."""
        return solve_in_process(self.problem, self.settings, warm_start=self.warm_start)


def _searched_once(found: WhatIf, search: Search) -> Solution:
    """Return what the search found for an earlier question to this plan, or search and keep that with this question."""
    mark = search.mark
    earlier = found.plan.what_ifs.filter(search_mark=mark).first()
    if earlier is not None:
        return unpacked_solution(bytes(earlier.as_it_is or b""), search.problem)
    solution = search.solution()
    found.search_mark, found.as_it_is = mark, packed_solution(solution)
    found.save(update_fields=["search_mark", "as_it_is"])
    return solution


def _solved(plan: Plan, draft: Draft, solution_of: Callable[[Search], Solution]) -> Solution:
    matrices, _source = solving.matrices_of(draft)
    problem = solving.problem_of(draft, matrices)
    locked = solving.locked_routes(problem, draft)
    search = Search(
        problem=solving.without_locked(problem, draft),
        settings=SearchSettings(
            seconds=min(plan.seconds, LONGEST_EACH_S),
            seed=plan.seed,
            weights=solving.weights_of(problem),
            engine=solving.engine_wanted(plan.hub_id),
        ),
        warm_start=solving.sequences_of(plan, draft),
    )
    found = solving.with_locked(solution_of(search), locked)
    return solving.without_charge(found, "preference")


def _places(draft: Draft, solution: Solution) -> dict[UUID, str]:
    return {
        drop.id: route.shift_id
        for route in solution.routes
        for stop in route.stops
        for drop in draft.doors[stop.job_id].drops
    }


def _figures(solution: Solution, draft: Draft) -> dict[str, int]:
    planned = len(_places(draft, solution))
    return {
        "cost": solution.costs.total,
        "metres": sum(r.distance_m for r in solution.routes),
        "seconds": sum(r.duration_s for r in solution.routes),
        "routes": len(solution.routes),
        "planned": planned,
        "unplanned": len(draft.inputs.drops) - planned,
    }


def _routes(one: Draft, before: Solution, other: Draft, after: Solution) -> list[dict[str, Any]]:
    """Return each courier's stops before and after, those that change first."""
    names = {str(t.id): t.alias for t in (*one.inputs.turns, *other.inputs.turns)}
    was = {r.shift_id: len(r.stops) for r in before.routes}
    will = {r.shift_id: len(r.stops) for r in after.routes}
    rows = [
        {"courier": names[s], "before": was.get(s, 0), "after": will.get(s, 0)}
        for s in was.keys() | will.keys()
    ]
    return sorted(rows, key=lambda row: (-abs(row["after"] - row["before"]), row["courier"]))
